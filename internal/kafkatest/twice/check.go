package twice

import (
	"fmt"
	"slices"
)

// Verdict is what became of the windows in one run of a scenario.
type Verdict struct {
	// Named is true if a window names the cause: one that holds a record which was
	// processed twice, or any if none was. Always true of a quiet scenario.
	Named bool
	// Said are the causes and confidences that the windows name, each once.
	Said []string
	// Twice is the number of records processed again; Covered of them lie within
	// a window, Likely within a likely window.
	Twice, Covered, Likely int
	// Missed are some of those that lie within none.
	Missed []string
	// Beyond are windows that reach below the commit or above the log end at their
	// hand-over; Inexact those that say exact and are not.
	Beyond, Inexact []string
	// False are windows above the confidence possible that hold no record processed twice.
	False []string
	// Widths has one element for each window that holds records processed twice.
	Widths []Width
}

// Width compares a likely window with the truth.
type Width struct {
	Window  Window
	Truth   int   // records within the hard window that were processed twice because of it
	Likely  int64 // offsets of the likely window
	Allowed float64
}

// Ratio is how many times too wide the likely window is; 1 is perfect.
func (w Width) Ratio() float64 { return float64(w.Likely) / float64(w.Truth) }

// Check holds the windows of one group against what happened to it.
func Check(t Truth, windows []Window) Verdict {
	v := Verdict{Named: t.Cause == "", Twice: t.Twice()}
	v.cover(t, windows)
	for _, w := range windows {
		said := fmt.Sprintf("%s (%s)", w.Cause, w.Confidence)
		if !slices.Contains(v.Said, said) {
			v.Said = append(v.Said, said)
		}
		v.hold(t, w)
	}
	return v
}

// cover counts which records processed twice lie within any window.
func (v *Verdict) cover(t Truth, windows []Window) {
	for _, r := range t.repeated() {
		hard := slices.ContainsFunc(windows, func(w Window) bool { return w.at() == r.Partition && w.holds(r.offset) })
		likely := slices.ContainsFunc(windows, func(w Window) bool { return w.at() == r.Partition && w.likelyHolds(r.offset) })
		v.count(r, hard, likely)
	}
	for _, c := range t.Copies {
		v.coverCopies(c, windows)
	}
}

// coverCopies asks that all but one of the equal records be named, whichever
// that is: the first attempt of an aborted transaction, the second of a resend.
func (v *Verdict) coverCopies(c Copy, windows []Window) {
	hard, likely := 0, 0
	for _, offset := range c.Offsets {
		if slices.ContainsFunc(windows, func(w Window) bool { return w.at() == c.Partition && w.holds(offset) }) {
			hard++
		}
		if slices.ContainsFunc(windows, func(w Window) bool { return w.at() == c.Partition && w.likelyHolds(offset) }) {
			likely++
		}
	}
	for i, offset := range c.Offsets[1:] {
		v.count(place{c.Partition, offset}, hard > i, likely > i)
	}
}

func (v *Verdict) count(r place, hard, likely bool) {
	if likely {
		v.Likely++
	}
	if hard {
		v.Covered++
		return
	}
	if len(v.Missed) < 5 {
		v.Missed = append(v.Missed, fmt.Sprintf("%s:%d offset %d", r.Topic, r.Partition.Partition, r.offset))
	}
}

// hold holds one window against its hand-over.
func (v *Verdict) hold(t Truth, w Window) {
	truth := t.within(w)
	if truth == 0 && t.Twice() > 0 || t.Cause == "" {
		if w.claims() {
			v.False = append(v.False, w.String())
		}
		return
	}
	v.Named = v.Named || t.accepts(w.Cause)
	if !w.claims() && t.isElsewhen(w) {
		return
	}
	v.bound(t, w)
	if w.Exact && (w.Records == nil || *w.Records != int64(truth)) {
		v.Inexact = append(v.Inexact, fmt.Sprintf("%s: really %d", w, truth))
	}
	if truth > 0 {
		allowed := 3*float64(truth) + t.CommitInterval.Seconds()*t.Pace[w.at()] + float64(t.CommitRecords)
		v.Widths = append(v.Widths, Width{Window: w, Truth: truth, Likely: w.likelyUntil() - w.FromOffset, Allowed: allowed})
	}
}

// within is how many records processed twice a window holds; of hand-overs only
// those of the one that it speaks of.
func (t Truth) within(w Window) int {
	n := 0
	if h := t.handOver(w); h != nil {
		for _, offset := range h.Repeated {
			if w.holds(offset) {
				n++
			}
		}
	}
	for _, c := range t.Copies {
		if c.Partition == w.at() {
			n += min(len(c.Offsets)-1, countIf(c.Offsets, w.holds))
		}
	}
	return n
}

func countIf(offsets []int64, holds func(int64) bool) (n int) {
	for _, offset := range offsets {
		if holds(offset) {
			n++
		}
	}
	return n
}

// bound holds the ends of a window against the commit and the log end.
func (v *Verdict) bound(t Truth, w Window) {
	h := t.handOver(w)
	if h == nil {
		return
	}
	if w.FromOffset < h.Start {
		v.Beyond = append(v.Beyond, fmt.Sprintf("%s reaches below %d, from which the group went on", w, h.Start))
	}
	if w.UntilOffset > h.LogEnd {
		v.Beyond = append(v.Beyond, fmt.Sprintf("%s reaches above the log end %d", w, h.LogEnd))
	}
}

// Problems are what must not be in any run of a scenario, empty if all is well.
// What is promised of all runs together is in [Total].
func (v Verdict) Problems() []string {
	var problems []string
	if !v.Named {
		problems = append(problems, fmt.Sprintf("the cause is not named; said: %v", v.Said))
	}
	if v.Covered < v.Twice {
		problems = append(problems, fmt.Sprintf("%d of %d records processed twice lie in no window, such as %v", v.Twice-v.Covered, v.Twice, v.Missed))
	}
	for _, w := range v.False {
		problems = append(problems, "a false alarm: "+w)
	}
	problems = append(problems, v.Beyond...)
	for _, w := range v.Inexact {
		problems = append(problems, "says exact: "+w)
	}
	return problems
}

// Wide are the likely windows that are wider than three times the truth and one
// commit interval of the partition's pace.
func (v Verdict) Wide() (wide []string) {
	for _, w := range v.Widths {
		if float64(w.Likely) > w.Allowed {
			wide = append(wide, fmt.Sprintf("%s: %d likely for %d, at most %.0f are allowed", w.Window, w.Likely, w.Truth, w.Allowed))
		}
	}
	return wide
}

// String is the window in one line.
func (w Window) String() string {
	return fmt.Sprintf("%s (%s) %s:%d [%d, %d) likely until %d", w.Cause, w.Confidence, w.Topic, w.Partition,
		w.FromOffset, w.UntilOffset, w.likelyUntil())
}
