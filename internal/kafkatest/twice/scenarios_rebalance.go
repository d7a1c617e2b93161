package twice

import (
	"context"
	"strconv"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

func rebalances() []Scenario {
	return []Scenario{
		{Name: "second consumer joins, range", Cause: Rebalance, Run: joined(rangeAssignor), facts: fromCommit},
		{Name: "second consumer joins, cooperative-sticky", Cause: Rebalance, Run: joined(cooperativeSticky), facts: fromCommit},
		{Name: "second consumer joins, KIP-848", Cause: Rebalance, Run: joined(kip848), facts: fromCommit},
		// From the offset log, a consumer that was slow and one that died look much alike.
		{Name: "slow consumer, max.poll.interval.ms", Cause: Rebalance, Also: []string{Crash}, Run: slow, facts: neverBack},
	}
}

// byClock is a worker that commits what it processed by the clock, and not when
// partitions are taken from it: the usual cause of duplicates in a rebalance.
func (s *Stage) byClock(client, protocol string, interval time.Duration) kafkatest.WorkerConfig {
	s.CommitInterval = interval
	return kafkatest.WorkerConfig{
		ClientID: client, Properties: consumer(protocol),
		DelayMicros: s.delay(), CommitEveryMillis: int(interval.Milliseconds()),
	}
}

// joined lets a second consumer join at any moment between two commits.
func joined(protocol string) func(context.Context, *Stage) error {
	return func(ctx context.Context, s *Stage) error {
		if err := s.create(ctx, s.Topic, int32(s.between(2, 4)), s.between(0, 300)); err != nil {
			return err
		}
		stop := s.flow(ctx, s.Topic, s.between(30, 80))
		interval := s.interval()
		first, err := s.start(ctx, s.byClock("first", protocol, interval))
		if err != nil {
			return err
		}
		if err := s.commits(ctx, first, interval); err != nil {
			return err
		}
		second, err := s.start(ctx, s.byClock("second", protocol, interval))
		if err != nil {
			return err
		}
		if err := s.both(ctx, interval, first, second); err != nil {
			return err
		}
		if err := stop(); err != nil {
			return err
		}
		if err := s.awaitAll(ctx, s.Topic); err != nil {
			return err
		}
		// The last records are never committed; nobody reads them again.
		return s.endTogether(ctx)
	}
}

// endTogether ends all workers at once: one that stayed would be given what the
// others have not committed.
func (s *Stage) endTogether(ctx context.Context) error {
	ended := make(chan error, len(s.workers))
	for _, w := range s.workers {
		go func() { ended <- w.End(ctx) }()
	}
	var err error
	for range s.workers {
		if e := <-ended; e != nil {
			err = e
		}
	}
	return err
}

// slow lets one of two consumers work on a record for longer than
// max.poll.interval.ms: its partition is given away while it goes on.
func slow(ctx context.Context, s *Stage) error {
	if err := s.create(ctx, s.Topic, 2, s.between(0, 200)); err != nil {
		return err
	}
	stop := s.flow(ctx, s.Topic, s.between(40, 100))
	interval := s.interval()
	c := s.victim("slow", rangeAssignor, interval)
	most := s.between(1500, 2000)
	c.Properties = with(c.Properties, "max.poll.interval.ms", strconv.Itoa(most), "session.timeout.ms", "20000")
	c.SlowAt, c.SlowMillis = s.between(350, 600), most+s.between(1000, 2000)
	lazy, err := s.start(ctx, c)
	if err != nil {
		return err
	}
	other := s.victim("other", rangeAssignor, interval)
	other.Properties["session.timeout.ms"] = "20000"
	if _, err := s.start(ctx, other); err != nil {
		return err
	}
	if err := awaitEvent(ctx, lazy, "lost"); err != nil { // it polls again
		return err
	}
	return s.drained(ctx, stop)
}
