package explain

import (
	"fmt"

	"github.com/kofs/kofs/inspect/history"
)

// vanished are the windows of commits that were deleted: the next consumer begins
// where auto.offset.reset sends it.
func (q *Inquiry) vanished() (windows []Window) {
	for _, p := range q.past.partitions() {
		for _, d := range q.past.deletions[p] {
			log, ok := q.log(p)
			if !ok || d.Last == nil || d.Last.Offset <= log.Start {
				continue
			}
			w := Window{
				Cause: Expired, Confidence: history.Possible, TopicPartition: p, At: d.At, From: log.Start, Until: min(d.Last.Offset, log.HighWatermark),
				Evidence: []string{vanishedHow(d)}, Advice: adviceExpired(),
			}
			if q.judgeReturn(&w, d, log.HighWatermark) {
				windows = append(windows, w)
			}
		}
	}
	return windows
}

func vanishedHow(d *history.Deletion) string {
	how := "was deleted"
	if d.Kind == history.OffsetExpired {
		how = "expired"
	}
	line := fmt.Sprintf("the committed offset %d, of %s, %s at %s", d.Last.Offset, clock(d.Last.At), how, clock(d.At))
	if d.Detail != "" {
		line += " (" + d.Detail + ")"
	}
	return line
}

// judgeReturn says what the first commit after a deletion shows; false when it
// shows that nothing was consumed again.
func (q *Inquiry) judgeReturn(w *Window, d *history.Deletion, end int64) bool {
	next := q.past.after(w.TopicPartition, d.Position)
	switch {
	case next == nil:
		w.Evidence = append(w.Evidence, fmt.Sprintf(
			"nobody has committed since; auto.offset.reset=earliest would begin at %d and consume %s again, latest would begin at %d and never read %s",
			w.From, amount(w.Span()), end, amount(end-w.Until)))
		return true
	case next.Membership == history.MembersNone && next.First.Offset >= w.Until:
		return false // somebody set it to where nothing is consumed again
	case next.First.Offset >= w.Until:
		w.Evidence = append(w.Evidence, fmt.Sprintf("the next commit was %d: everything was consumed again if auto.offset.reset is earliest, nothing if it is latest", next.First.Offset))
		return true
	case next.Membership != history.MembersSome:
		w.From, w.At = max(w.From, next.First.Offset), next.First.At
		w.Evidence = append(w.Evidence, fmt.Sprintf("the next commit was %d, by somebody who set it, or by a consumer that assigns itself its partitions", next.First.Offset))
	default:
		w.Evidence = append(w.Evidence, fmt.Sprintf("a consumer then began at the log start %d (auto.offset.reset=earliest): its first commit was %d", w.From, next.First.Offset))
	}
	w.Confidence = history.Certain
	w.Exact = q.past.consumedSince(w.TopicPartition, w.Until, next.First.Position) &&
		q.past.consumedAll(w.TopicPartition, w.From, w.Until, d.Position)
	return true
}
