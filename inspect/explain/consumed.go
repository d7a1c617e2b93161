package explain

import (
	"cmp"
	"slices"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

// reached is how far the group has come by consuming after the first commit of a
// run, until somebody moved or deleted its commit.
func (p past) reached(r *history.Run) int64 {
	reached := r.Last.Offset
	for _, later := range p.runs[r.TopicPartition][p.before(r.TopicPartition, r.First.Position):] {
		if later.First.Position == r.First.Position {
			continue
		}
		if later.Kind != history.RunCommit || later.From == nil {
			break
		}
		reached = max(reached, later.Last.Offset)
	}
	return reached
}

// skippedWithin reports whether somebody had moved the group forward over a part
// of [from, until) before a position of the offset log.
func (p past) skippedWithin(at inspect.TopicPartition, from, until, position int64) bool {
	return slices.ContainsFunc(p.runs[at][:p.before(at, position)], func(r *history.Run) bool {
		return r.Kind == history.RunForward && r.From != nil && *r.From < until && r.First.Offset > from
	})
}

// consumedAll reports whether the history shows that the group had consumed all of
// [from, until) before a position of the offset log: commit after commit. Below
// the first commit it does not, nor across a gap in the history.
func (p past) consumedAll(at inspect.TopicPartition, from, until, position int64) bool {
	spans := p.consumed(at, position)
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for _, s := range spans {
		if s.from <= from {
			from = max(from, s.until)
		}
	}
	return from >= until
}

// span is a range of offsets of one partition, half-open.
type span struct{ from, until int64 }

// consumed are the spans between the commits of consumers, as far as a position
// of the offset log.
func (p past) consumed(at inspect.TopicPartition, position int64) []span {
	runs := p.runs[at][:p.before(at, position)]
	var spans []span
	for i, r := range runs {
		if !byConsumer(r) {
			continue
		}
		s := span{r.First.Offset, r.Last.Offset}
		if r.From != nil && i > 0 && p.isComplete(runs[i-1]) {
			s.from = *r.From
		}
		if n := len(spans); n > 0 && spans[n-1].from <= s.from && s.from <= spans[n-1].until {
			spans[n-1].until = max(spans[n-1].until, s.until)
			continue
		}
		spans = append(spans, s)
	}
	return spans
}

// isComplete reports whether nothing is missing in the history after a run.
func (p past) isComplete(r *history.Run) bool {
	return p.CompleteSince == nil || !r.Last.At.Before(*p.CompleteSince)
}

// consumedBefore is how far the group had come by consuming before a rewind, as far
// as the log's end then.
func (p past) consumedBefore(r *history.Run, end int64) (until int64) {
	for _, before := range p.runs[r.TopicPartition][:p.before(r.TopicPartition, r.First.Position)] {
		came := before.Last.Offset
		if before.Kind == history.RunForward && before.From != nil {
			came = *before.From
		}
		if came <= end {
			until = max(until, came)
		}
	}
	return until
}

// consumedSince reports whether, after a position of the offset log, members came
// as far as until by consuming: nobody else moved or deleted the commit on the way.
func (p past) consumedSince(at inspect.TopicPartition, until, position int64) bool {
	for _, r := range p.runs[at][max(0, p.before(at, position)-1):] {
		switch {
		case r.Last.Position <= position || r.Kind == history.RunRewind:
		case r.From == nil && r.First.Position > position:
			return false // it was deleted
		case !byConsumer(r):
			return false // it was moved
		case r.Last.Offset >= until:
			return true
		}
	}
	return false
}

// byConsumer reports whether a run of commits certainly is what a consumer did:
// only members can commit while there are any.
func byConsumer(r *history.Run) bool {
	return r.Kind == history.RunCommit && r.Membership == history.MembersSome
}
