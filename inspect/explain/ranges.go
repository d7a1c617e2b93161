package explain

import (
	"slices"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
	"github.com/kofs/kofs/inspect/records"
)

// Partitions are those that the history speaks of, in order: whose logs are
// needed for the [Input].
func Partitions(l history.Log) []inspect.TopicPartition {
	all := newPast(l).partitions()
	for _, now := range l.Now {
		all = append(all, now.TopicPartition)
	}
	for _, d := range l.Deletions {
		if d.Partition != nil {
			all = append(all, *d.Partition)
		}
	}
	slices.SortFunc(all, inspect.TopicPartition.Compare)
	return slices.Compact(all)
}

// Consumed are the ranges that the group has consumed within the history, by
// topic, as far as they are still in the log: where copies are looked for.
func Consumed(l history.Log, logs map[inspect.TopicPartition]inspect.Log) map[string][]records.Range {
	from, until := map[inspect.TopicPartition]int64{}, map[inspect.TopicPartition]int64{}
	take := func(p inspect.TopicPartition, offset int64) {
		if low, ok := from[p]; !ok || offset < low {
			from[p] = offset
		}
		until[p] = max(until[p], offset)
	}
	for _, r := range l.Runs {
		if r.From != nil {
			take(r.TopicPartition, *r.From)
		} else if r.Membership != history.MembersUnknown { // the first commit ever, as far as is known
			take(r.TopicPartition, 0)
		}
		take(r.TopicPartition, r.First.Offset)
		take(r.TopicPartition, r.Last.Offset)
	}
	ranges := map[string][]records.Range{}
	for _, p := range Partitions(l) {
		log, ok := logs[p]
		r := records.Range{TopicPartition: p, From: max(from[p], log.Start), Until: min(until[p], log.HighWatermark)}
		if ok && r.Span() > 0 {
			ranges[p.Topic] = append(ranges[p.Topic], r)
		}
	}
	return ranges
}

// Ranges are what is to be counted for the windows: two for each, the whole
// window and its likely part.
func Ranges(windows []Window) []records.Range {
	ranges := make([]records.Range, 0, 2*len(windows))
	for _, w := range windows {
		likely := w.Until
		if w.LikelyUntil != nil {
			likely = *w.LikelyUntil
		}
		ranges = append(ranges,
			records.Range{TopicPartition: w.TopicPartition, From: w.From, Until: w.Until},
			records.Range{TopicPartition: w.TopicPartition, From: w.From, Until: likely})
	}
	return ranges
}

// Numbers are a window's records.
type Numbers struct {
	AtMost int64  // in the whole window: an upper bound, and exact where the window is
	Likely *int64 // in its likely part; nil where it has none, when they were not counted, or are not all there any more
	// Records is the number that was consumed again; nil when only bounds are known.
	Records *int64
}

// NumbersOf takes the counts of [Ranges] for the window with that index.
func NumbersOf(w Window, i int, counts []records.Counted, isolation inspect.Isolation) Numbers {
	if w.Copies != nil {
		return Numbers{AtMost: *w.Copies, Likely: w.Copies, Records: w.Copies}
	}
	if len(counts) == 0 {
		return Numbers{AtMost: w.Span()}
	}
	whole, likely := counts[2*i], counts[2*i+1]
	n := Numbers{AtMost: whole.AtMost(isolation)}
	if lost := whole.LostToRetention; lost != nil { // what was deleted since was consumed twice, too
		n.AtMost += min(*lost, w.Until) - w.From
		return n
	}
	if w.LikelyUntil != nil && likely.Done && likely.Err == nil {
		n.Likely = new(likely.Records(isolation))
	}
	if w.Exact && whole.Done && whole.Err == nil {
		n.Records = new(whole.Records(isolation))
	}
	return n
}
