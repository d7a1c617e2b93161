package twice

import (
	"context"
	"strconv"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// quiet are scenarios in which no record is processed twice.
func quiet() []Scenario {
	all := []Scenario{
		{Name: "steady, auto-commit", Run: steady(rangeAssignor)},
		{Name: "steady, auto-commit, KIP-848", Run: steady(kip848)},
		{Name: "static member restarted", Run: staticRestart},
		{Name: "rolling restart, range", Run: rolling(rangeAssignor)},
		{Name: "rolling restart, cooperative-sticky", Run: rolling(cooperativeSticky)},
		{Name: "rolling restart, KIP-848", Run: rolling(kip848)},
		{Name: "skipped to the end", Run: skipped("--to-latest")},
		{Name: "skipped forward by a number", Run: skipped("--shift-by")},
		{Name: "new partitions", Run: newPartitions},
		{Name: "stopped for a while", Run: paused},
		{Name: "transactional copy without aborts", Run: cleanCopy},
		{Name: "processed records deleted", Run: cleanedUp},
	}
	for i := range all {
		all[i].facts = nothingAndNeverBack
	}
	return all
}

func nothingAndNeverBack(log offsetLog, t Truth) error {
	if err := nothingTwice(log, t); err != nil {
		return err
	}
	return neverBack(log, t)
}

// clean is a worker with auto-commit: it commits when partitions are taken from
// it and when it ends.
func (s *Stage) clean(client, protocol string) kafkatest.WorkerConfig {
	p := s.autoCommit(consumer(protocol), 500*time.Millisecond)
	return kafkatest.WorkerConfig{ClientID: client, Properties: p, DelayMicros: s.between(500, 2000)}
}

// revoking is a worker that commits by the clock, and what is left when partitions
// are taken from it. Auto-commit would not do for cooperative-sticky: what was
// processed while the group rebalanced is not committed when it is given away.
func (s *Stage) revoking(client, protocol string) kafkatest.WorkerConfig {
	c := s.byClock(client, protocol, 500*time.Millisecond)
	c.CommitOnRevoke = true
	return c
}

func steady(protocol string) func(context.Context, *Stage) error {
	return func(ctx context.Context, s *Stage) error {
		if err := s.create(ctx, s.Topic, int32(s.between(1, 3)), s.between(0, 200)); err != nil {
			return err
		}
		stop := s.flow(ctx, s.Topic, s.between(30, 80))
		w, err := s.start(ctx, s.clean("app", protocol))
		if err != nil {
			return err
		}
		if err := awaitWorking(ctx, w, 4*time.Second); err != nil {
			return err
		}
		return s.drained(ctx, stop)
	}
}

// staticRestart restarts a static member within its session: no rebalance.
func staticRestart(ctx context.Context, s *Stage) error {
	if err := s.create(ctx, s.Topic, 2, s.between(0, 200)); err != nil {
		return err
	}
	stop := s.flow(ctx, s.Topic, s.between(30, 80))
	for i := range 3 {
		c := s.clean("app-"+strconv.Itoa(i), rangeAssignor)
		c.Properties["group.instance.id"] = "app"
		w, err := s.start(ctx, c)
		if err != nil {
			return err
		}
		if err := awaitWorking(ctx, w, 1500*time.Millisecond); err != nil {
			return err
		}
		if i < 2 {
			if err := w.End(ctx); err != nil {
				return err
			}
		}
	}
	return s.drained(ctx, stop)
}

// rolling restarts two consumers, one after the other, that commit on revoke.
func rolling(protocol string) func(context.Context, *Stage) error {
	return func(ctx context.Context, s *Stage) error {
		if err := s.create(ctx, s.Topic, 4, s.between(0, 100)); err != nil {
			return err
		}
		stop := s.flow(ctx, s.Topic, s.between(20, 50))
		var running []*kafkatest.Worker
		for i := range 4 {
			w, err := s.start(ctx, s.revoking("app-"+strconv.Itoa(i), protocol))
			if err != nil {
				return err
			}
			if err := awaitWorking(ctx, w, time.Second); err != nil {
				return err
			}
			if running = append(running, w); len(running) > 2 {
				if err := running[0].End(ctx); err != nil {
					return err
				}
				running = running[1:]
			}
		}
		return s.drained(ctx, stop)
	}
}

// skipped moves a group forward: some records are never processed.
func skipped(how string) func(context.Context, *Stage) error {
	return func(ctx context.Context, s *Stage) error {
		if err := s.consumed(ctx, 2, s.between(100, 300)); err != nil {
			return err
		}
		if err := s.toAll(ctx, s.Topic, s.between(60, 200)); err != nil {
			return err
		}
		args := []string{"--group", s.Group, "--topic", s.Topic, "--reset-offsets", "--execute", how}
		if how == "--shift-by" {
			args = append(args, strconv.Itoa(s.between(10, 50)))
		}
		if _, err := s.Java.ConsumerGroups(ctx, args...); err != nil {
			return err
		}
		if err := s.toAll(ctx, s.Topic, s.between(20, 60)); err != nil {
			return err
		}
		return s.consumedOn(ctx)
	}
}

// newPartitions adds partitions to a topic while its group consumes.
func newPartitions(ctx context.Context, s *Stage) error {
	if err := s.create(ctx, s.Topic, 2, s.between(50, 200)); err != nil {
		return err
	}
	c := s.clean("app", rangeAssignor)
	c.Properties["metadata.max.age.ms"] = "500"
	w, err := s.start(ctx, c)
	if err != nil {
		return err
	}
	if err := s.awaitAll(ctx, s.Topic); err != nil {
		return err
	}
	if err := s.addPartitions(ctx, 2); err != nil {
		return err
	}
	if err := s.toAll(ctx, s.Topic, s.between(50, 200)); err != nil {
		return err
	}
	return s.finish(ctx, w)
}

// addPartitions adds to the topic, and takes a new World: the producers of the
// old one would not see the partitions for a while.
func (s *Stage) addPartitions(ctx context.Context, more int) error {
	if _, err := s.World.Admin().CreatePartitions(ctx, more, s.Topic); err != nil {
		return err
	}
	s.totals[s.Topic] = append(s.totals[s.Topic], make([]int64, more)...)
	err := await(ctx, "the new partitions", func() (bool, error) {
		bounds, err := s.World.Bounds(ctx, s.Topic)
		return err == nil && len(bounds) == len(s.totals[s.Topic]), nil
	})
	if err != nil {
		return err
	}
	s.World.Close()
	s.World, err = kafkatest.Connect(ctx, s.Kafka.Addrs())
	return err
}

// paused ends a group cleanly and starts it again behind a backlog.
func paused(ctx context.Context, s *Stage) error {
	if err := s.consumed(ctx, 2, s.between(100, 300)); err != nil {
		return err
	}
	if err := s.toAll(ctx, s.Topic, s.between(100, 300)); err != nil {
		return err
	}
	return s.consumedOn(ctx)
}

// cleanCopy is a transactional copy in which no transaction is aborted.
func cleanCopy(ctx context.Context, s *Stage) error {
	if err := s.create(ctx, s.Topic, 1, s.between(200, 500)); err != nil {
		return err
	}
	if err := s.create(ctx, s.Topic+"-copy", 1, 0); err != nil {
		return err
	}
	c := s.copying(s.Group)
	c.AbortEvery = 0
	w, err := s.start(ctx, c)
	if err != nil {
		return err
	}
	return s.finish(ctx, w)
}

// cleanedUp deletes records that were processed, as retention does.
func cleanedUp(ctx context.Context, s *Stage) error {
	if err := s.consumed(ctx, 1, s.between(200, 400)); err != nil {
		return err
	}
	if err := s.World.DeleteRecords(ctx, s.Topic, 0, s.totals[s.Topic][0]-int64(s.between(0, 100))); err != nil {
		return err
	}
	if err := s.toAll(ctx, s.Topic, s.between(50, 150)); err != nil {
		return err
	}
	return s.consumedOn(ctx)
}
