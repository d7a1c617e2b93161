package twice

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// Protocols of a group, and what a worker's consumer is to be told.
const (
	rangeAssignor     = "range"
	cooperativeSticky = "cooperative-sticky"
	kip848            = "KIP-848"
)

// consumer is the configuration of a Java consumer that hears of a rebalance at
// once and polls few records at a time.
func consumer(protocol string) map[string]string {
	p := map[string]string{"max.poll.records": "20"}
	switch protocol {
	case kip848:
		p["group.protocol"] = "consumer"
	case cooperativeSticky:
		p["partition.assignment.strategy"] = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"
	default:
		p["partition.assignment.strategy"] = "org.apache.kafka.clients.consumer.RangeAssignor"
	}
	if protocol != kip848 {
		p["group.protocol"], p["heartbeat.interval.ms"] = "classic", "200"
		p["session.timeout.ms"] = "20000"
	}
	return p
}

// with adds to a consumer's configuration: name, value, name, value.
func with(p map[string]string, pairs ...string) map[string]string {
	for i := 0; i < len(pairs); i += 2 {
		p[pairs[i]] = pairs[i+1]
	}
	return p
}

// autoCommit lets the consumer commit by itself.
func (s *Stage) autoCommit(p map[string]string, interval time.Duration) map[string]string {
	s.CommitInterval = interval
	return with(p, "enable.auto.commit", "true", "auto.commit.interval.ms", strconv.FormatInt(interval.Milliseconds(), 10))
}

// create creates a topic and writes records to every partition.
func (s *Stage) create(ctx context.Context, topic string, partitions int32, records int) error {
	if err := s.World.CreateTopic(ctx, topic, partitions, nil); err != nil {
		return err
	}
	s.totals[topic] = make([]int64, partitions)
	for p := range partitions {
		if err := s.produce(ctx, topic, p, records); err != nil {
			return err
		}
	}
	return nil
}

// produce appends records with keys that no other record of the partition has.
func (s *Stage) produce(ctx context.Context, topic string, partition int32, n int) error {
	if n == 0 {
		return nil
	}
	records := make([]kafkatest.Record, n)
	for i := range records {
		records[i] = record(s.totals[topic][partition] + int64(i))
	}
	_, err := s.World.Produce(ctx, topic, partition, records...)
	s.totals[topic][partition] += int64(n)
	return err
}

func record(n int64) kafkatest.Record {
	return kafkatest.Record{Key: fmt.Appendf(nil, "k%d", n), Value: fmt.Appendf(nil, "value of %d", n)}
}

// flow writes to all partitions of a topic, rate records a second to each, until
// stop is called. Until then the topic is the flow's alone.
func (s *Stage) flow(ctx context.Context, topic string, rate int) (stop func() error) {
	s.load = rate * len(s.totals[topic])
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	const every = 50 * time.Millisecond
	go func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		begun := time.Now()
		sent := 0
		for {
			select {
			case <-ctx.Done():
				ended <- nil
				return
			case now := <-ticker.C:
				due := int(now.Sub(begun).Seconds()*float64(rate)) - sent
				// Not with ctx: a write that was begun is ended, or the total would be unknown.
				if err := s.toAll(context.WithoutCancel(ctx), topic, due); err != nil {
					ended <- err
					return
				}
				sent += due
			}
		}
	}()
	return func() error {
		cancel()
		return <-ended
	}
}

func (s *Stage) toAll(ctx context.Context, topic string, n int) error {
	var err error
	for p := range s.totals[topic] {
		err = errors.Join(err, s.produce(ctx, topic, int32(p), n))
	}
	return err
}

// delay draws how long the work on a record takes, in microseconds: so that one
// worker keeps up with twice what flows.
func (s *Stage) delay() int { return min(s.between(1000, 4000), 500_000/s.load) }

// await asks every 50 ms; when the stage's time is over it says for what.
func await(ctx context.Context, what string, holds func() (bool, error)) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-ticker.C:
		}
	}
}

// awaitRecords waits until a worker was given n records.
func awaitRecords(ctx context.Context, w *kafkatest.Worker, n int) error {
	return await(ctx, fmt.Sprintf("%d records of %s", n, w.Config.ClientID), func() (bool, error) {
		events, err := w.Events()
		return countKind(events, "record") >= n, err
	})
}

// awaitWorking waits until a worker has processed records for so long.
func awaitWorking(ctx context.Context, w *kafkatest.Worker, long time.Duration) error {
	return await(ctx, fmt.Sprintf("%v of work of %s", long, w.Config.ClientID), func() (bool, error) {
		var first, last time.Time
		events, err := w.Events()
		for _, e := range events {
			if e.Kind != "record" {
				continue
			}
			if first.IsZero() {
				first = e.At
			}
			last = e.At
		}
		return last.Sub(first) >= long, err
	})
}

func countKind(events []kafkatest.WorkerEvent, kind string) (n int) {
	for _, e := range events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// awaitEvent waits until a worker's log has a line of that kind.
func awaitEvent(ctx context.Context, w *kafkatest.Worker, kind string) error {
	return await(ctx, fmt.Sprintf("%q of %s", kind, w.Config.ClientID), func() (bool, error) {
		events, err := w.Events()
		return countKind(events, kind) > 0, err
	})
}

// awaitEnd waits until a worker has ended by its own fault.
func awaitEnd(ctx context.Context, w *kafkatest.Worker) error {
	return await(ctx, "the end of "+w.Config.ClientID, w.Ended)
}

// awaitAll waits until workers of the group were given every record of a topic,
// and the last one of each partition after they were started last.
func (s *Stage) awaitAll(ctx context.Context, topic string) error {
	return s.awaitGiven(ctx, topic, func(Partition) int64 { return 0 }, s.workers...)
}

// awaitGiven waits until the workers were given all records from an offset on.
func (s *Stage) awaitGiven(ctx context.Context, topic string, from func(Partition) int64, workers ...*kafkatest.Worker) error {
	return await(ctx, "all records of "+topic, func() (bool, error) {
		given := map[place]bool{}
		for _, w := range workers {
			events, err := w.Events()
			if err != nil {
				return false, err
			}
			for _, e := range events {
				if e.Kind == "record" && e.Topic == topic {
					given[place{Partition{topic, e.Partition}, e.Offset}] = true
				}
			}
		}
		for p, total := range s.totals[topic] {
			at := Partition{topic, int32(p)}
			for offset := from(at); offset < total; offset++ {
				if !given[place{at, offset}] {
					return false, nil
				}
			}
		}
		return true, nil
	})
}

// drained ends the flow, waits until all records were processed, and lets the
// workers leave.
func (s *Stage) drained(ctx context.Context, stop func() error) error {
	if err := stop(); err != nil {
		return err
	}
	if err := s.awaitAll(ctx, s.Topic); err != nil {
		return err
	}
	return s.endAll(ctx)
}
