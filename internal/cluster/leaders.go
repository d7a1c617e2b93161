package cluster

import (
	"context"
	"slices"

	"github.com/kofs/kofs/inspect"
)

// leaders says who leads each partition. With fresh false, what was heard before
// will do; a partition not heard of is asked about in any case.
func (c *Cluster) leaders(ctx context.Context, partitions []inspect.TopicPartition, fresh bool) (map[inspect.TopicPartition]leader, error) {
	var unknown []string
	known := make(map[inspect.TopicPartition]leader, len(partitions))
	c.mu.Lock()
	for _, p := range partitions {
		l := c.topics[p.Topic].leaderIn(p.Partition)
		if known[p] = l; fresh || l.fault != nil {
			unknown = append(unknown, p.Topic)
		}
	}
	c.mu.Unlock()
	if len(unknown) == 0 {
		return known, nil
	}
	topics, err := c.metadata(ctx, distinct(unknown))
	if err != nil {
		return nil, err
	}
	for _, p := range partitions {
		if t, ok := topics[p.Topic]; ok {
			known[p] = t.leaderIn(p.Partition)
		}
	}
	return known, nil
}

// batch is what one node is asked about.
type batch[T any] struct {
	node  *node
	items []T
}

// perLeader puts a question about partitions to their leaders, in parallel, and
// again to the new leader where one has moved, for a few seconds; once more also
// where the leader was gone, since another may have taken over. Every partition gets an answer: what question says, or what failed makes of a fault.
// A partition that a question does not mention gets the fault of being left out.
func perLeader[A any](
	ctx context.Context, c *Cluster, partitions []inspect.TopicPartition,
	question func(context.Context, *conn, []inspect.TopicPartition) (map[inspect.TopicPartition]A, error),
	failed func(*inspect.Fault) A, faultIn func(A) *inspect.Fault,
) (map[inspect.TopicPartition]A, error) {
	answers := make(map[inspect.TopicPartition]A, len(partitions))
	pending := distinctPartitions(partitions)
	for patience, fresh := newPatience(mendTime), false; len(pending) > 0; fresh = true {
		leaders, err := c.leaders(ctx, pending, fresh)
		if err != nil && fresh {
			break // what was answered before stands
		}
		if err != nil {
			return nil, err
		}
		var again []inspect.TopicPartition
		batches := c.byNode(leaders, pending, func(p inspect.TopicPartition, f *inspect.Fault) { answers[p] = failed(f) })
		for _, round := range askAll(ctx, batches, question) {
			for _, p := range round.items {
				a, ok := round.answers[p]
				switch {
				case round.err != nil:
					a = failed(faultOf(round.err))
				case !ok:
					a = failed(leftOut(p.String()))
				}
				if answers[p] = a; !fresh && wentAway(round.err) {
					again = append(again, p)
				}
			}
		}
		for _, p := range pending {
			// An old look-up may send a question to a broker that never heard of the partition.
			f := faultIn(answers[p])
			if movedLeader(f) || !fresh && leaders[p].fault == nil && f.HasCode(inspect.CodeUnknownTopicOrPartition) {
				again = append(again, p)
			}
		}
		if len(again) > 0 && !patience.again(ctx) {
			break
		}
		pending = again
	}
	return answers, nil
}

// round is one batch with its answers, or why there are none.
type round[T comparable, A any] struct {
	batch[T]
	answers map[T]A
	err     error
}

// askAll asks every node its question, in parallel.
func askAll[T comparable, A any](ctx context.Context, batches []batch[T], question func(context.Context, *conn, []T) (map[T]A, error)) []*round[T, A] {
	rounds := make([]*round[T, A], len(batches))
	for i, b := range batches {
		rounds[i] = &round[T, A]{batch: b}
	}
	together(rounds, func(r *round[T, A]) {
		r.answers, r.err = ask(ctx, r.node, func(ctx context.Context, conn *conn) (map[T]A, error) {
			return question(ctx, conn, r.items)
		})
	})
	return rounds
}

// byNode sorts partitions by the node that leads them; without is told about
// those that nobody leads.
func (c *Cluster) byNode(leaders map[inspect.TopicPartition]leader, partitions []inspect.TopicPartition, without func(inspect.TopicPartition, *inspect.Fault)) []batch[inspect.TopicPartition] {
	var batches []batch[inspect.TopicPartition]
	at := map[*node]int{}
	for _, p := range partitions {
		l := leaders[p]
		if l.fault != nil {
			without(p, l.fault)
			continue
		}
		n, ok := c.node(l.node)
		if !ok {
			without(p, inspect.KafkaFault(leaderNotAvailable, "its leader is not among the brokers that are up"))
			continue
		}
		i, ok := at[n]
		if !ok {
			i = len(batches)
			at[n] = i
			batches = append(batches, batch[inspect.TopicPartition]{node: n})
		}
		batches[i].items = append(batches[i].items, p)
	}
	return batches
}

func distinctPartitions(partitions []inspect.TopicPartition) []inspect.TopicPartition {
	sorted := slices.Clone(partitions)
	slices.SortFunc(sorted, inspect.TopicPartition.Compare)
	return slices.Compact(sorted)
}
