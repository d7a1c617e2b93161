package duplicates

import (
	"context"
	"fmt"
	"slices"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// Request says which part of a topic is read.
type Request struct {
	Scope inspect.Scope // of one topic, by its name
	// From and Until bound the offsets; nil is the log's own bound.
	From, Until *int64
	// SinceMs begins each partition at its first record with a timestamp (ms since
	// 1970) at or after it. Later records may be older; a filter must drop them.
	SinceMs   *int64
	Isolation inspect.Isolation
}

// Part is what is to be read of one partition.
type Part struct {
	records.Range
	Log   inspect.Log
	Fault *inspect.Fault // why it cannot be read; the range is then empty
}

// Parts asks where the partitions of the scope begin and end, and fixes what is
// to be read of them: nothing that is written afterwards. A topic or partition
// that does not exist is an [*inspect.UnknownTopicError].
func Parts(ctx context.Context, src inspect.Source, req Request) ([]Part, error) {
	partitions, err := partitionsOf(ctx, src, req.Scope)
	if err != nil {
		return nil, err
	}
	logs, err := src.Logs(ctx, partitions)
	if err != nil {
		return nil, fmt.Errorf("reading log start and end offsets: %w", err)
	}
	parts := make([]Part, len(partitions))
	for i, p := range partitions {
		parts[i] = newPart(p, logs[p], req)
	}
	if req.SinceMs != nil && *req.SinceMs >= 0 {
		err = since(ctx, src, parts, *req.SinceMs, req.Isolation)
	}
	return parts, err
}

func newPart(p inspect.TopicPartition, log inspect.LogAnswer, req Request) Part {
	part := Part{Range: records.Range{TopicPartition: p}, Log: log.Log, Fault: log.Fault}
	if log.Fault != nil {
		return part
	}
	part.From, part.Until = log.Log.Start, log.Log.End(req.Isolation)
	if req.From != nil {
		part.From = max(part.From, *req.From)
	}
	if req.Until != nil {
		part.Until = min(part.Until, *req.Until)
	}
	part.Until = max(part.From, part.Until)
	return part
}

// partitionsOf are the partitions that the scope names.
func partitionsOf(ctx context.Context, src inspect.Source, scope inspect.Scope) ([]inspect.TopicPartition, error) {
	topics, err := src.Topics(ctx, []string{scope.Topic})
	if err != nil {
		return nil, fmt.Errorf("reading topic metadata: %w", err)
	}
	topic := topics[scope.Topic]
	switch {
	case topic.Fault.HasCode(inspect.CodeUnknownTopicOrPartition):
		return nil, unknownTopic(ctx, src, scope)
	case topic.Fault != nil:
		return nil, fmt.Errorf("describing topic %q: %w", scope.Topic, topic.Fault)
	}
	numbers := topic.Partitions
	if scope.Partitions != nil {
		numbers = scope.Partitions
	}
	partitions := make([]inspect.TopicPartition, len(numbers))
	for i, n := range numbers {
		if !slices.Contains(topic.Partitions, n) {
			return nil, &inspect.UnknownTopicError{Scope: scope, Partitions: len(topic.Partitions)}
		}
		partitions[i] = inspect.TopicPartition{Topic: scope.Topic, Partition: n}
	}
	return partitions, nil
}

func unknownTopic(ctx context.Context, src inspect.Source, scope inspect.Scope) error {
	all, err := src.Topics(ctx, nil)
	if err != nil {
		return fmt.Errorf("listing topics: %w", err)
	}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	return &inspect.UnknownTopicError{Scope: scope, Near: inspect.Near(scope.Topic, names)}
}

// since moves the beginnings up: what lies before the first record of the time
// or later is older. The ends were read before, so that no record is missed.
func since(ctx context.Context, src inspect.Source, parts []Part, ms int64, isolation inspect.Isolation) error {
	var partitions []inspect.TopicPartition
	for _, p := range parts {
		if p.Fault == nil {
			partitions = append(partitions, p.TopicPartition)
		}
	}
	answers, err := src.OffsetsAt(ctx, partitions, ms, isolation)
	if err != nil {
		return fmt.Errorf("looking up offsets by time: %w", err)
	}
	for i := range parts {
		p := &parts[i]
		if p.Fault != nil {
			continue
		}
		switch answer := answers[p.TopicPartition]; {
		case answer.Fault != nil:
			p.Fault, p.Until = answer.Fault, p.From
		case !answer.Found:
			p.From = p.Until
		default:
			p.From = min(max(p.From, answer.Offset), p.Until)
		}
	}
	return nil
}
