package cluster

import (
	"context"
	"maps"
	"slices"

	"github.com/kofs/kofs/inspect"
)

// behind says which groups their coordinator cannot speak for yet. A broker that
// was just made the leader of a partition of __consumer_offsets, and has loaded
// its groups, still answers for a moment from what it knows to be replicated
// (CoordinatorRuntime's last committed offset): without an error it then denies the
// group, and to those who do not ask for stable offsets newer commits, or all. (A
// question for stable ones waits for the replication.) It knows no better until its high
// watermark reaches the beginning of its leadership, and until then it answers
// ListOffsets with OFFSET_NOT_AVAILABLE (KIP-207), which is what is asked here.
//
// Where the topic may not be described, or is hidden, nothing is known, and
// nobody is behind.
func (c *Cluster) behind(ctx context.Context, coordinators map[string]int32) map[string]bool {
	count := c.offsetsPartitions(ctx)
	if count == 0 {
		return nil
	}
	asked := map[int32][]inspect.TopicPartition{}
	for g, id := range coordinators {
		asked[id] = append(asked[id], offsetsPartition(g, count))
	}
	var batches []batch[inspect.TopicPartition]
	for _, id := range slices.Sorted(maps.Keys(asked)) {
		if n, ok := c.node(id); ok {
			batches = append(batches, batch[inspect.TopicPartition]{node: n, items: distinctPartitions(asked[id])})
		}
	}
	unavailable := map[inspect.TopicPartition]bool{}
	for _, round := range askAll(ctx, batches, replicated) {
		for p, a := range round.answers {
			unavailable[p] = a.Fault.HasCode(offsetNotAvailable, leaderNotAvailable)
		}
	}
	late := map[string]bool{}
	for g := range coordinators {
		late[g] = unavailable[offsetsPartition(g, count)]
	}
	return late
}

// replicated asks a leader for high watermarks. Below version 5 the answer of one
// that does not know them yet is LEADER_NOT_AVAILABLE.
func replicated(ctx context.Context, c *conn, partitions []inspect.TopicPartition) (map[inspect.TopicPartition]inspect.OffsetAtAnswer, error) {
	return listOffsets(ctx, c, partitions, latest, inspect.ReadUncommitted)
}

func offsetsPartition(group string, count int32) inspect.TopicPartition {
	return inspect.TopicPartition{Topic: inspect.OffsetsTopic, Partition: inspect.OffsetsPartition(group, count)}
}

// offsetsPartitions is how many partitions __consumer_offsets has, 0 where that
// cannot be known. The number does not change while brokers run.
func (c *Cluster) offsetsPartitions(ctx context.Context) int32 {
	c.mu.Lock()
	topic, known := c.topics[inspect.OffsetsTopic]
	c.mu.Unlock()
	if !known {
		topics, err := c.metadata(ctx, []string{inspect.OffsetsTopic})
		if err != nil {
			return 0
		}
		topic = topics[inspect.OffsetsTopic]
	}
	if topic.fault != nil {
		return 0
	}
	return int32(len(topic.leaders))
}
