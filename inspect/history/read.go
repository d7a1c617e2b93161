package history

import (
	"context"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// OffsetTopic is the topic that holds the committed offsets of all groups.
const OffsetTopic = "__consumer_offsets"

// Read replays the part of a partition of [OffsetTopic] from Options.From up to and
// without the end of its log. The error says how far it came: the history is then
// that of the part before.
func Read(ctx context.Context, f records.Fetcher, partition int32, log inspect.Log, o Options, progress func(records.Progress)) (Log, error) {
	at := inspect.TopicPartition{Topic: OffsetTopic, Partition: partition}
	o.From = max(o.From, log.Start)
	// One more record, if there is one, shows that no gap lies before From.
	span := records.Range{TopicPartition: at, From: max(log.Start, o.From-1), Until: log.HighWatermark}
	r := NewReplay(o)
	listed, err := records.List(ctx, f, []records.Range{span}, records.ListOptions{IncludeControl: true, Progress: progress},
		func(record *records.Record) error {
			r.Add(record)
			return nil
		})
	if err == nil && len(listed) > 0 {
		err = listed[0].Err
	}
	result := r.Log()
	result.Partition = &at
	return result, err
}
