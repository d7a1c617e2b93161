//go:build integration

package oracle

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// deletion is one that happens while kofs reads: before its nth Fetch, up to an offset.
type deletion struct {
	fetch  int32
	before int64
	exact  bool // the count can still be one of what is left
}

// aged is the number of records in each partition, about 1 KB each: several answers.
const aged = 10_000

// Records are deleted while they are counted and listed. What kofs says is what a
// consumer is given that starts where the log then does, or it says at most.
func TestRecordsDeletedDuringTheScan(t *testing.T) {
	options, front := kafkatest.Intercept(kafkatest.KafkaOptions{})
	t.Cleanup(front.Close)
	b := newBed(t, options)
	deletions := []deletion{
		{1, 5000, true}, // before anything was read
		{2, aged - 300, true},
		{3, aged - 300, true},
		{2, aged, true}, // nothing is left
		{2, 10, false},  // behind the scan
		{3, 700, false},
	}
	must(t, b.world.CreateTopic(t.Context(), "aged", int32(len(deletions)), nil))
	for i, d := range deletions {
		t.Run(fmt.Sprintf("up to %d before the Fetch no. %d", d.before, d.fetch), func(t *testing.T) {
			b.fillAged(t, int32(i))
			b.deleteDuring(t, front, int32(i), d)
		})
	}
	t.Run("while they are listed", func(t *testing.T) {
		b.fillAged(t, 0)
		b.deleteWhileListing(t, front, 0, deletion{fetch: 2, before: 2*aged - 300})
	})
}

func (b bed) fillAged(t *testing.T, p int32) {
	t.Helper()
	batch := slices.Repeat([]kafkatest.Record{{Value: bytes.Repeat([]byte("x"), 1000)}}, 100)
	for range aged / len(batch) {
		_, err := b.world.Produce(t.Context(), "aged", p, batch...)
		must(t, err)
	}
}

// during has the records deleted when kofs is about to fetch for the nth time.
func (b bed) during(ctx context.Context, front *kafkatest.Interceptors, p int32, d deletion) (deleted func() error) {
	var fetches atomic.Int32
	var failed error
	front.Watch(func(f kafkatest.Frame) bool {
		if f.Key == int16(kmsg.Fetch) && !f.Response && strings.HasPrefix(f.ClientID, "kofs") && fetches.Add(1) == d.fetch {
			failed = b.world.DeleteRecords(ctx, "aged", p, d.before)
		}
		return true
	})
	return func() error {
		front.Watch(nil)
		if n := fetches.Load(); n < d.fetch {
			return fmt.Errorf("kofs fetched only %d times", n)
		}
		return failed
	}
}

func (b bed) deleteDuring(t *testing.T, front *kafkatest.Interceptors, p int32, d deletion) {
	ctx, scope := t.Context(), fmt.Sprintf("aged:%d", p)
	must(t, b.world.Commit(ctx, "aged", kafkatest.Offsets{"aged": {p: aged}}))
	deleted := b.during(ctx, front, p, d)
	var doc plan
	err := b.kofs.document(ctx, "kofs/plan/v1", &doc, "reset", "aged", "--topic", scope, "--to-earliest", "--count", "exact")
	must(t, deleted())
	must(t, err)
	given := b.givenFrom(t, p, d.before, aged)
	c := doc.Changes[0]
	note := fmt.Sprintf("records below offset %d were deleted while they were counted", d.before)
	if !slices.Contains(c.Notes, note) {
		t.Errorf("notes are %q, want %q among them", c.Notes, note)
	}
	if c.Exact != d.exact {
		t.Errorf("exact is %v", c.Exact)
	}
	if d.exact {
		if err := same("records", c.Records, int64(len(given.Offsets))); err != nil {
			t.Error(err)
		}
		return
	}
	if c.Records != nil || c.AtMost == nil || *c.AtMost < int64(len(given.Offsets)) {
		t.Errorf("records %v, at most %v, and the consumer is given %d", c.Records, c.AtMost, len(given.Offsets))
	}
}

func (b bed) deleteWhileListing(t *testing.T, front *kafkatest.Interceptors, p int32, d deletion) {
	ctx := t.Context()
	must(t, b.world.Commit(ctx, "aged", kafkatest.Offsets{"aged": {p: 2 * aged}}))
	deleted := b.during(ctx, front, p, d)
	ran, err := b.kofs.Run(ctx, "records", "aged", "--topic", fmt.Sprintf("aged:%d", p), "--to-earliest", "-o", "csv")
	must(t, deleted())
	must(t, err)
	given := b.givenFrom(t, p, d.before, 2*aged)
	if ran.Exit != 3 || !strings.Contains(ran.Stderr, fmt.Sprintf("records below offset %d were deleted while they were listed", d.before)) {
		t.Errorf("exit %d, stderr %q", ran.Exit, ran.Stderr)
	}
	lines := strings.Split(strings.TrimSpace(ran.Stdout), "\n")
	tail := lines[max(0, len(lines)-len(given.Offsets)):]
	for i, offset := range given.Offsets {
		if !strings.HasPrefix(tail[i], fmt.Sprintf("aged,%d,%d,", p, offset)) {
			t.Fatalf("the consumer is given offset %d, kofs lists %.40q", offset, tail[i])
		}
	}
}

// givenFrom is what a consumer is given whose group is at the offset.
func (b bed) givenFrom(t *testing.T, p int32, from, until int64) kafkatest.Given {
	t.Helper()
	must(t, b.world.Commit(t.Context(), "reader", kafkatest.Offsets{"aged": {p: from}}))
	given, err := b.java.Read(t.Context(), kafkatest.ReadRequest{Group: "reader", Isolation: kafkatest.ReadUncommitted,
		Ranges: []kafkatest.ReadRange{{Topic: "aged", Partition: p, Until: until}}})
	must(t, err)
	return given[0]
}
