package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const requestBrokers = 3

// crowd is a group with so many partitions, of 100 to a topic, with one record
// consumed in each.
func crowd(t *testing.T, partitions int) *scene {
	t.Helper()
	topics := map[string]int32{}
	for i := range partitions / 100 {
		topics[fmt.Sprintf("topic-%03d", i)] = 100
	}
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Brokers: requestBrokers, Topics: topics})
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	t.Cleanup(cancel)
	s := &scene{World: kafkatest.NewWorld(t, embedded.Addrs()), t: t, embedded: embedded, ctx: ctx, env: map[string]string{"KOFS_STATE_DIR": t.TempDir()}}
	producer, err := kgo.NewClient(kgo.SeedBrokers(embedded.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.DisableClientMetrics())
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	offsets := kadm.Offsets{}
	var one []*kgo.Record
	for topic := range topics {
		for p := range int32(100) {
			one = append(one, &kgo.Record{Topic: topic, Partition: p, Value: []byte("v")})
			offsets.AddOffset(topic, p, 1, -1)
		}
	}
	if err := producer.ProduceSync(ctx, one...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := s.Admin().CommitAllOffsets(ctx, "crowd", offsets); err != nil {
		t.Fatal(err)
	}
	return s
}

// How many requests a command sends depends on the brokers and not on the
// partitions; a count needs a Fetch for every some hundred of short ranges.
func TestRequestsGrowWithBrokersAndNotWithPartitions(t *testing.T) {
	t.Parallel()
	few, many := crowd(t, 300), crowd(t, 10_000)
	for _, c := range []struct {
		line  string
		fetch int // more for the many partitions
	}{
		{"lag crowd", 0},
		{"reset crowd --all-topics --to-earliest --count none", 0},
		{"reset crowd --all-topics --to-datetime 2020-01-01T00:00:00Z --count none", 0},
		{"reset crowd --all-topics --to-earliest --count exact", 10_000 / 200},
	} {
		t.Run(c.line, func(t *testing.T) {
			one, _ := few.requests(c.line, 300)
			other, took := many.requests(c.line, 10_000)
			t.Logf("%d requests for 300 partitions, %d for 10000, in %v", one, other, took.Round(time.Millisecond))
			if other > one+c.fetch || one > 12*requestBrokers {
				t.Errorf("%d requests for 300 partitions, %d for 10000: %v", one, other, many.byKey())
			}
		})
	}
}

// requests is how many a command sends, which must show so many partitions.
func (s *scene) requests(line string, partitions int) (n int, took time.Duration) {
	s.t.Helper()
	s.embedded.ForgetRequests()
	began := time.Now()
	code, stdout, stderr := s.kofs(append(strings.Fields(line), "-o", "csv")...)
	took = time.Since(began)
	for _, count := range s.byKey() {
		n += count
	}
	if shown := strings.Count(string(stdout), "\n") - 1; code != exitDone || shown != partitions {
		s.t.Fatalf("%s: exit code %d, %d partitions: %s", line, code, shown, stderr)
	}
	return n, took
}

// byKey is how many requests of each kind were sent.
func (s *scene) byKey() map[string]int {
	all := map[string]int{}
	for key := kmsg.Key(0); key <= kmsg.MaxKey; key++ {
		if n := s.embedded.Requests(key); n > 0 {
			all[key.Name()] = n
		}
	}
	return all
}
