//go:build integration

package kafkatest_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kofs/kofs/internal/kafkatest"
)

func TestApacheKafkaStarts(t *testing.T) {
	for _, version := range kafkatest.KafkaVersions() {
		t.Run(version, func(t *testing.T) {
			k := kafkatest.NewKafka(t, kafkatest.KafkaOptions{Version: version})
			w := kafkatest.NewWorld(t, k.Addrs())
			check(t, w.CreateTopic(t.Context(), "orders", 3, nil))
			must[int64](t)(w.Produce(t.Context(), "orders", 1, kafkatest.Numbered(10)...))
			if got := must[map[int32]kafkatest.Bounds](t)(w.Bounds(t.Context(), "orders"))[1]; got.HighWatermark != 10 {
				t.Errorf("high watermark %d, want 10", got.HighWatermark)
			}
		})
	}
}

// Three brokers: leaders and coordinators go where they are sent, and a broker
// that is ended comes back with what it had.
func TestThreeBrokers(t *testing.T) {
	ctx := t.Context()
	k := kafkatest.NewKafka(t, kafkatest.KafkaOptions{Nodes: 3, Properties: map[string]string{
		"broker.session.timeout.ms": "5000", "broker.heartbeat.interval.ms": "1000",
	}})
	w := kafkatest.NewWorld(t, k.Addrs())
	check(t, w.CreateTopic(ctx, "orders", 1, nil))
	for _, broker := range k.Nodes() {
		check(t, w.MoveLeader(ctx, "orders", 0, broker))
		check(t, w.MoveCoordinator(ctx, "billing", broker))
		must[int64](t)(w.Produce(ctx, "orders", 0, kafkatest.Numbered(10)...))
		check(t, w.Commit(ctx, "billing", kafkatest.Offsets{"orders": {0: int64(broker)}}))
	}
	check(t, k.ShutDown(ctx, 3))
	if leader := must[int32](t)(w.Leader(ctx, "orders", 0)); leader == 3 {
		t.Error("a broker that was shut down leads on")
	}
	check(t, k.Restart(ctx, 3))
	k.Kill(2)
	check(t, k.AwaitListed(ctx, w, 2))
	check(t, k.Restart(ctx, 2))
	check(t, w.MoveLeader(ctx, "orders", 0, 2))
	if got := must[map[int32]kafkatest.Bounds](t)(w.Bounds(ctx, "orders"))[0]; got.HighWatermark != 30 {
		t.Errorf("high watermark %d, want 30", got.HighWatermark)
	}
}

// The oracle is only worth something if it is right: here its reading of the
// whole random world is compared with franz-go's.
func TestTheOracleReadsWhatFranzGoReads(t *testing.T) {
	ctx := t.Context()
	k := kafkatest.NewKafka(t, kafkatest.KafkaOptions{})
	w, o := kafkatest.NewWorld(t, k.Addrs()), kafkatest.NewOracle(t, k)
	began := time.Now()
	topics := must[[]kafkatest.WorldTopic](t)(o.BuildWorld(ctx, k, w, 1))
	t.Logf("the world took %s", time.Since(began).Round(time.Millisecond))
	for _, level := range []kafkatest.IsolationLevel{kafkatest.ReadUncommitted, kafkatest.ReadCommitted} {
		for _, topic := range topics {
			request := wholeTopic(ctx, t, w, topic, level)
			given := must[[]kafkatest.Given](t)(o.Read(ctx, request))
			for _, g := range given {
				bounds := must[map[int32]kafkatest.Bounds](t)(w.Bounds(ctx, g.Topic))[g.Partition]
				offsets, digests := readWithFranzGo(ctx, t, k, g.Topic, g.Partition, bounds, level)
				if !slices.Equal(g.Offsets, offsets) || !slices.Equal(g.Digests, digests) {
					t.Errorf("%s:%d %s: Java was given %d records, franz-go %d, or their content differs",
						g.Topic, g.Partition, level, len(g.Offsets), len(offsets))
				}
				t.Logf("%s:%d %s: %d records, %+v", g.Topic, g.Partition, level, len(offsets), bounds)
			}
		}
	}
}

// wholeTopic commits the log starts and asks for everything behind them.
func wholeTopic(ctx context.Context, t *testing.T, w *kafkatest.World, topic kafkatest.WorldTopic, level kafkatest.IsolationLevel) kafkatest.ReadRequest {
	request := kafkatest.ReadRequest{Group: "reader", Isolation: level}
	starts := kafkatest.Offsets{topic.Name: {}}
	for p, b := range must[map[int32]kafkatest.Bounds](t)(w.Bounds(ctx, topic.Name)) {
		starts[topic.Name][p] = b.LogStartOffset
		request.Ranges = append(request.Ranges, kafkatest.ReadRange{Topic: topic.Name, Partition: p, Until: b.HighWatermark})
	}
	check(t, w.Commit(ctx, request.Group, starts))
	return request
}

func readWithFranzGo(ctx context.Context, t *testing.T, k *kafkatest.Kafka, topic string, partition int32, b kafkatest.Bounds, level kafkatest.IsolationLevel) (offsets, digests []int64) {
	end, isolation := b.HighWatermark, kgo.ReadUncommitted()
	if level == kafkatest.ReadCommitted {
		end, isolation = b.LastStableOffset, kgo.ReadCommitted()
	}
	from := map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(b.LogStartOffset)}}
	cl := must[*kgo.Client](t)(kgo.NewClient(kgo.SeedBrokers(k.Addrs()...), kgo.ConsumePartitions(from),
		kgo.FetchIsolationLevel(isolation), kgo.KeepControlRecords(), kgo.FetchMaxWait(100*time.Millisecond)))
	defer cl.Close()
	for next := b.LogStartOffset; next < end; {
		fetches, more := poll(ctx, cl)
		if !more { // aborted records at the end come to nothing
			break
		}
		check(t, fetches.Err())
		for r := range fetches.RecordsAll() {
			next = max(next, r.Offset+1)
			if !r.Attrs.IsControl() && r.Offset < end {
				offsets, digests = append(offsets, r.Offset), append(digests, contentOf(r).Digest())
			}
		}
	}
	return offsets, digests
}

func poll(ctx context.Context, cl *kgo.Client) (kgo.Fetches, bool) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	fetches := cl.PollFetches(ctx)
	return fetches, ctx.Err() == nil
}

func contentOf(r *kgo.Record) kafkatest.Content {
	c := kafkatest.Content{TimestampMillis: r.Timestamp.UnixMilli(), TimestampType: "CreateTime", Key: r.Key, Value: r.Value}
	if r.Attrs.TimestampType() == 1 {
		c.TimestampType = "LogAppendTime"
	}
	for _, h := range r.Headers {
		c.Headers = append(c.Headers, kafkatest.Header{Key: h.Key, Value: h.Value})
	}
	return c
}
