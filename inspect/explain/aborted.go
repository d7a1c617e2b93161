package explain

import (
	"fmt"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

// attempt is what a transaction had read.
type attempt struct {
	inspect.TopicPartition
	span
}

// aborted are the windows of transactions that would have committed offsets of
// the group, and were aborted: what they had read was read again.
func (q *Inquiry) aborted() (windows []Window) {
	at := map[attempt]int{}
	for _, t := range q.in.History.Aborted {
		if t.From == nil || t.AbortedAt == nil || *t.From >= t.Offset {
			continue
		}
		key := attempt{t.TopicPartition, span{*t.From, t.Offset}}
		if i, again := at[key]; again {
			windows[i].At = *t.AbortedAt
			windows[i].Evidence = append(windows[i].Evidence, abortedLine(t))
			continue
		}
		at[key] = len(windows)
		windows = append(windows, q.abortedWindow(t))
	}
	return windows
}

// abortedWindow is exact once the group has come as far again.
func (q *Inquiry) abortedWindow(t history.TransactionalCommit) Window {
	w := Window{
		Cause: AbortedAttempt, Confidence: history.Likely, TopicPartition: t.TopicPartition, At: *t.AbortedAt, From: *t.From, Until: t.Offset,
		Evidence: []string{abortedLine(t)},
		Advice: []string{
			"what the aborted attempt wrote is not delivered to consumers with isolation.level=read_committed; those with the default, read_uncommitted, are given it beside the retry",
			"effects outside Kafka (a database, a call) of the aborted attempt stay: give them an idempotency key",
		},
	}
	if q.past.consumedSince(t.TopicPartition, t.Offset, t.Position) {
		w.Confidence, w.Exact = history.Certain, true
	}
	return w
}

func abortedLine(t history.TransactionalCommit) string {
	return fmt.Sprintf("a transaction of producer %d that had read from %d to %d was aborted at %s", t.ProducerID, *t.From, t.Offset, clock(*t.AbortedAt))
}
