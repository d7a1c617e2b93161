package kafkatest_test

import (
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kofs/kofs/internal/kafkatest"
)

func start(t *testing.T) (context.Context, *kafkatest.Embedded, *kafkatest.World) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	t.Cleanup(cancel)
	e := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 2}})
	return ctx, e, kafkatest.NewWorld(t, e.Addrs())
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryProduceIsOneBatchInEveryCodec(t *testing.T) {
	ctx, e, w := start(t)
	for i, codec := range kafkatest.Codecs() {
		b := kafkatest.Batch{Topic: "orders", Codec: codec, Records: kafkatest.Numbered(2000)}
		if first := must[int64](t)(w.ProduceBatch(ctx, b)); first != int64(i*2000) {
			t.Errorf("%s: first offset %d, want %d", codec, first, i*2000)
		}
	}
	if n := e.Requests(kmsg.Produce); n != len(kafkatest.Codecs()) {
		t.Errorf("%d produce requests for %d batches", n, len(kafkatest.Codecs()))
	}
}

func TestATransactionHoldsTheLastStableOffsetUntilItEnds(t *testing.T) {
	ctx, _, w := start(t)
	batch := kafkatest.Batch{Topic: "orders", Records: kafkatest.Numbered(3)}
	check(t, w.Transact(ctx, "committed", true, batch))
	check(t, w.Transact(ctx, "aborted", false, batch))
	open := must[*kafkatest.Transaction](t)(w.Begin(ctx, "open"))
	must[int64](t)(open.Produce(ctx, batch))

	got := must[map[int32]kafkatest.Bounds](t)(w.Bounds(ctx, "orders"))[0]
	if want := (kafkatest.Bounds{LastStableOffset: 8, HighWatermark: 11}); got != want {
		t.Errorf("while it is open: %+v, want %+v", got, want)
	}
	check(t, open.Commit(ctx))
	got = must[map[int32]kafkatest.Bounds](t)(w.Bounds(ctx, "orders"))[0]
	if want := (kafkatest.Bounds{LastStableOffset: 12, HighWatermark: 12}); got != want {
		t.Errorf("after its end: %+v, want %+v", got, want)
	}
}

func TestOffsetsInATransactionCountOnlyOnceItIsCommitted(t *testing.T) {
	ctx, _, w := start(t)
	check(t, w.Commit(ctx, "billing", kafkatest.Offsets{"orders": {0: 1}}))
	txn := must[*kafkatest.Transaction](t)(w.Begin(ctx, "pending"))
	check(t, txn.CommitOffsets(ctx, "billing", kafkatest.Offsets{"orders": {0: 5}}))
	check(t, txn.Commit(ctx))
	got := must[kafkatest.Offsets](t)(w.Committed(ctx, "billing"))
	if got["orders"][0] != 5 {
		t.Errorf("committed offset %d after the transaction, want 5", got["orders"][0])
	}
}

func TestAMemberLivesUntilItIsClosed(t *testing.T) {
	ctx, e, w := start(t)
	m := must[*kafkatest.Member](t)(w.Join(ctx, "shipping", []string{"orders"}))
	if got := len(m.Assigned()["orders"]); got != 2 {
		t.Errorf("%d partitions assigned, want 2", got)
	}
	if n := e.Requests(kmsg.JoinGroup, kmsg.ConsumerGroupHeartbeat); n == 0 {
		t.Error("a join was not counted")
	}
	group, err := w.DescribeGroup(ctx, "shipping")
	check(t, err)
	if group.State != "Stable" || len(group.Members) != 1 {
		t.Errorf("state %s with %d members, want Stable with 1", group.State, len(group.Members))
	}
	m.Close()
	group, err = w.DescribeGroup(ctx, "shipping")
	check(t, err)
	if group.State != "Empty" {
		t.Errorf("state %s after the member left, want Empty", group.State)
	}
}

func TestDeleteRecordsMovesTheLogStart(t *testing.T) {
	ctx, _, w := start(t)
	must[int64](t)(w.Produce(ctx, "orders", 1, kafkatest.Numbered(10)...))
	check(t, w.DeleteRecords(ctx, "orders", 1, 4))
	got := must[map[int32]kafkatest.Bounds](t)(w.Bounds(ctx, "orders"))[1]
	if want := (kafkatest.Bounds{LogStartOffset: 4, LastStableOffset: 10, HighWatermark: 10}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
