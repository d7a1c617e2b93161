package explain

import (
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

// exposure is what would be consumed again if the consumers died now.
func (q *Inquiry) exposure() Exposure {
	var e Exposure
	var intervals []time.Duration
	for _, now := range q.in.History.Now {
		runs := q.past.runs[now.TopicPartition]
		log, ok := q.log(now.TopicPartition)
		if !ok || len(runs) == 0 || !q.owned(now.TopicPartition) {
			continue
		}
		rhythm, ok := q.past.rhythmOf(runs[len(runs)-1])
		if !ok || rhythm.commits < 3 {
			continue
		}
		if rhythm.regular {
			intervals = append(intervals, rhythm.interval)
		}
		left := minus(log.HighWatermark, max(0, now.Offset))
		e.Partitions = append(e.Partitions, Exposed{now.TopicPartition, min(left, atLeastOne(rhythm.step))})
	}
	if len(intervals) > 0 {
		slices.Sort(intervals)
		middle := intervals[len(intervals)/2].Round(time.Millisecond)
		e.CommitInterval, e.AutoCommit = &middle, q.autoCommit(middle)
	}
	return e
}

// owned reports whether somebody has the partition now, as far as is known.
func (q *Inquiry) owned(p inspect.TopicPartition) bool {
	if moves := q.past.moves[p]; len(moves) > 0 {
		return moves[len(moves)-1].To != nil
	}
	last := q.in.History.Last // it may have had it since before the history begins
	return last != nil && slices.ContainsFunc(last.Members, func(m history.Member) bool { return slices.Contains(m.Assignment, p) })
}

// autoCommit is how sure it is: a clock that the client has built in, at its default, is hardly
// anything else; another clock may be the application's own.
func (q *Inquiry) autoCommit(interval time.Duration) *history.Confidence {
	sure := history.Possible
	if off := interval - 5*time.Second; off > -100*time.Millisecond && off < 500*time.Millisecond {
		sure = history.Likely
	}
	return &sure
}

// cannotSee says what would leave no trace in this history.
func (q *Inquiry) cannotSee() []string {
	lines := []string{
		"work that was done after a last commit, and never committed by anyone",
		"work of an owner that was lost before the partition had a first commit",
	}
	l := q.in.History
	if l.Source == history.SourceSample {
		lines = append(lines, "what happened before the sample, and between two looks")
	}
	if q.hasStaticMembers() {
		lines = append(lines, "a static member (group.instance.id) that was killed and came back within its session timeout")
	}
	if simple := l.Last == nil || l.Last.ProtocolType == "" && l.Last.Protocol == history.Classic; simple {
		lines = append(lines, "who consumes: the group has no members in the log, so a consumer that assigns itself its partitions (assign) leaves commits and nothing else")
	}
	if l.Dropped > 0 {
		lines = append(lines, "what was more than can be kept of a history this long")
	}
	return append(lines, "the consumers' isolation.level and auto.offset.reset, which Kafka does not store")
}

func (q *Inquiry) hasStaticMembers() bool {
	static := func(m history.Member) bool { return m.InstanceID != nil }
	return slices.ContainsFunc(q.in.History.Rebalances, func(r history.Rebalance) bool { return slices.ContainsFunc(r.Members, static) })
}
