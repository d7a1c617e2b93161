package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// World fills and examines a cluster, embedded or real, through franz-go. It may
// be used by several goroutines.
type World struct {
	addrs []string
	extra []kgo.Opt
	cl    *kgo.Client
	admin *kadm.Client

	mu        sync.Mutex
	producers map[Codec]*producer
}

// Connect dials the first broker that answers. The options go to every client
// that the World opens, for TLS and SASL.
func Connect(ctx context.Context, addrs []string, extra ...kgo.Opt) (*World, error) {
	w := &World{addrs: addrs, extra: extra, producers: map[Codec]*producer{}}
	cl, err := w.client()
	if err != nil {
		return nil, err
	}
	w.cl, w.admin = cl, kadm.NewClient(cl)
	if err := cl.Ping(ctx); err != nil {
		w.Close()
		return nil, fmt.Errorf("connecting to %v: %w", addrs, err)
	}
	return w, nil
}

// Close closes the World's own connections; members and transactions that it
// opened are the caller's to close.
func (w *World) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.producers {
		p.cl.Close()
	}
	w.cl.Close()
}

// Admin is the franz-go admin client, for what World has no word for.
func (w *World) Admin() *kadm.Client { return w.admin }

// client opens one more client; metadata that is at most 100 ms old lets it see
// at once the topics that were just created. It tells the broker nothing about
// itself (KIP-714): a report is compressed in megabytes of buffers.
func (w *World) client(opts ...kgo.Opt) (*kgo.Client, error) {
	all := []kgo.Opt{
		kgo.SeedBrokers(w.addrs...),
		kgo.ClientID("kafkatest"),
		kgo.MetadataMinAge(100 * time.Millisecond),
		kgo.DisableClientMetrics(),
	}
	cl, err := kgo.NewClient(append(append(all, w.extra...), opts...)...)
	if err != nil {
		return nil, fmt.Errorf("opening a franz-go client: %w", err)
	}
	return cl, nil
}

// CreateTopic creates a topic with as many replicas as the broker's default
// says. Configs are Kafka's topic configs by name; nil for none.
func (w *World) CreateTopic(ctx context.Context, topic string, partitions int32, configs map[string]string) error {
	values := map[string]*string{}
	for name, value := range configs {
		values[name] = kadm.StringPtr(value)
	}
	if _, err := w.admin.CreateTopic(ctx, partitions, -1, values, topic); err != nil {
		return fmt.Errorf("creating topic %q: %w", topic, err)
	}
	return w.awaitLeaders(ctx, topic, partitions)
}

// awaitLeaders waits until every partition has a leader: a broker answers
// CreateTopics before all brokers know the topic.
func (w *World) awaitLeaders(ctx context.Context, topic string, partitions int32) error {
	return Await(ctx, 20*time.Millisecond, fmt.Sprintf("leaders of topic %q", topic), func() (bool, error) {
		listed, err := w.admin.ListEndOffsets(ctx, topic)
		if err != nil {
			return false, err
		}
		return listed.Error() == nil && len(listed[topic]) == int(partitions), nil
	})
}

// DeleteTopic deletes a topic. A topic of the same name may be created again
// and then has another topic id: at once, which with ZooKeeper must be waited for.
func (w *World) DeleteTopic(ctx context.Context, topic string) error {
	if _, err := w.admin.DeleteTopic(ctx, topic); err != nil {
		return fmt.Errorf("deleting topic %q: %w", topic, err)
	}
	return Await(ctx, 20*time.Millisecond, fmt.Sprintf("the end of topic %q", topic), func() (bool, error) {
		created, err := w.admin.ValidateCreateTopics(ctx, 1, -1, nil, topic)
		return !errors.Is(created[topic].Err, kerr.TopicAlreadyExists), err
	})
}

// DeleteRecords moves the log start offset up to the given offset, which may
// lie inside a batch.
func (w *World) DeleteRecords(ctx context.Context, topic string, partition int32, before int64) error {
	offsets := kadm.Offsets{}
	offsets.AddOffset(topic, partition, before, -1)
	deleted, err := w.admin.DeleteRecords(ctx, offsets)
	if err = errors.Join(err, deleted.Error()); err != nil {
		return fmt.Errorf("deleting records of %s:%d before %d: %w", topic, partition, before, err)
	}
	return nil
}

// Bounds are the ends of one partition's log.
type Bounds struct {
	LogStartOffset   int64
	LastStableOffset int64
	HighWatermark    int64
}

// Bounds lists the ends of every partition of a topic.
func (w *World) Bounds(ctx context.Context, topic string) (map[int32]Bounds, error) {
	start, err := w.admin.ListStartOffsets(ctx, topic)
	stable, err2 := w.admin.ListCommittedOffsets(ctx, topic)
	end, err3 := w.admin.ListEndOffsets(ctx, topic)
	if err := errors.Join(err, err2, err3, start.Error(), stable.Error(), end.Error()); err != nil {
		return nil, fmt.Errorf("listing offsets of topic %q: %w", topic, err)
	}
	bounds := map[int32]Bounds{}
	for p := range end[topic] {
		bounds[p] = Bounds{start[topic][p].Offset, stable[topic][p].Offset, end[topic][p].Offset}
	}
	return bounds, nil
}

// AlterTopic sets one config of a topic.
func (w *World) AlterTopic(ctx context.Context, topic, config, value string) error {
	change := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: config, Value: &value}}
	altered, err := w.admin.AlterTopicConfigs(ctx, change, topic)
	for _, a := range altered {
		err = errors.Join(err, a.Err)
	}
	if err != nil {
		return fmt.Errorf("setting %s=%s of topic %q: %w", config, value, topic, err)
	}
	return nil
}
