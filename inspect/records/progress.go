package records

import "sync"

// Progress is how far a [Count] or [List] has come, over all its ranges.
type Progress struct {
	Bytes   int64 // of record batches read, as they came over the wire
	Records int64 // counted or listed at the chosen isolation level
	Offsets int64 // dealt with
	Span    int64 // offsets in all
}

// tally adds up what visits do, which may run at the same time.
type tally struct {
	mu     sync.Mutex
	sum    Progress
	report func(Progress) // nil: nobody asked
}

func newTally(ranges []Range, report func(Progress)) *tally {
	t := &tally{report: report}
	for _, r := range ranges {
		t.sum.Span += r.Span()
	}
	return t
}

func (t *tally) add(bytes, records, offsets int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Bytes += bytes
	t.sum.Records += records
	t.sum.Offsets += offsets
	if t.report != nil {
		t.report(t.sum)
	}
}

func (t *tally) bytes() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sum.Bytes
}

// part is to be told of one range's progress, and tells of that of all.
func (t *tally) part() func(Progress) {
	var last Progress
	return func(now Progress) {
		t.add(now.Bytes-last.Bytes, now.Records-last.Records, now.Offsets-last.Offsets)
		last = now
	}
}
