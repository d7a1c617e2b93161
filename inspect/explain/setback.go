package explain

import (
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect/history"
)

// setBack are the windows of commits that are lower than the one before.
func (q *Inquiry) setBack(endAt endAt) (windows []Window) {
	for _, r := range q.rewinds {
		switch {
		case r.Membership != history.MembersSome:
			windows = append(windows, q.resetBy(r))
		case *r.From > endAt(r.TopicPartition, r.First.At):
			windows = append(windows, q.cutLog(r, endAt(r.TopicPartition, r.First.At))...)
		default:
			windows = append(windows, q.wentBack(r))
		}
	}
	return windows
}

// resetBy is a rewind while the group had no members: nobody but a tool, or a
// consumer that assigns itself its partitions, can commit then.
func (q *Inquiry) resetBy(r *history.Run) Window {
	w := Window{
		Cause: Reset, Confidence: history.Certain, TopicPartition: r.TopicPartition, At: r.First.At,
		From: r.First.Offset, Until: *r.From,
		Evidence: []string{fmt.Sprintf("the committed offset was set back from %d to %d at %s, while the group had no members", *r.From, r.First.Offset, clock(r.First.At))},
		Advice: []string{
			"a preview shows beforehand what a reset consumes again: kofs reset without --execute",
			"consumers that store an idempotency key (the record's topic, partition and offset, or a business key) can drop what they had",
		},
	}
	if r.Membership == history.MembersUnknown {
		w.Confidence = history.Likely
		w.Evidence[0] = fmt.Sprintf("the committed offset was set back from %d to %d at %s; %s", *r.From, r.First.Offset, clock(r.First.At), q.membersUnknown())
	}
	if r.First.Offset < 0 {
		w.Confidence, w.From = history.Possible, q.in.Logs[r.TopicPartition].Start
		w.Evidence = append(w.Evidence, "a negative offset counts as no commit: auto.offset.reset decides where the next consumer begins")
	}
	q.nameWriter(&w, r)
	q.sayHowFar(&w, r)
	return w
}

// membersUnknown is why it is not known whether the group had members.
func (q *Inquiry) membersUnknown() string {
	if q.in.History.Last == nil {
		return "the log knows of no members: a tool did it, or a consumer that assigns itself its partitions"
	}
	return "whether the group had members then is not in the log any more"
}

// sayHowFar: all of the window was consumed again once the group is beyond it, if
// all of it had been consumed before.
func (q *Inquiry) sayHowFar(w *Window, r *history.Run) {
	reached := q.past.reached(r)
	consumed := q.past.consumedAll(w.TopicPartition, w.From, w.Until, r.First.Position)
	w.Exact = w.Confidence == history.Certain && consumed && q.past.consumedSince(w.TopicPartition, w.Until, r.First.Position)
	switch {
	case !consumed && q.past.skippedWithin(w.TopicPartition, w.From, w.Until, r.First.Position):
		w.Evidence = append(w.Evidence, "a part of it had been skipped before, and was not consumed twice")
	case reached < w.Until:
		w.Evidence = append(w.Evidence, fmt.Sprintf("since then the group has come to %d", reached))
	case !consumed:
		w.Evidence = append(w.Evidence, "the history does not show that all of it had been consumed before")
	}
}

// sameWrite is how far apart the clocks of a journal and a broker may be.
const sameWrite = 30 * time.Second

// nameWriter adds who did it: kofs's own journal knows; otherwise what the commit
// looks like is a hint.
func (q *Inquiry) nameWriter(w *Window, r *history.Run) {
	for _, j := range q.in.Journal {
		if j.TopicPartition != r.TopicPartition || j.NewOffset != r.First.Offset || j.At.Sub(r.First.At).Abs() > sameWrite {
			continue
		}
		w.JournalID = &j.ID
		line := fmt.Sprintf("kofs did it, journal entry %s", j.ID)
		if j.By != "" {
			line += ", run by " + j.By
		}
		if j.Reason != "" {
			line += fmt.Sprintf(", reason %q", j.Reason)
		}
		w.Evidence = append(w.Evidence, line)
		w.Advice[0] = "kofs undo " + j.ID + " shows the way back"
		return
	}
	if hint := fingerprint(r.First); hint != "" {
		w.Evidence = append(w.Evidence, hint)
	}
}

// fingerprint is a hint at the tool, and no more.
func fingerprint(c history.Commit) string {
	switch {
	case c.Metadata != "":
		return fmt.Sprintf("its metadata is %q", c.Metadata)
	case c.LeaderEpoch == nil:
		return "it carries no leader epoch, as commits of kafka-consumer-groups, kofs and other admin tools (a hint, no more)"
	}
	return ""
}

// cutLog is a commit beyond the log's end, after which a consumer began where
// auto.offset.reset sent it: back to the log start.
func (q *Inquiry) cutLog(r *history.Run, end int64) []Window {
	until := min(end, q.past.consumedBefore(r, end))
	from := q.in.Logs[r.TopicPartition].Start
	if until <= from {
		return nil
	}
	return []Window{{
		Cause: OutOfRange, Confidence: history.Likely, TopicPartition: r.TopicPartition, At: r.First.At, From: from, Until: until,
		Evidence: []string{
			fmt.Sprintf("the committed offset %d lay beyond the log's end, %d; at %s a consumer committed %d", *r.From, end, clock(r.First.At), r.First.Offset),
			fmt.Sprintf("auto.offset.reset=earliest went back to the log start %d; up to %d had been consumed before", from, until),
		},
		Advice: adviceOutOfRange(),
	}}
}

// wentBack is a member that committed less than before: the application sought
// back. Where to is not recorded; the first commit after it is.
func (q *Inquiry) wentBack(r *history.Run) Window {
	from := r.First.Offset
	if rhythm, ok := q.past.rhythmOf(r); ok {
		from = max(q.in.Logs[r.TopicPartition].Start, minus(from, atLeastOne(rhythm.step)))
	}
	return Window{
		Cause: Reset, Confidence: history.Possible, TopicPartition: r.TopicPartition, At: r.First.At, From: min(from, *r.From), Until: *r.From,
		Evidence: []string{fmt.Sprintf("a member committed %d at %s, after %d: the application went back by itself (seek), or its commits overtook each other (commitAsync)",
			r.First.Offset, clock(r.First.At), *r.From)},
		Advice: []string{"look for seek() and for commitAsync() without commitSync() at the end in the application"},
	}
}
