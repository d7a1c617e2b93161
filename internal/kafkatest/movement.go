package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// PlaceTopic creates a topic with one partition for each list of brokers, which
// are its replicas; the first of them leads it.
func (w *World) PlaceTopic(ctx context.Context, topic string, replicas [][]int32, configs map[string]string) error {
	req := kmsg.NewPtrCreateTopicsRequest()
	req.TimeoutMillis = 10_000
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = topic, -1, -1
	for i, brokers := range replicas {
		a := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
		a.Partition, a.Replicas = int32(i), brokers
		t.ReplicaAssignment = append(t.ReplicaAssignment, a)
	}
	for name, value := range configs {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = name, &value
		t.Configs = append(t.Configs, c)
	}
	req.Topics = append(req.Topics, t)
	resp, err := req.RequestWith(ctx, w.cl)
	if err == nil {
		err = kerr.ErrorForCode(resp.Topics[0].ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("creating topic %q: %w", topic, err)
	}
	return w.awaitLeaders(ctx, topic, int32(len(replicas)))
}

// Leader is the broker that leads a partition, -1 while nobody does.
func (w *World) Leader(ctx context.Context, topic string, partition int32) (int32, error) {
	detail, err := w.partition(ctx, topic, partition)
	return detail.Leader, err
}

func (w *World) partition(ctx context.Context, topic string, partition int32) (kadm.PartitionDetail, error) {
	listed, err := w.admin.ListTopicsWithInternal(ctx, topic)
	if err != nil {
		return kadm.PartitionDetail{}, fmt.Errorf("describing topic %q: %w", topic, err)
	}
	detail, ok := listed[topic].Partitions[partition]
	if !ok {
		return kadm.PartitionDetail{}, fmt.Errorf("describing topic %q: no partition %d: %w", topic, partition, listed[topic].Err)
	}
	return detail, nil
}

// MoveLeader makes a broker, which must be a replica, the leader of a partition:
// the replicas are put in another order, and the first of them elected.
func (w *World) MoveLeader(ctx context.Context, topic string, partition, broker int32) error {
	if err := w.preferLeader(ctx, topic, partition, broker); err != nil {
		return err
	}
	what := fmt.Sprintf("broker %d to lead %s:%d", broker, topic, partition)
	return Await(ctx, 20*time.Millisecond, what, func() (bool, error) {
		if err := w.elect(ctx, topic, partition); err != nil {
			return false, err
		}
		leader, err := w.Leader(ctx, topic, partition)
		return leader == broker, err
	})
}

func (w *World) preferLeader(ctx context.Context, topic string, partition, broker int32) error {
	detail, err := w.partition(ctx, topic, partition)
	if err != nil {
		return err
	}
	if !slices.Contains(detail.Replicas, broker) {
		return fmt.Errorf("broker %d cannot lead %s:%d, whose replicas are %v", broker, topic, partition, detail.Replicas)
	}
	order := []int32{broker}
	for _, replica := range detail.Replicas {
		if replica != broker {
			order = append(order, replica)
		}
	}
	return w.AssignReplicas(ctx, topic, partition, order)
}

// AssignReplicas says which brokers hold a partition, and waits until all of them
// hold all of it.
func (w *World) AssignReplicas(ctx context.Context, topic string, partition int32, brokers []int32) error {
	var assign kadm.AlterPartitionAssignmentsReq
	assign.Assign(topic, partition, brokers)
	altered, err := w.admin.AlterPartitionAssignments(ctx, assign)
	if err = errors.Join(err, altered.Error()); err != nil {
		return fmt.Errorf("assigning %s:%d to brokers %v: %w", topic, partition, brokers, err)
	}
	what := fmt.Sprintf("%s:%d on brokers %v", topic, partition, brokers)
	return Await(ctx, 20*time.Millisecond, what, func() (bool, error) {
		detail, err := w.partition(ctx, topic, partition)
		return slices.Equal(detail.Replicas, brokers) && len(detail.ISR) == len(brokers), err
	})
}

// elect lets the first replica lead. It may not be in sync yet, or lead already.
func (w *World) elect(ctx context.Context, topic string, partition int32) error {
	set := kadm.TopicsSet{}
	set.Add(topic, partition)
	elected, err := w.admin.ElectLeaders(ctx, kadm.ElectPreferredReplica, set)
	if err != nil {
		return err
	}
	err = elected[topic][partition].Err
	if errors.Is(err, kerr.ElectionNotNeeded) || errors.Is(err, kerr.PreferredLeaderNotAvailable) {
		return nil
	}
	return err
}

// Coordinator is the broker that holds a group.
func (w *World) Coordinator(ctx context.Context, group string) (int32, error) {
	found := w.admin.FindGroupCoordinators(ctx, group)
	if err := found.Error(); err != nil {
		return -1, fmt.Errorf("finding the coordinator of group %q: %w", group, err)
	}
	return found[group].NodeID, nil
}

// MoveCoordinator makes a broker the coordinator of a group, and of the others in
// the same partition of __consumer_offsets. It returns once the broker answers
// for the group, having loaded it.
func (w *World) MoveCoordinator(ctx context.Context, group string, broker int32) error {
	if err := w.MoveLeader(ctx, "__consumer_offsets", OffsetsPartition(group), broker); err != nil {
		return fmt.Errorf("moving the coordinator of group %q: %w", group, err)
	}
	what := fmt.Sprintf("broker %d to coordinate group %q", broker, group)
	return Await(ctx, 20*time.Millisecond, what, func() (bool, error) {
		found, err := w.Coordinator(ctx, group)
		if err != nil || found != broker {
			return false, nil
		}
		_, err = w.Committed(ctx, group)
		return err == nil, nil
	})
}

// OffsetsPartition is the partition of __consumer_offsets that a group's commits
// are in: Java's String.hashCode, for IDs of ASCII characters.
func OffsetsPartition(group string) int32 {
	var hash int32
	for _, c := range []byte(group) {
		hash = 31*hash + int32(c)
	}
	if hash == math.MinInt32 {
		return 0 // as Kafka's Utils.abs
	}
	return max(hash, -hash) % offsetsPartitions
}
