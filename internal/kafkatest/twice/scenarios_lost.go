package twice

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/kofs/kofs/internal/kafkatest"
)

// lostPositions are groups whose commit is gone, or points outside the log.
func lostPositions() []Scenario {
	return []Scenario{
		{Name: "offsets deleted, auto.offset.reset earliest", Cause: Expired, Run: deleted, facts: noCommit},
		{Name: "offsets expired, auto.offset.reset earliest", Cause: Expired, Run: expired, facts: noCommit},
		{Name: "commit past the log end, auto.offset.reset earliest", Cause: OutOfRange, Also: []string{Reset}, Run: pastEnd, facts: noCommit},
		{Name: "records deleted past the commit, auto.offset.reset earliest", Cause: OutOfRange, loses: true, Run: behindLog("earliest"), facts: nothingTwice},
		{Name: "records deleted past the commit, auto.offset.reset latest", Cause: OutOfRange, loses: true, Run: behindLog("latest"), facts: nothingTwice},
	}
}

func noCommit(_ offsetLog, t Truth) error {
	if t.Twice() == 0 {
		return errors.New("nothing was processed twice")
	}
	for _, h := range t.HandOvers {
		if h.Committed != nil {
			return fmt.Errorf("%v had a commit at %d", h.Partition, *h.Committed)
		}
	}
	return nil
}

func nothingTwice(_ offsetLog, t Truth) error {
	if n := t.Twice(); n > 0 {
		return fmt.Errorf("%d records were processed twice", n)
	}
	return nil
}

// deleted deletes all offsets of an empty group.
func deleted(ctx context.Context, s *Stage) error {
	if err := s.consumed(ctx, 2, s.between(100, 400)); err != nil {
		return err
	}
	_, err := s.Java.ConsumerGroups(ctx, "--group", s.Group, "--topic", s.Topic, "--delete-offsets")
	if err != nil {
		return err
	}
	if err := s.toAll(ctx, s.Topic, s.between(10, 60)); err != nil {
		return err
	}
	return s.consumedOn(ctx)
}

// expired lets offsets expire while the group is down: the last commit of each
// partition asks to be kept for a moment only, which OffsetCommit v4 could.
func expired(ctx context.Context, s *Stage) error {
	if err := s.consumed(ctx, 2, s.between(100, 400)); err != nil {
		return err
	}
	if err := s.commitFor(ctx, 200*time.Millisecond); err != nil {
		return err
	}
	err := await(ctx, "the offsets to expire", func() (bool, error) {
		committed, err := s.World.Committed(ctx, s.Group)
		return len(committed[s.Topic]) == 0, err
	})
	if err != nil {
		return err
	}
	if err := s.toAll(ctx, s.Topic, s.between(10, 60)); err != nil {
		return err
	}
	return s.consumedOn(ctx)
}

// commitFor commits the ends of the topic with a retention time.
func (s *Stage) commitFor(ctx context.Context, retention time.Duration) error {
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(kmsg.OffsetCommit.Int16(), 4)
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.Kafka.Addrs()...), kgo.MaxVersions(versions))
	if err != nil {
		return err
	}
	defer cl.Close()
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Group, req.Generation, req.RetentionTimeMillis = s.Group, -1, retention.Milliseconds()
	topic := kmsg.NewOffsetCommitRequestTopic()
	topic.Topic = s.Topic
	for p, total := range s.totals[s.Topic] {
		partition := kmsg.NewOffsetCommitRequestTopicPartition()
		partition.Partition, partition.Offset = int32(p), total
		topic.Partitions = append(topic.Partitions, partition)
	}
	req.Topics = append(req.Topics, topic)
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return err
	}
	for _, p := range resp.Topics[0].Partitions {
		err = errors.Join(err, kerr.ErrorForCode(p.ErrorCode))
	}
	return err
}

// pastEnd commits beyond the end, as a runbook with the wrong number does: the
// broker takes it, and the consumer begins at the log start.
func pastEnd(ctx context.Context, s *Stage) error {
	if err := s.consumed(ctx, 1, s.between(100, 400)); err != nil {
		return err
	}
	beyond := kafkatest.Offsets{s.Topic: {0: s.totals[s.Topic][0] + int64(s.between(1000, 5000))}}
	if err := s.World.Commit(ctx, s.Group, beyond); err != nil {
		return err
	}
	return s.consumedOn(ctx)
}

// behindLog lets retention overtake a group that is down: what is gone is never
// processed, but nothing is processed twice.
func behindLog(reset string) func(context.Context, *Stage) error {
	return func(ctx context.Context, s *Stage) error {
		if err := s.consumed(ctx, 1, s.between(100, 400)); err != nil {
			return err
		}
		committed := s.totals[s.Topic][0]
		if err := s.toAll(ctx, s.Topic, s.between(100, 200)); err != nil {
			return err
		}
		if err := s.World.DeleteRecords(ctx, s.Topic, 0, committed+int64(s.between(10, 90))); err != nil {
			return err
		}
		c := plain("back-" + strconv.Itoa(len(s.workers)))
		c.Reset = reset
		w, err := s.start(ctx, c)
		if err != nil {
			return err
		}
		if err := awaitEvent(ctx, w, "assigned"); err != nil {
			return err
		}
		if reset == "latest" { // it may have looked for the end already, or not
			stop := s.flow(ctx, s.Topic, 50)
			err := awaitRecords(ctx, w, 10)
			if err = errors.Join(err, stop()); err != nil {
				return err
			}
		}
		return s.finish(ctx, w)
	}
}
