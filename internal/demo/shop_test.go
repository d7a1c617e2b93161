package main

import (
	"context"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/kofs/kofs/internal/kafkatest"
)

// TestTheShop opens it once: under -race that takes seconds.
func TestTheShop(t *testing.T) {
	ctx, s := open(t)
	t.Run("billing is Empty", func(t *testing.T) { billingIsEmpty(ctx, t, s) })
	t.Run("billing is behind by what came since it was stopped", func(t *testing.T) { billingIsBehind(ctx, t, s) })
	t.Run("shipping is at work while orders come in", func(t *testing.T) { shippingIsAtWork(ctx, t, s) })
	t.Run("audit committed before the log start", func(t *testing.T) { auditIsOutlived(ctx, t, s) })
	t.Run("customers has gaps", func(t *testing.T) { customersHasGaps(ctx, t, s) })
	t.Run("legacy has a commit for a topic that is not there", func(t *testing.T) { legacyIsLeft(ctx, t, s) })
	t.Run("transaction markers take offsets", func(t *testing.T) { markersTakeOffsets(ctx, t, s) })
	t.Run("each payment is read once by read_committed", func(t *testing.T) {
		if got := readPayments(ctx, t, s, kgo.ReadCommitted(), s.desk.committed); got != s.desk.committed {
			t.Errorf("%d different payments in %d records", got, s.desk.committed)
		}
	})
	t.Run("those that were aborted first are read twice by read_uncommitted", func(t *testing.T) {
		if s.desk.aborted == 0 {
			t.Fatal("no payment was aborted")
		}
		if got := readPayments(ctx, t, s, kgo.ReadUncommitted(), s.desk.committed+s.desk.aborted); got != s.desk.committed {
			t.Errorf("%d different payments in %d records, want %d", got, s.desk.committed+s.desk.aborted, s.desk.committed)
		}
	})
}

func open(t *testing.T) (context.Context, *shop) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	t.Cleanup(cancel)
	s, err := openShop(ctx, time.Now())
	if s != nil {
		t.Cleanup(func() {
			if err := s.close(); err != nil {
				t.Error(err)
			}
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return ctx, s
}

func billingIsEmpty(ctx context.Context, t *testing.T, s *shop) {
	group, err := s.world.DescribeGroup(ctx, "billing")
	if err != nil {
		t.Fatal(err)
	}
	if group.State != "Empty" || group.ProtocolType != "consumer" {
		t.Errorf("%s, protocol type %s; want Empty, consumer", group.State, group.ProtocolType)
	}
}

func billingIsBehind(ctx context.Context, t *testing.T, s *shop) {
	committed, err := s.world.Committed(ctx, "billing")
	if err != nil {
		t.Fatal(err)
	}
	if want := s.orders.offsetsAt(s.opened.Add(-billingEnd)); !maps.Equal(committed["orders"], want) {
		t.Errorf("committed on orders: %v, want %v", committed["orders"], want)
	}
	for topic, partitions := range map[string]int{"orders": orderPartitions, "payments": paymentPartitions} {
		if len(committed[topic]) != partitions {
			t.Errorf("%d partitions of %s have a commit, want %d", len(committed[topic]), topic, partitions)
		}
		for partition, end := range bounds(ctx, t, s, topic) {
			if offset := committed[topic][partition]; offset <= 0 || offset >= end.HighWatermark {
				t.Errorf("%s:%d: committed %d, end %d", topic, partition, offset, end.HighWatermark)
			}
		}
	}
}

func bounds(ctx context.Context, t *testing.T, s *shop, topic string) map[int32]kafkatest.Bounds {
	t.Helper()
	b, err := s.world.Bounds(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func shippingIsAtWork(ctx context.Context, t *testing.T, s *shop) {
	group, err := s.world.DescribeGroup(ctx, "shipping")
	if err != nil {
		t.Fatal(err)
	}
	if group.State != "Stable" || len(group.Members) != 1 {
		t.Errorf("%s with %d members, want Stable with 1", group.State, len(group.Members))
	}
	for seeded := s.orders.ends(); ; {
		committed, err := s.world.Committed(ctx, "shipping")
		if err != nil {
			t.Fatal(err) // also when the test's time is over
		}
		if !maps.Equal(committed["orders"], seeded) {
			return
		}
	}
}

func auditIsOutlived(ctx context.Context, t *testing.T, s *shop) {
	committed, err := s.world.Committed(ctx, "audit")
	if err != nil {
		t.Fatal(err)
	}
	if offset, start := committed["orders"][0], bounds(ctx, t, s, "orders")[0].LogStartOffset; offset <= 0 || offset >= start {
		t.Errorf("committed %d, log start %d", offset, start)
	}
}

func customersHasGaps(ctx context.Context, t *testing.T, s *shop) {
	member, err := s.world.Join(ctx, "gaps", []string{"customers"})
	if err != nil {
		t.Fatal(err)
	}
	defer member.Close()
	records := 0
	for last := int64(-1); last < customerUpdates-1; {
		fetches := member.Client().PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("after %d records: %v", records, err)
		}
		fetches.EachRecord(func(r *kgo.Record) { last = r.Offset })
		records += fetches.NumRecords()
	}
	if records < customers/2 || records > customerUpdates/2 {
		t.Errorf("%d records in %d offsets", records, customerUpdates)
	}
}

func legacyIsLeft(ctx context.Context, t *testing.T, s *shop) {
	// By name: OffsetFetch v10 has topic IDs, and a topic that is gone has none.
	committed, err := kafkatest.NewWorld(t, s.broker.Addrs(), kgo.MaxVersions(kversion.V3_7_0())).Committed(ctx, "legacy")
	if err != nil {
		t.Fatal(err)
	}
	topics, err := s.world.Admin().ListTopics(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if committed["invoices"][0] != 4711 || topics.Has("invoices") {
		t.Errorf("committed %v; topics %v", committed, topics.Names())
	}
}

func markersTakeOffsets(ctx context.Context, t *testing.T, s *shop) {
	var ends int64
	for _, b := range bounds(ctx, t, s, "payments") {
		ends += b.HighWatermark
	}
	aborts := s.desk.transactions / abortedEvery
	markers := (s.desk.transactions + aborts) * paymentPartitions
	if want := int64(s.desk.committed + s.desk.aborted + markers); ends != want {
		t.Errorf("the ends are %d in all, want %d with %d markers", ends, want, markers)
	}
}

// readPayments reads n records and returns how many different payments they are.
func readPayments(ctx context.Context, t *testing.T, s *shop, isolation kgo.IsolationLevel, n int) int {
	t.Helper()
	member, err := s.world.Join(ctx, "reader", []string{"payments"}, kgo.FetchIsolationLevel(isolation))
	if err != nil {
		t.Fatal(err)
	}
	defer member.Close()
	different := map[string]bool{}
	for read := 0; read < n; {
		fetches := member.Client().PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("after %d of %d records: %v", read, n, err)
		}
		fetches.EachRecord(func(r *kgo.Record) { different[string(r.Value)] = true })
		read += fetches.NumRecords()
	}
	return len(different)
}

func TestTheSameSeedMakesUpTheSameOrders(t *testing.T) {
	from := time.UnixMilli(1_795_338_000_000)
	a := newOrderBook(1).history(from, from.Add(time.Minute))
	b := newOrderBook(1).history(from, from.Add(time.Minute))
	if !reflect.DeepEqual(a, b) {
		t.Error("two histories differ")
	}
	records := 0
	for partition := range a {
		records += len(a[partition])
	}
	if records != 300 {
		t.Errorf("%d records in a minute, want 300", records)
	}
}
