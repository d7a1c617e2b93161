package twice

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kofs/kofs/internal/kafkatest"
)

func producers() []Scenario {
	return []Scenario{
		{Name: "producer without idempotence repeats a batch", Cause: ProducerDuplicate, Run: retried, facts: neverBack},
		{Name: "application sends records again", Cause: ProducerDuplicate, Run: resent, facts: neverBack},
	}
}

// retried is what a retry without idempotence leaves in the log: a batch without
// a producer ID, and the same batch once more right behind it.
func retried(ctx context.Context, s *Stage) error {
	if err := s.World.CreateTopic(ctx, s.Topic, 2, nil); err != nil {
		return err
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(s.Kafka.Addrs()...), kgo.DisableIdempotentWrite(),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		return err
	}
	defer cl.Close()
	next := []int64{0, 0}
	for range s.between(20, 40) {
		p := s.Random.IntN(2)
		times := 1
		if s.Random.IntN(4) == 0 {
			times = 2
		}
		batch := s.batch(&next[p])
		for range times {
			if err := produceTo(ctx, cl, s.Topic, int32(p), batch); err != nil {
				return err
			}
		}
	}
	return s.readToEnd(ctx, s.reader())
}

// batch draws some records, numbered from next on.
func (s *Stage) batch(next *int64) (batch []kafkatest.Record) {
	for range s.between(1, 25) {
		batch = append(batch, record(*next))
		*next++
	}
	return batch
}

func produceTo(ctx context.Context, cl *kgo.Client, topic string, partition int32, batch []kafkatest.Record) error {
	var records []*kgo.Record
	for _, r := range batch {
		records = append(records, &kgo.Record{Topic: topic, Partition: partition, Key: r.Key, Value: r.Value})
	}
	if err := cl.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return fmt.Errorf("producing to %s:%d: %w", topic, partition, err)
	}
	return nil
}

// reader is a worker that commits to the very end.
func (s *Stage) reader() kafkatest.WorkerConfig {
	c := plain("reader")
	c.Topics = []string{s.Topic}
	return c
}

// resent is an application that got no answer in time, so it thought, and sends
// single records again while it goes on; its producer is idempotent.
func resent(ctx context.Context, s *Stage) error {
	if err := s.create(ctx, s.Topic, 1, s.between(50, 150)); err != nil {
		return err
	}
	for range s.between(5, 20) {
		n := s.Random.Int64N(s.totals[s.Topic][0])
		if _, err := s.World.Produce(ctx, s.Topic, 0, record(n)); err != nil {
			return err
		}
		s.totals[s.Topic][0]++ // offsets, from here on; the key of this one is left out
		if err := s.produce(ctx, s.Topic, 0, s.between(5, 20)); err != nil {
			return err
		}
	}
	return s.readToEnd(ctx, s.reader())
}
