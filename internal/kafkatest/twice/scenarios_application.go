package twice

import (
	"context"
	"fmt"
	"strconv"

	"github.com/kofs/kofs/internal/kafkatest"
)

func applications() []Scenario {
	return []Scenario{
		{Name: "poison record", Cause: PoisonRecord, Run: poison, facts: fromCommit},
		{Name: "transactional copy with aborts: the copier", Cause: AbortedAttempt, Run: copier, facts: neverBack},
		{Name: "transactional copy with aborts: who reads uncommitted", Cause: AbortedAttempt, Run: afterCopier, facts: neverBack},
	}
}

// poison has a record that the application cannot process: it ends, is started
// again, and fails on the same record, until it is mended.
func poison(ctx context.Context, s *Stage) error {
	if err := s.create(ctx, s.Topic, 1, s.between(300, 700)); err != nil {
		return err
	}
	total := int(s.totals[s.Topic][0])
	config := plain("app")
	config.CommitOnRevoke = false
	s.CommitRecords = s.between(20, 80)
	config.Properties = with(config.Properties, "max.poll.records", strconv.Itoa(s.CommitRecords))
	config.Poison = fmt.Sprintf("k%d", s.between(total/3, total-20))
	for attempt := range s.between(3, 5) {
		config.ClientID = fmt.Sprintf("app-%d", attempt)
		w, err := s.start(ctx, config)
		if err != nil {
			return err
		}
		if err := awaitEnd(ctx, w); err != nil {
			return err
		}
	}
	config.Poison, config.ClientID = "", "mended"
	w, err := s.start(ctx, config)
	if err != nil {
		return err
	}
	return s.finish(ctx, w)
}

// copying is a worker that copies the topic in transactions, some of them twice.
func (s *Stage) copying(group string) kafkatest.WorkerConfig {
	p := with(consumer(rangeAssignor), "max.poll.records", strconv.Itoa(s.between(10, 50)))
	return kafkatest.WorkerConfig{
		Group: group, ClientID: "copier", Properties: p, Isolation: kafkatest.ReadCommitted,
		CopyTo: s.Topic + "-copy", TransactionalID: s.Group, AbortEvery: s.between(3, 5),
	}
}

// copied lets a copier of that group copy the whole topic and leave.
func (s *Stage) copied(ctx context.Context, group string) error {
	if err := s.create(ctx, s.Topic, 1, s.between(300, 700)); err != nil {
		return err
	}
	if err := s.create(ctx, s.Topic+"-copy", 1, 0); err != nil {
		return err
	}
	w, err := s.start(ctx, s.copying(group))
	if err != nil {
		return err
	}
	if err := s.awaitGiven(ctx, s.Topic, fromStart, w); err != nil {
		return err
	}
	err = await(ctx, "the copier's last commit", func() (bool, error) {
		committed, err := s.World.Committed(ctx, group)
		return committed[s.Topic][0] == s.totals[s.Topic][0], err
	})
	if err != nil {
		return err
	}
	return w.End(ctx)
}

func fromStart(Partition) int64 { return 0 }

// copier is about the copier's own group.
func copier(ctx context.Context, s *Stage) error { return s.copied(ctx, s.Group) }

// afterCopier is about a group that reads the copy with read_uncommitted: it is
// given the aborted attempts, too.
func afterCopier(ctx context.Context, s *Stage) error {
	if err := s.copied(ctx, s.Group+"-copier"); err != nil {
		return err
	}
	c := plain("reader")
	c.Topics = []string{s.Topic + "-copy"}
	return s.readToEnd(ctx, c)
}

// readToEnd lets a worker read a topic whose records the stage did not count,
// until it has committed the high watermark of each partition, or the position
// before the markers at its end.
func (s *Stage) readToEnd(ctx context.Context, c kafkatest.WorkerConfig) error {
	w, err := s.start(ctx, c)
	if err != nil {
		return err
	}
	topic := c.Topics[0]
	bounds, err := s.World.Bounds(ctx, topic)
	if err != nil {
		return err
	}
	err = await(ctx, "the end of "+topic, func() (bool, error) {
		committed, err := s.World.Committed(ctx, s.Group)
		for p, b := range bounds {
			if committed[topic][p] < b.HighWatermark-1 { // the last is a marker
				return false, err
			}
		}
		return true, err
	})
	if err != nil {
		return err
	}
	return w.End(ctx)
}
