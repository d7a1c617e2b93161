package records

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// overKgo is a Fetcher through franz-go's requests, for one broker.
type overKgo struct{ client *kgo.Client }

func (k overKgo) Fetch(ctx context.Context, i inspect.Isolation, ranges []Range, visit Visit) error {
	for _, r := range ranges {
		for at, more := r.From, true; more; {
			f, err := k.fetch(ctx, i, r.TopicPartition, at)
			if err != nil {
				return err
			}
			at, more = visit(f)
		}
	}
	return nil
}

func (k overKgo) fetch(ctx context.Context, i inspect.Isolation, p inspect.TopicPartition, at int64) (Fetched, error) {
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes, req.SessionEpoch, req.IsolationLevel = 10, 1, 1<<20, -1, int8(i)
	topic, part := kmsg.NewFetchRequestTopic(), kmsg.NewFetchRequestTopicPartition()
	topic.Topic = p.Topic
	part.Partition, part.FetchOffset, part.PartitionMaxBytes = p.Partition, at, 700
	topic.Partitions = append(topic.Partitions, part)
	req.Topics = append(req.Topics, topic)
	resp, err := k.client.Broker(0).Request(ctx, req)
	if err != nil {
		return Fetched{}, err
	}
	got := resp.(*kmsg.FetchResponse).Topics[0].Partitions[0]
	f := Fetched{TopicPartition: p, Offset: at, Batches: got.RecordBatches, First: true,
		Log: inspect.Log{Start: got.LogStartOffset, LastStable: got.LastStableOffset, HighWatermark: got.HighWatermark}}
	if fault := inspect.KafkaFault(got.ErrorCode, ""); fault != nil {
		f.Err = fault
	}
	for _, a := range got.AbortedTransactions {
		f.Aborted = append(f.Aborted, AbortedTransaction{ProducerID: a.ProducerID, FirstOffset: a.FirstOffset})
	}
	return f, nil
}

func newClient(t *testing.T, c *kfake.Cluster, o ...kgo.Opt) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append(o, kgo.SeedBrokers(c.ListenAddrs()...), kgo.DefaultProduceTopic("orders"))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func TestCountAndListAgreeWithAFranzGoConsumer(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fill(ctx, t, c)

	p := inspect.TopicPartition{Topic: "orders"}
	f := overKgo{newClient(t, c, kgo.MaxVersions(kversion.V2_8_0()))}
	start, err := f.fetch(ctx, inspect.ReadUncommitted, p, 0)
	if err != nil || start.Log.HighWatermark < 100 || start.Log.LastStable == start.Log.HighWatermark {
		t.Fatalf("%+v, %v", start.Log, err)
	}
	consumed := map[inspect.Isolation][]*kgo.Record{}
	for _, i := range []inspect.Isolation{inspect.ReadUncommitted, inspect.ReadCommitted} {
		consumed[i] = consume(ctx, t, c, i, start.Log)
	}
	for range 50 {
		from := rand.Int64N(start.Log.HighWatermark)
		r := Range{p, from, from + rand.Int64N(start.Log.HighWatermark-from) + 1}
		counted, err := Count(ctx, f, []Range{r}, CountOptions{})
		if err != nil || !counted[0].Done {
			t.Fatalf("%+v, %v", counted, err)
		}
		for i, all := range consumed {
			compare(ctx, t, f, r, i, within(all, r), counted[0].Records(i))
		}
	}
}

// compare checks one range against what a consumer was given of it.
func compare(ctx context.Context, t *testing.T, f Fetcher, r Range, i inspect.Isolation, want []*kgo.Record, counted int64) {
	t.Helper()
	if counted != int64(len(want)) {
		t.Fatalf("%v %s: counted %d, a consumer was given %d", r, i, counted, len(want))
	}
	n := 0
	_, err := List(ctx, f, []Range{r}, ListOptions{Isolation: i}, func(g *Record) error {
		w := want[n]
		n++
		if g.Offset != w.Offset || string(g.Key) != string(w.Key) || string(g.Value) != string(w.Value) ||
			(g.Value == nil) != (w.Value == nil) || *g.TimestampMs != w.Timestamp.UnixMilli() || len(g.Headers) != len(w.Headers) {
			return fmt.Errorf("listed %+v, want %+v", g, w)
		}
		return nil
	})
	if err != nil || n != len(want) {
		t.Fatalf("%v %s: listed %d of %d, %v", r, i, n, len(want), err)
	}
}

// fill writes records in every codec, in and outside transactions, and leaves
// one transaction open until the test ends.
func fill(ctx context.Context, t *testing.T, c *kfake.Cluster) {
	t.Helper()
	codecs := []kgo.CompressionCodec{kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()}
	for n, codec := range codecs {
		produce(ctx, t, newClient(t, c, kgo.ProducerBatchCompression(codec)), n)
		tx := newClient(t, c, kgo.ProducerBatchCompression(codec), kgo.TransactionalID(fmt.Sprint("tx", n)))
		for round := range 4 {
			if err := tx.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			produce(ctx, t, tx, n)
			if n == len(codecs)-1 && round == 3 {
				produce(ctx, t, newClient(t, c), n)
				t.Cleanup(func() { _ = tx.EndTransaction(context.WithoutCancel(ctx), kgo.TryAbort) })
				return
			}
			if err := tx.EndTransaction(ctx, kgo.TransactionEndTry(round%2 == 0)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func produce(ctx context.Context, t *testing.T, client *kgo.Client, n int) {
	t.Helper()
	for k := range 3 {
		var batch []*kgo.Record
		for i := range 4 {
			r := &kgo.Record{Key: fmt.Append(nil, n), Value: fmt.Append(nil, "value ", k, i), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("x")}}}
			if i == 2 {
				r.Key, r.Value, r.Headers = nil, nil, nil
			}
			batch = append(batch, r)
		}
		if err := client.ProduceSync(ctx, batch...).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// consume is everything that a consumer is given before the end of the log.
func consume(ctx context.Context, t *testing.T, c *kfake.Cluster, i inspect.Isolation, log inspect.Log) (out []*kgo.Record) {
	t.Helper()
	level := kgo.ReadUncommitted()
	if i == inspect.ReadCommitted {
		level = kgo.ReadCommitted()
	}
	// With control records kept, the consumer sees an offset that tells the end.
	client := newClient(t, c, kgo.ConsumeTopics("orders"), kgo.FetchIsolationLevel(level), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	for {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		for _, r := range fetches.Records() {
			if !r.Attrs.IsControl() {
				out = append(out, r)
			}
			if r.Offset == log.End(i)-1 {
				return out
			}
		}
	}
}

func within(all []*kgo.Record, r Range) (out []*kgo.Record) {
	for _, x := range all {
		if x.Offset >= r.From && x.Offset < r.Until {
			out = append(out, x)
		}
	}
	return out
}
