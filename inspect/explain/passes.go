package explain

import (
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

// Pass is a time at which the group's committed offset came to lie beyond a
// record: it had been consumed, or skipped, by then.
type Pass struct {
	// After is the last commit known not to be beyond it, By the first known to be.
	After, By time.Time
	// Skipped says that somebody moved the group over it.
	Skipped bool
}

// Passes are all of a record that the history knows, oldest first. More than one
// means that it was consumed, or at least could be, more than once.
func Passes(l history.Log, at inspect.TopicPartition, offset int64) []Pass {
	var passes []Pass
	last := time.Time{}
	for _, r := range l.Runs {
		if r.TopicPartition != at {
			continue
		}
		from := r.First.Offset
		if r.From != nil {
			from = *r.From
		}
		switch {
		case from <= offset && r.First.Offset > offset:
			after := r.First.At
			if !last.IsZero() {
				after = last
			}
			passes = append(passes, Pass{After: after, By: r.First.At, Skipped: r.Kind == history.RunForward})
		case r.First.Offset <= offset && r.Last.Offset > offset:
			passes = append(passes, Pass{After: r.First.At, By: r.Last.At})
		}
		last = r.Last.At
	}
	return passes
}
