package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect"
)

// Place is where in the offset log a group's history lies.
type Place struct {
	Partition int32
	Log       inspect.Log // its end bounds the reading
	// From is the first offset wanted: of the first record at or after Since.
	From  int64
	Since *time.Time
	// Elsewhere says that the group's coordinator does not lead the partition that
	// Kafka's rule gives: the cluster computes it otherwise (Redpanda), or the
	// number of partitions was changed, or leadership moves at this moment.
	Elsewhere bool
	// TopicNames are the topics that the principal may describe, by their ID.
	TopicNames map[inspect.TopicID]string
}

// HiddenError says that the offset log cannot be read. Managed services hide it.
type HiddenError struct{ Fault *inspect.Fault }

// Error says what the broker answered.
func (e *HiddenError) Error() string {
	return fmt.Sprintf("the topic %s cannot be read: %v", inspect.OffsetsTopic, e.Fault)
}

// Unwrap is the broker's error.
func (e *HiddenError) Unwrap() error { return e.Fault }

// hidden is err as a HiddenError if it is one of those that a service answers
// which keeps the topic from its users.
func hidden(err error) error {
	var fault *inspect.Fault
	if errors.As(err, &fault) && fault.HasCode(inspect.CodeUnknownTopicOrPartition, inspect.CodeTopicAuthorizationFailed) {
		return &HiddenError{fault}
	}
	return err
}

// Locate finds a group's partition of the offset log, its end, and the offset at
// since; nil is the log start. The error is a [*HiddenError] where the topic is
// not shown.
func Locate(ctx context.Context, src inspect.Source, group inspect.Group, since *time.Time) (Place, error) {
	topics, err := src.Topics(ctx, []string{inspect.OffsetsTopic})
	if err != nil {
		return Place{}, err
	}
	topic := topics[inspect.OffsetsTopic]
	if topic.Fault != nil {
		return Place{}, hidden(topic.Fault)
	}
	if len(topic.Partitions) == 0 {
		return Place{}, fmt.Errorf("topic %s has no partitions", inspect.OffsetsTopic)
	}
	p := Place{Partition: inspect.OffsetsPartition(group.ID, int32(len(topic.Partitions))), Since: since, TopicNames: map[inspect.TopicID]string{}}
	leader, known := topic.Leaders[p.Partition]
	p.Elsewhere = known && group.Fault == nil && group.Coordinator != (inspect.Broker{}) && group.Coordinator.NodeID != leader
	if err := p.bound(ctx, src); err != nil {
		return Place{}, hidden(err)
	}
	return p, p.nameTopics(ctx, src, group)
}

// bound reads the ends of the log, and then where since is: in this order, so that
// nothing written meanwhile is jumped over.
func (p *Place) bound(ctx context.Context, src inspect.Source) error {
	at := inspect.TopicPartition{Topic: inspect.OffsetsTopic, Partition: p.Partition}
	logs, err := src.Logs(ctx, []inspect.TopicPartition{at})
	if err != nil {
		return err
	}
	if fault := logs[at].Fault; fault != nil {
		return fmt.Errorf("reading the log of %s: %w", at, fault)
	}
	p.Log = logs[at].Log
	p.From = p.Log.Start
	if p.Since == nil {
		return nil
	}
	offsets, err := src.OffsetsAt(ctx, []inspect.TopicPartition{at}, p.Since.UnixMilli(), inspect.ReadUncommitted)
	if err != nil {
		return err
	}
	found := offsets[at]
	switch {
	case found.Fault != nil:
		return fmt.Errorf("finding %s in %s: %w", p.Since.Format(time.RFC3339), at, found.Fault)
	case found.Found:
		p.From = min(found.Offset, p.Log.HighWatermark)
	default:
		p.From = p.Log.HighWatermark
	}
	return nil
}

// nameTopics asks for the topics' IDs, which only the history of a KIP-848 group
// needs; that of one that is gone takes the names that the log tells.
func (p *Place) nameTopics(ctx context.Context, src inspect.Source, group inspect.Group) error {
	if group.Type != inspect.TypeConsumer {
		return nil
	}
	all, err := src.Topics(ctx, nil)
	if err != nil {
		return err
	}
	for name, topic := range all {
		p.TopicNames[topic.ID] = name
	}
	return nil
}
