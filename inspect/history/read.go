package history

import (
	"context"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// Range is what [Read] reads of the place: one record more than is wanted, if there
// is one, which shows that no gap lies before the first.
func (p Place) Range() records.Range {
	return records.Range{
		TopicPartition: inspect.TopicPartition{Topic: inspect.OffsetsTopic, Partition: p.Partition},
		From:           max(p.Log.Start, p.From-1), Until: p.Log.HighWatermark,
	}
}

// Read replays a place of the offset log. From, Since and TopicNames of the
// options are the place's. After an error the history is that of the part before;
// it is a [*HiddenError] where the topic may not be read. Progress may be nil.
func Read(ctx context.Context, f records.Fetcher, p Place, o Options, progress func(records.Progress)) (Log, error) {
	o.From, o.Since, o.TopicNames = p.From, p.Since, p.TopicNames
	if p.From == p.Log.Start && p.Log.Start > 0 { // what came before may have been deleted
		o.Since = nil
	}
	r := NewReplay(o)
	span := p.Range()
	listed, err := records.List(ctx, f, []records.Range{span}, records.ListOptions{IncludeControl: true, Progress: progress},
		func(record *records.Record) error {
			r.Add(record)
			return nil
		})
	if err == nil && len(listed) > 0 {
		err = hidden(listed[0].Err)
	}
	log := r.Log()
	log.Partition = &span.TopicPartition
	return log, err
}
