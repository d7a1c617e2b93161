package twice

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/kofs/kofs/internal/kafkatest"
)

// lostPositions are groups whose commit is gone, or points outside the log.
func lostPositions() []Scenario {
	return []Scenario{
		{Name: "offsets deleted, auto.offset.reset earliest", Cause: Expired, Run: deleted, facts: noCommit},
		{Name: "commit past the log end, auto.offset.reset earliest", Cause: OutOfRange, Also: []string{Reset}, Run: pastEnd, facts: noCommit},
		{Name: "records deleted past the commit, auto.offset.reset earliest", Cause: OutOfRange, Run: behindLog("earliest"), facts: nothingTwice},
		{Name: "records deleted past the commit, auto.offset.reset latest", Cause: OutOfRange, Run: behindLog("latest"), facts: nothingTwice},
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

// deleted deletes the offsets of the first of two topics' partitions: of the
// other topic they stay, or the group would be gone.
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
