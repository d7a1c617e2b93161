package reset

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/kofs/kofs/inspect"
)

// Origin is where offsets were read: they mean nothing on another cluster, or in a
// topic that was made anew under the same name.
type Origin struct {
	ClusterID string
	Topics    map[string]inspect.TopicID // zero where the broker has none
}

// Origin is where the plan was made.
func (p Plan) Origin() Origin {
	o := Origin{ClusterID: p.ClusterID, Topics: map[string]inspect.TopicID{}}
	for _, c := range p.Changes {
		o.Topics[c.Topic] = inspect.TopicID{}
		if c.TopicID != nil {
			o.Topics[c.Topic] = *c.TopicID
		}
	}
	return o
}

// OriginOf is the origin of offsets that are read now.
func OriginOf(ctx context.Context, src inspect.Source, topics []string) (Origin, error) {
	o := Origin{Topics: map[string]inspect.TopicID{}}
	cluster, err := src.Cluster(ctx)
	if err != nil {
		return o, err
	}
	o.ClusterID = cluster.ID
	if len(topics) == 0 {
		return o, nil
	}
	described, err := src.Topics(ctx, topics)
	if err != nil {
		return o, fmt.Errorf("reading topic metadata: %w", err)
	}
	for name, topic := range described {
		if topic.Fault != nil {
			return o, fmt.Errorf("reading metadata of topic %q: %w", name, topic.Fault)
		}
		o.Topics[name] = topic.ID
	}
	return o, nil
}

// Check refuses, with [Drift], what is not where the offsets were read. Where
// either side has no topic ids, the name is all there is to go by.
func (o Origin) Check(ctx context.Context, src inspect.Source) error {
	now, err := OriginOf(ctx, src, slices.Sorted(maps.Keys(o.Topics)))
	if err != nil {
		return err
	}
	if now.ClusterID != o.ClusterID {
		return &Refusal{Reason: Drift, Message: fmt.Sprintf("the offsets are of cluster %q, this is cluster %q", o.ClusterID, now.ClusterID)}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Topics)) {
		was, is := o.Topics[name], now.Topics[name]
		if was != is && was != (inspect.TopicID{}) && is != (inspect.TopicID{}) {
			return &Refusal{Reason: Drift, Topic: name, Message: fmt.Sprintf("topic %q was deleted and made anew: its id was %s, is %s", name, was, is)}
		}
	}
	return nil
}
