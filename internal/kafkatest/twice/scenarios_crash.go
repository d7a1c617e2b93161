package twice

import (
	"context"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

func crashes() []Scenario {
	return []Scenario{
		{Name: "consumer killed, auto-commit, range", Cause: Crash, Run: killed(rangeAssignor), facts: fromCommit},
		{Name: "consumer killed, auto-commit, KIP-848", Cause: Crash, Run: killed(kip848), facts: fromCommit},
		{Name: "the only consumer killed and restarted", Cause: Crash, Run: killedAlone, facts: fromCommit},
	}
}

// victim is a worker with auto-commit whose session ends soon.
func (s *Stage) victim(client, protocol string, interval time.Duration) kafkatest.WorkerConfig {
	p := s.autoCommit(consumer(protocol), interval)
	if protocol != kip848 {
		p["session.timeout.ms"] = "2000"
	}
	return kafkatest.WorkerConfig{ClientID: client, Properties: p, DelayMicros: s.delay()}
}

func (s *Stage) interval() time.Duration {
	return time.Duration(s.between(400, 1000)) * time.Millisecond
}

// killed kills one of two consumers at any moment between two commits; the other
// takes its partition over.
func killed(protocol string) func(context.Context, *Stage) error {
	return func(ctx context.Context, s *Stage) error {
		if err := s.create(ctx, s.Topic, 2, s.between(0, 300)); err != nil {
			return err
		}
		stop := s.flow(ctx, s.Topic, s.between(40, 120))
		interval := s.interval()
		victim, err := s.startProcess(ctx, s.victim("victim", protocol, interval))
		if err != nil {
			return err
		}
		other := s.victim("other", protocol, interval)
		if protocol != kip848 {
			other.Properties["session.timeout.ms"] = "20000"
		}
		survivor, err := s.start(ctx, other)
		if err != nil {
			return err
		}
		if err := s.both(ctx, interval, victim, survivor); err != nil {
			return err
		}
		if err := s.kill(ctx, victim); err != nil {
			return err
		}
		if err := s.awaitTakeover(ctx, survivor); err != nil {
			return err
		}
		return s.drained(ctx, stop)
	}
}

// both waits until two workers share the topic, and some commits more.
func (s *Stage) both(ctx context.Context, interval time.Duration, workers ...*kafkatest.Worker) error {
	if err := await(ctx, "an assignment to each worker", func() (bool, error) { return s.share(workers) }); err != nil {
		return err
	}
	events, err := workers[0].Events()
	if err != nil {
		return err
	}
	work := events[len(events)-1].At.Sub(events[0].At)
	return awaitWorking(ctx, workers[0], work+4*interval+time.Duration(s.between(0, int(interval.Milliseconds())))*time.Millisecond)
}

// share is true when all workers have been given records of the topic and every
// one of them is the last that some partition was given to.
func (s *Stage) share(workers []*kafkatest.Worker) (bool, error) {
	last := map[int32]kafkatest.WorkerEvent{}
	for _, w := range workers {
		events, err := w.Events()
		if err != nil {
			return false, err
		}
		for _, e := range events {
			if e.Kind == "record" && e.At.After(last[e.Partition].At) {
				last[e.Partition] = e
			}
		}
	}
	clients := map[string]bool{}
	for _, e := range last {
		clients[e.Client] = true
	}
	return len(clients) == len(workers), nil
}

// commits waits until a worker has committed every partition of the topic and some
// intervals have gone by, up to any moment between two commits.
func (s *Stage) commits(ctx context.Context, w *kafkatest.Worker, interval time.Duration) error {
	some := 4*interval + time.Duration(s.between(0, int(interval.Milliseconds())))*time.Millisecond
	if err := awaitWorking(ctx, w, some); err != nil {
		return err
	}
	return await(ctx, "a commit of every partition", func() (bool, error) {
		committed, err := s.World.Committed(ctx, s.Group)
		for p := range s.totals[s.Topic] {
			if committed[s.Topic][int32(p)] == 0 {
				return false, err
			}
		}
		return true, err
	})
}

// kill kills a worker as soon as it has processed a few records that are not
// committed: most moments are such.
func (s *Stage) kill(ctx context.Context, victim *kafkatest.Worker) error {
	err := await(ctx, "records that are not committed", func() (bool, error) {
		committed, err := s.World.Committed(ctx, s.Group)
		if err != nil {
			return false, err
		}
		events, err := victim.Events()
		if err != nil || events[len(events)-1].Kind != "record" {
			return false, err
		}
		last := events[len(events)-1]
		offset, ok := committed[s.Topic][last.Partition]
		return ok && last.Offset >= offset+2, nil
	})
	if err != nil {
		return err
	}
	return victim.Kill()
}

// awaitTakeover waits until a worker was given records of every partition.
func (s *Stage) awaitTakeover(ctx context.Context, w *kafkatest.Worker) error {
	events, err := w.Events()
	if err != nil {
		return err
	}
	before := len(events)
	return await(ctx, "the takeover by "+w.Config.ClientID, func() (bool, error) {
		events, err := w.Events()
		partitions := map[int32]bool{}
		for _, e := range events[before:] {
			if e.Kind == "record" {
				partitions[e.Partition] = true
			}
		}
		return len(partitions) == len(s.totals[s.Topic]), err
	})
}

// killedAlone kills a group's only consumer; it is started again.
func killedAlone(ctx context.Context, s *Stage) error {
	if err := s.create(ctx, s.Topic, int32(s.between(1, 3)), s.between(0, 300)); err != nil {
		return err
	}
	stop := s.flow(ctx, s.Topic, s.between(40, 100))
	interval := s.interval()
	victim, err := s.startProcess(ctx, s.victim("victim", rangeAssignor, interval))
	if err != nil {
		return err
	}
	if err := s.commits(ctx, victim, interval); err != nil {
		return err
	}
	if err := s.kill(ctx, victim); err != nil {
		return err
	}
	again := s.victim("again", rangeAssignor, interval)
	again.Properties["session.timeout.ms"] = "20000"
	w, err := s.start(ctx, again)
	if err != nil {
		return err
	}
	if err := s.awaitTakeover(ctx, w); err != nil {
		return err
	}
	return s.drained(ctx, stop)
}
