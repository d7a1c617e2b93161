package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Offsets are offsets by topic and partition.
type Offsets map[string]map[int32]int64

// Commit writes a group's committed offsets as an admin does: the group must
// have no members. A group that does not exist is created.
func (w *World) Commit(ctx context.Context, group string, offsets Offsets) error {
	commit := kadm.Offsets{}
	for topic, partitions := range offsets {
		for partition, offset := range partitions {
			commit.AddOffset(topic, partition, offset, -1)
		}
	}
	if err := w.admin.CommitAllOffsets(ctx, group, commit); err != nil {
		return fmt.Errorf("committing offsets of group %q: %w", group, err)
	}
	return nil
}

// Committed reads a group's committed offsets. Partitions without a commit, and
// groups that do not exist, are absent from the answer.
func (w *World) Committed(ctx context.Context, group string) (Offsets, error) {
	responses, err := w.admin.FetchOffsets(ctx, group)
	if errors.Is(err, kerr.GroupIDNotFound) { // the embedded broker; Kafka answers without a partition
		return Offsets{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading committed offsets of group %q: %w", group, err)
	}
	offsets := Offsets{}
	responses.Each(func(r kadm.OffsetResponse) {
		err = errors.Join(err, r.Err)
		if offsets[r.Topic] == nil {
			offsets[r.Topic] = map[int32]int64{}
		}
		offsets[r.Topic][r.Partition] = r.At
	})
	return offsets, err
}

// DescribeGroup describes a classic group as its coordinator sees it. A group
// that does not exist has the state Dead.
func (w *World) DescribeGroup(ctx context.Context, group string) (kadm.DescribedGroup, error) {
	described, err := w.admin.DescribeGroups(ctx, group)
	if err == nil {
		err = described[group].Err
	}
	if err != nil {
		return kadm.DescribedGroup{}, fmt.Errorf("describing group %q: %w", group, err)
	}
	return described[group], nil
}

// Member is a live consumer in a group. It fetches records and never commits.
type Member struct {
	cl *kgo.Client

	mu       sync.Mutex
	assigned map[string][]int32
	joins    int
	changed  chan struct{}
}

// Join starts a consumer with subscribe() and waits until it has been given
// partitions. Options may name it (kgo.ClientID, kgo.InstanceID), choose a
// balancer, or the consumer protocol (kgo.ServerSideBalancer).
func (w *World) Join(ctx context.Context, group string, topics []string, opts ...kgo.Opt) (*Member, error) {
	ctx, cancel := context.WithTimeout(ctx, Deadline)
	defer cancel()
	m := &Member{assigned: map[string][]int32{}, changed: make(chan struct{}, 1)}
	cl, err := w.client(append([]kgo.Opt{
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topics...),
		kgo.DisableAutoCommit(),
		kgo.HeartbeatInterval(500 * time.Millisecond),
		kgo.OnPartitionsAssigned(m.gained),
		kgo.OnPartitionsRevoked(m.lost),
		kgo.OnPartitionsLost(m.lost),
	}, opts...)...)
	if err != nil {
		return nil, err
	}
	m.cl = cl
	select {
	case <-m.changed:
		return m, nil
	case <-ctx.Done():
		m.Close()
		return nil, fmt.Errorf("waiting for an assignment in group %q: %w", group, ctx.Err())
	}
}

// Close leaves the group: the coordinator knows at once, without waiting for
// the session timeout.
func (m *Member) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), Deadline)
	defer cancel()
	_ = m.cl.LeaveGroupContext(ctx) // without an answer it is out with its session
	m.cl.Close()
}

// Assigned are the partitions that the member has now, sorted, by topic.
func (m *Member) Assigned() map[string][]int32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	assigned := map[string][]int32{}
	for topic, partitions := range m.assigned {
		assigned[topic] = slices.Sorted(slices.Values(partitions))
	}
	return assigned
}

// Rebalances is how often the member was given partitions or lost some. It does
// not move while the group is left alone.
func (m *Member) Rebalances() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.joins
}

// Client is the member's franz-go client, to poll records or to commit.
func (m *Member) Client() *kgo.Client { return m.cl }

func (m *Member) gained(_ context.Context, _ *kgo.Client, added map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.joins++
	for topic, partitions := range added {
		m.assigned[topic] = append(m.assigned[topic], partitions...)
	}
	if len(m.assigned) > 0 {
		select {
		case m.changed <- struct{}{}:
		default:
		}
	}
}

func (m *Member) lost(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.joins++
	for topic, partitions := range gone {
		m.assigned[topic] = slices.DeleteFunc(m.assigned[topic], func(p int32) bool {
			return slices.Contains(partitions, p)
		})
		if len(m.assigned[topic]) == 0 {
			delete(m.assigned, topic)
		}
	}
}
