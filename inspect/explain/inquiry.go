package explain

import (
	"cmp"
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

// maxCandidates bounds how many changes of hands are looked into, newest first,
// and how many commits that went back: they take look-ups of a log's end by time.
const maxCandidates = 200

// Input is what is known.
type Input struct {
	History history.Log
	// Logs are where the logs of the group's partitions lie now; a partition whose
	// log could not be read is left out, and gets no windows.
	Logs map[inspect.TopicPartition]inspect.Log
	// Journal is what kofs itself wrote to this group.
	Journal []Written
	// Repeats are the records that the logs have more than once.
	Repeats []Repeat
}

// Written is one row of kofs's journal.
type Written struct {
	ID string
	At time.Time
	inspect.TopicPartition
	NewOffset int64
	By        string // who ran kofs, "" when not known
	Reason    string // what was given as the reason, "" without one
}

// Instant is a moment at which the end of a log is needed: the first offset with
// a later timestamp.
type Instant struct {
	inspect.TopicPartition
	At time.Time
}

// Inquiry is an explanation that still needs the ends of logs.
type Inquiry struct {
	in      Input
	past    past
	losses  []loss
	rewinds []*history.Run
	omitted int
}

// Find looks for what may have made records be consumed twice.
func Find(in Input) *Inquiry {
	q := &Inquiry{in: in, past: newPast(in.History)}
	q.findLosses()
	q.findRewinds()
	return q
}

// findLosses judges the newest changes of hands.
func (q *Inquiry) findLosses() {
	handOvers, omitted := q.past.handOvers()
	q.omitted += omitted
	together := map[loser]int{}
	for _, h := range handOvers {
		together[h.loser()]++
	}
	for _, h := range handOvers {
		if l, ok := q.past.judge(h); ok {
			l.alone = together[h.loser()] == 1
			q.losses = append(q.losses, l)
		}
	}
}

// findRewinds finds the newest of the commits that went back.
func (q *Inquiry) findRewinds() {
	for i := range q.in.History.Runs {
		if r := &q.in.History.Runs[i]; r.Kind == history.RunRewind && r.From != nil {
			q.rewinds = append(q.rewinds, r)
		}
	}
	if n := len(q.rewinds); n > maxCandidates {
		q.rewinds = q.rewinds[n-maxCandidates:]
		q.omitted += n - maxCandidates
	}
}

// Instants are the moments at which ends of logs are needed, each once.
func (q *Inquiry) Instants() []Instant {
	var instants []Instant
	for _, l := range q.losses {
		for _, at := range []time.Time{l.lostAt, l.run.Last.At, l.run.Last.At.Add(l.worked)} {
			instants = append(instants, Instant{l.TopicPartition, at})
		}
	}
	for _, r := range q.rewinds {
		if r.Membership == history.MembersSome {
			instants = append(instants, Instant{r.TopicPartition, r.First.At})
		}
	}
	slices.SortFunc(instants, func(a, b Instant) int {
		return cmp.Or(a.At.Compare(b.At), a.TopicPartition.Compare(b.TopicPartition))
	})
	return slices.Compact(instants)
}

// Explain makes the windows. ends has the log end at each instant, as far as
// there is one; where it is missing, the log's present end is taken.
func (q *Inquiry) Explain(ends map[Instant]int64) Explanation {
	e := Explanation{Omitted: q.omitted, Exposure: q.exposure(), CannotSee: q.cannotSee()}
	endAt := q.endAt(ends)
	for _, w := range slices.Concat(q.lost(endAt), q.setBack(endAt), q.vanished(), q.outside(), q.aborted(), q.repeated()) {
		if q.bound(&w) {
			e.Windows = append(e.Windows, w)
		}
	}
	slices.SortStableFunc(e.Windows, func(a, b Window) int {
		return cmp.Or(b.At.Compare(a.At), a.TopicPartition.Compare(b.TopicPartition), cmp.Compare(a.From, b.From))
	})
	return e
}

// bound keeps a window within its log; false when nothing of it is there, or the
// log is not known. Only windows of lost positions may say that nothing was
// consumed again.
func (q *Inquiry) bound(w *Window) bool {
	log, known := q.log(w.TopicPartition)
	if !known {
		return false
	}
	if w.Until > log.HighWatermark {
		w.Until, w.Exact = log.HighWatermark, false
	}
	w.From = max(0, w.From)
	if w.Cause == OutOfRange {
		w.Until = max(w.From, w.Until)
	}
	if w.LikelyUntil != nil {
		*w.LikelyUntil = min(w.Until, max(w.From, *w.LikelyUntil))
	}
	return w.From < w.Until || w.Cause == OutOfRange
}

// log is a partition's present log; false when it is not known.
func (q *Inquiry) log(at inspect.TopicPartition) (inspect.Log, bool) {
	log, ok := q.in.Logs[at]
	return log, ok
}

// endAt is the end of a log at a moment.
type endAt func(inspect.TopicPartition, time.Time) int64

// endAt takes the present end where nobody knows.
func (q *Inquiry) endAt(ends map[Instant]int64) endAt {
	return func(p inspect.TopicPartition, at time.Time) int64 {
		now := q.in.Logs[p].HighWatermark
		if end, ok := ends[Instant{p, at}]; ok {
			return min(end, now)
		}
		return now
	}
}
