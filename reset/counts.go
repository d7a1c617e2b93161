package reset

import (
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// Ranges are the ranges of offsets that the plan's changes are about, in their
// order: one for each change that consumes again, skips or reads at first.
func (p Plan) Ranges() []records.Range {
	var ranges []records.Range
	for _, c := range p.Changes {
		if from, until, ok := c.bounds(); ok {
			ranges = append(ranges, records.Range{TopicPartition: c.At(), From: from, Until: until})
		}
	}
	return ranges
}

// Skipped are the ranges of the records that would never be consumed.
func (p Plan) Skipped() []records.Range {
	var ranges []records.Range
	for _, c := range p.Changes {
		if from, until, ok := c.bounds(); ok && c.Effect == Skip && c.Writes() {
			ranges = append(ranges, records.Range{TopicPartition: c.At(), From: from, Until: until})
		}
	}
	return ranges
}

// WithCounts is the plan with the numbers of records, which must be those of
// [Plan.Ranges], in that order. A count that did not reach the end of its range
// leaves the row's numbers unknown and lowers its upper bound.
func WithCounts(p Plan, counts []records.Counted) Plan {
	changes := make([]Change, len(p.Changes))
	next := 0
	for i, c := range p.Changes {
		if _, _, ok := c.bounds(); ok && next < len(counts) {
			c = c.withCount(counts[next], p.IsolationLevel)
			next++
		}
		changes[i] = c
	}
	p.Changes, p.Totals = changes, total(changes)
	return p.sealed()
}

func (c Change) withCount(n records.Counted, isolation inspect.Isolation) Change {
	c.Notes = append([]string{}, c.Notes...)
	c.BytesRead = n.BytesRead
	c.FirstRecord = recordDoc(n.First)
	if n.LostToRetention != nil {
		c.note(fmt.Sprintf("records below offset %d were deleted while they were counted", *n.LostToRetention))
	}
	if !n.Done || n.Overcounted {
		atMost := n.AtMost(isolation)
		c.RecordsAtMost, c.Exact = &atMost, false
		if n.Err != nil {
			c.note(uncounted(n.Err))
		}
		return c
	}
	ru, rc, chosen := n.ReadUncommitted, n.ReadCommitted, n.Records(isolation)
	c.Records, c.RecordsReadUncommitted, c.RecordsReadCommitted = &chosen, &ru, &rc
	c.RecordsAtMost, c.Exact = nil, true
	c.LastRecord = recordDoc(n.Last)
	if n.Markers > 0 {
		c.note(fmt.Sprintf("%s are transaction markers", plural(int(n.Markers), "offset")))
	}
	if n.Aborted > 0 {
		c.note(fmt.Sprintf("%s were aborted", plural(int(n.Aborted), "record")))
	}
	return c
}

// uncounted says in words why the records of a row could not be counted.
func uncounted(err error) string {
	if inspect.FaultOf(err).HasCode(inspect.CodeTopicAuthorizationFailed) {
		return "no READ on topic"
	}
	return "not counted to the end: " + err.Error()
}

func recordDoc(p *records.Position) *RecordDoc {
	if p == nil {
		return nil
	}
	doc := &RecordDoc{Offset: p.Offset, TimestampMs: p.TimestampMs}
	if p.TimestampMs != nil {
		doc.Timestamp = formatMs(*p.TimestampMs)
	}
	return doc
}

// formatMs is a timestamp in the documents' form; nil outside the years 0 to
// 9999, which RFC 3339 cannot write.
func formatMs(ms int64) *string {
	t := time.UnixMilli(ms).UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return nil
	}
	s := t.Format(timestampForm)
	return &s
}

// total sums the changes.
func total(changes []Change) Totals {
	t := Totals{Exact: true}
	replay, skip, first := &tally{exact: true}, &tally{exact: true}, &tally{exact: true}
	for _, c := range changes {
		if c.Error == nil && (c.Effect == Delete || c.Effect == None && c.Exact) {
			continue
		}
		if c.Error != nil || c.NewOffset == nil {
			t.UnknownRows++
			t.Exact = false
			continue
		}
		if !c.Exact {
			t.UnknownRows++
			t.Exact = false
		}
		switch c.Effect {
		case Replay:
			replay.add(c)
		case Skip:
			skip.add(c)
		case FirstRead:
			first.add(c)
		}
	}
	t.ReplayRecords, t.ReplayRecordsAtMost, t.ReplaySpan = replay.sums()
	t.SkipRecords, t.SkipRecordsAtMost, t.SkipSpan = skip.sums()
	t.FirstReadRecords, t.FirstReadRecordsAtMost, t.FirstReadSpan = first.sums()
	return t
}

// TotalsOf are the totals over several plans.
func TotalsOf(plans []Plan) Totals {
	var all []Change
	for _, p := range plans {
		all = append(all, p.Changes...)
	}
	return total(all)
}

// tally sums the records of one effect, exact until a row is not.
type tally struct {
	records, span int64
	exact         bool
}

func (t *tally) add(c Change) {
	t.span += *c.Span
	if c.Records != nil {
		t.records += *c.Records
		return
	}
	t.records += *c.RecordsAtMost
	t.exact = false
}

func (t *tally) sums() (exact, atMost *int64, span int64) {
	if t.exact {
		return &t.records, nil, t.span
	}
	return nil, &t.records, t.span
}
