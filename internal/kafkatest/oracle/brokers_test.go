//go:build integration

package oracle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// On three brokers, while leaders move away from under kofs and the consumer: the
// same records all the same. A broker that seems dead for a moment must not add
// moves of its own.
func TestThreeBrokersWhoseLeadersMove(t *testing.T) {
	b := newBed(t, kafkatest.KafkaOptions{Nodes: 3, Properties: map[string]string{"broker.session.timeout.ms": "60000"}})
	t.Run("AConsumerIsGivenExactlyTheListedRecords", func(t *testing.T) {
		topics, random := b.fill(t)
		// The replicas of a compacted topic are cleaned each on its own, and then
		// hold different records: its leader stays where it is.
		topics = slices.DeleteFunc(topics, func(topic kafkatest.WorldTopic) bool { return topic.Compacted })
		scenarios := b.scenarios(t, topics, random, onThree)
		b.movers = startMovers(t, b, random)
		began := time.Now()
		sum := b.compareAll(t, scenarios)
		t.Logf("%s in %s, while leaders moved %d times", sum, time.Since(began).Round(time.Millisecond), b.movers.count())
	})
	t.Run("ALongCount", b.countLong)
}

// records in each partition of the large topic, about 1 KB each.
const large = 30_000

// countLong counts, and then lists, 90 MB in three partitions. Both take long
// enough to see moves: every one that they run into makes them look up a leader
// once more (Metadata) than they do without.
func (b bed) countLong(t *testing.T) {
	ctx := t.Context()
	rows := b.fillLarge(ctx, t)
	quiet := b.countAll(ctx, t) + b.listAll(ctx, t)
	m := startMovers(t, b, rand.New(rand.NewPCG(1, 2)))
	defer m.look(rows)()
	var again, rounds int
	for deadline := time.Now().Add(kafkatest.Deadline); again < 10; rounds++ {
		if time.Now().After(deadline) {
			t.Fatalf("%d moves, but in %d rounds only %d look-ups more than usual", m.count(), rounds, again)
		}
		again += b.countAll(ctx, t) + b.listAll(ctx, t) - quiet
	}
	t.Logf("%d counts and as many listings of %d records, with %d look-ups beyond the usual %d, while leaders moved %d times",
		rounds, 3*large, again, quiet, m.count())
}

func (b bed) fillLarge(ctx context.Context, t *testing.T) (rows []row) {
	t.Helper()
	if err := b.world.CreateTopic(ctx, "large", 3, nil); err != nil {
		t.Fatal(err)
	}
	batch := slices.Repeat([]kafkatest.Record{{Value: bytes.Repeat([]byte("x"), 1000)}}, 30)
	for p := range int32(3) {
		for range large / len(batch) {
			if _, err := b.world.Produce(ctx, "large", p, batch...); err != nil {
				t.Fatal(err)
			}
		}
		rows = append(rows, row{partition: partition{"large", p}})
	}
	if err := b.world.Commit(ctx, "large", kafkatest.Offsets{"large": {0: large, 1: large, 2: large}}); err != nil {
		t.Fatal(err)
	}
	return rows
}

// countAll returns how often leaders were looked up.
func (b bed) countAll(ctx context.Context, t *testing.T) (lookUps int) {
	t.Helper()
	ran, err := b.kofs.run(ctx, "reset", "large", "--topic", "large", "--to-earliest", "--count", "exact", "-o", "json", "-v")
	var doc plan
	if err == nil {
		err = ran.Document("kofs/plan/v1", &doc)
	}
	err = errors.Join(err, same("totals.replay_records", doc.Totals.ReplayRecords, 3*large))
	for _, c := range doc.Changes {
		err = errors.Join(err, same(fmt.Sprintf("records of partition %d", c.Partition), c.Records, large))
	}
	if err != nil {
		t.Error(err)
	}
	return lookUpsIn(ran)
}

// listAll returns how often leaders were looked up.
func (b bed) listAll(ctx context.Context, t *testing.T) (lookUps int) {
	t.Helper()
	ran, err := b.kofs.run(ctx, "records", "large", "--topic", "large", "--to-earliest", "-o", "jsonl", "-v")
	if err != nil {
		t.Fatal(err)
	}
	list, err := listedBy(ran)
	if err != nil {
		t.Fatal(err)
	}
	for p := range int32(3) {
		offsets := list[partition{"large", p}].offsets
		for i, offset := range offsets {
			if offset != int64(i) {
				t.Fatalf("partition %d: record %d listed has offset %d", p, i, offset)
			}
		}
		if len(offsets) != large {
			t.Errorf("%d records of partition %d listed, want %d", len(offsets), p, large)
		}
	}
	return lookUpsIn(ran)
}

func lookUpsIn(ran kafkatest.Ran) (n int) {
	for _, request := range ran.Requests() {
		if strings.HasPrefix(request, "Metadata ") {
			n++
		}
	}
	return n
}
