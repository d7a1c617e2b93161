//go:build integration

package oracle

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kgo"
)

// oldFormats are the names of topics with the last versions that wrote record
// formats 0 and 1. Brokers of 2.8 still do if they are told to.
func oldFormats() map[string]string {
	return map[string]string{"format-0": "0.9.0.1", "format-1": "0.10.2"}
}

// fillOldFormats makes topics in the formats before KIP-98, messages and wrappers
// in every codec that they know, and upgrades them: what follows is in format 2.
// One of them is cleaned, so that its wrappers have gaps.
func (b bed) fillOldFormats(t *testing.T, random *rand.Rand) (topics []kafkatest.WorldTopic) {
	t.Helper()
	plain, err := kafkatest.Connect(t.Context(), b.kafka.Addrs(), kgo.DisableIdempotentWrite())
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	for name, version := range oldFormats() {
		topics = append(topics, b.fillOldFormat(t, plain, random, name, version, nil))
	}
	compact := map[string]string{"cleanup.policy": "compact", "segment.ms": "20000", "min.cleanable.dirty.ratio": "0.01"}
	cleaned := b.fillOldFormat(t, plain, random, "format-1-compacted", "0.10.2", compact)
	if err := b.kafka.AwaitCleaned(t.Context(), cleaned.Name, cleaned.Partitions); err != nil {
		t.Fatal(err)
	}
	if err := b.world.AlterTopic(t.Context(), cleaned.Name, "min.compaction.lag.ms", "604800000"); err != nil {
		t.Fatal(err)
	}
	cleaned.Compacted = true
	return append(topics, cleaned)
}

func (b bed) fillOldFormat(t *testing.T, plain *kafkatest.World, random *rand.Rand, name, version string, configs map[string]string) kafkatest.WorldTopic {
	t.Helper()
	topic := kafkatest.WorldTopic{Name: name, Partitions: 2}
	all := map[string]string{"message.format.version": version, "retention.ms": "-1"}
	for config, value := range configs {
		all[config] = value
	}
	must(t, plain.CreateTopic(t.Context(), name, topic.Partitions, all))
	clock := time.Now().Add(-time.Hour)
	write := func(batches int, codecs []kafkatest.Codec) {
		for i := range batches {
			batch := kafkatest.Batch{Topic: name, Partition: int32(i % 2), Codec: codecs[random.IntN(len(codecs))]}
			for range 1 + random.IntN(20) {
				clock = clock.Add(time.Millisecond * time.Duration(random.IntN(200)))
				batch.Records = append(batch.Records, kafkatest.Record{Timestamp: clock,
					Key: fmt.Appendf(nil, "key-%d", random.IntN(60)), Value: fmt.Appendf(nil, "%d", random.Int64())})
			}
			_, err := plain.ProduceBatch(t.Context(), batch)
			must(t, err)
		}
	}
	write(60, []kafkatest.Codec{kafkatest.None, kafkatest.Gzip, kafkatest.Snappy, kafkatest.LZ4})
	must(t, plain.AlterTopic(t.Context(), name, "message.format.version", "2.8"))
	awaitUpgrade(t, plain, name)
	clock = clock.Add(time.Minute) // rolls the segment of a compacted topic
	write(20, kafkatest.Codecs())
	return topic
}

// awaitUpgrade waits until the broker takes a batch that only format 2 allows: it
// hears of a topic's config later than it answers.
func awaitUpgrade(t *testing.T, plain *kafkatest.World, topic string) {
	t.Helper()
	deadline := time.Now().Add(kafkatest.Deadline)
	for p := int32(0); p < 2; {
		// So many records that zstd is worth it for the client.
		_, err := plain.ProduceBatch(t.Context(), kafkatest.Batch{Topic: topic, Partition: p, Codec: kafkatest.Zstd, Records: kafkatest.Numbered(100)})
		if err == nil {
			p++
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
