package explain

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
	"github.com/kofs/kofs/inspect/records"
	"pgregory.net/rapid"
)

// live draws a group's life of two partitions: commits, members that come and go,
// resets, deletions and transactions, while records arrive.
func live(t *rapid.T, s *story) {
	generation := int32(0)
	last := map[int32]int64{}
	for range rapid.IntRange(0, 60).Draw(t, "steps") {
		p := rapid.Int32Range(0, 1).Draw(t, "partition")
		s.wait(time.Duration(rapid.SampledFrom([]int64{0, 1, 100, 1000, 1000, 1000, 6500, 46_000, 700_000_000}).Draw(t, "ms")) * time.Millisecond)
		switch rapid.IntRange(0, 11).Draw(t, "what") {
		case 0, 1:
			generation++
			members := rapid.SampledFrom([][]has{nil, {a(0, 1)}, {a(0), b(1)}, {b(0), a(1)}, {b(0, 1)}, {{id: "c", partitions: []int32{0}, instance: "one"}}, {{id: "d", partitions: []int32{0}, instance: "one"}}}).Draw(t, "members")
			s.generation(generation, rapid.SampledFrom([]string{"range", "cooperative-sticky"}).Draw(t, "assignor"), members...)
		case 2:
			last[p] = rapid.Int64Range(-1, 3000).Draw(t, "anywhere")
			s.commitWith(p, last[p], -1, "")
		case 3:
			s.forget(p)
		case 4:
			s.attempt(p, last[p]+rapid.Int64Range(0, 50).Draw(t, "further")).end(rapid.SampledFrom([]records.ControlType{records.ControlAbort, records.ControlCommit}).Draw(t, "end"))
		default:
			last[p] += rapid.Int64Range(0, 50).Draw(t, "step")
			s.commit(p, last[p])
		}
	}
}

func TestWindowsOfAnyHistory(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newStory(t)
		for p := range int32(2) {
			start := rapid.Int64Range(0, 500).Draw(r, "start")
			s.log(p, start, start+rapid.Int64Range(0, 2000).Draw(r, "records")).produced(p, rapid.Float64Range(0, 50).Draw(r, "rate"))
		}
		live(r, s)
		q := Find(Input{History: s.history(), Logs: s.logs})
		instants := q.Instants()
		if !slices.IsSortedFunc(instants, func(a, b Instant) int { return a.At.Compare(b.At) }) || len(slices.Compact(slices.Clone(instants))) != len(instants) {
			r.Errorf("instants %v", instants)
		}
		ends := s.ends(instants)
		found := q.Explain(ends)
		orderly(r, found, s.logs)
		for _, w := range found.Windows {
			end, known := ends[Instant{w.TopicPartition, w.At}]
			if lost := w.Cause == Crash || w.Cause == Rebalance || w.Cause == PoisonRecord; lost && known && w.Until > end {
				r.Errorf("%s: the log ended at %d", short(w), end)
			}
		}
	})
}

// orderly asks what holds of all explanations.
func orderly(t rapid.TB, found Explanation, logs map[inspect.TopicPartition]inspect.Log) {
	t.Helper()
	for i, w := range found.Windows {
		log, known := logs[w.TopicPartition]
		if !known || w.From < 0 || w.From > w.Until || w.Until > log.HighWatermark && w.Cause != OutOfRange || w.Span() < 0 {
			t.Errorf("%s in a log %+v", short(w), log)
		}
		if w.From == w.Until && w.Cause != OutOfRange {
			t.Errorf("%s is empty", short(w))
		}
		if w.LikelyUntil != nil && (*w.LikelyUntil < w.From || *w.LikelyUntil > w.Until) {
			t.Errorf("%s", short(w))
		}
		if len(w.Evidence) == 0 || len(w.Advice) == 0 || len(w.Advice) > 2 {
			t.Errorf("%s: evidence %q, advice %q", short(w), w.Evidence, w.Advice)
		}
		if i > 0 && w.At.After(found.Windows[i-1].At) {
			t.Errorf("%s is newer than the one before it", short(w))
		}
	}
	for _, p := range found.Exposure.Partitions {
		if p.RecordsLikely < 0 {
			t.Errorf("%+v", p)
		}
	}
}

// A history with only forward commits of one steady member gives no window.
func TestASteadyMemberRepeatsNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newStory(t).log(0, 0, 1_000_000).generation(0, "").generation(1, "range", a(0))
		offset := int64(0)
		for range rapid.IntRange(0, 50).Draw(r, "commits") {
			offset += rapid.Int64Range(0, 1000).Draw(r, "step")
			s.wait(time.Duration(rapid.Int64Range(0, 100_000).Draw(r, "ms"))*time.Millisecond).commit(0, offset)
		}
		if found := s.explain(); len(found.Windows) > 0 {
			r.Errorf("%s", short(found.Windows[0]))
		}
	})
}

// hostile draws any number, the outermost more often than others.
func hostile(t *rapid.T, what string) int64 {
	return rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, math.MaxInt64 - 1, math.MaxInt64})).Draw(t, what)
}

func hostileTime(t *rapid.T) time.Time {
	return rapid.SampledFrom([]time.Time{{}, begin, begin.Add(second), time.UnixMilli(hostile(t, "time")), time.Unix(hostile(t, "time"), 0)}).Draw(t, "at")
}

func hostileMember(t *rapid.T) *history.Member {
	if rapid.IntRange(0, 3).Draw(t, "member") == 0 {
		return nil
	}
	m := history.Member{ID: rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "id")}
	if rapid.Bool().Draw(t, "timeouts") {
		m.SessionTimeout, m.RebalanceTimeout = new(time.Duration(hostile(t, "session"))), new(time.Duration(hostile(t, "poll")))
		m.InstanceID = &m.ID
	}
	m.Assignment = []inspect.TopicPartition{at(0), at(1)}
	return &m
}

func hostileCommit(t *rapid.T) history.Commit {
	return history.Commit{At: hostileTime(t), Position: hostile(t, "position"), Offset: hostile(t, "offset")}
}

// hostileLog is a history that no replay makes.
func hostileLog(t *rapid.T) (l history.Log) {
	partition := func() inspect.TopicPartition { return at(rapid.Int32Range(0, 1).Draw(t, "partition")) }
	some := func(what string, add func()) {
		for range rapid.IntRange(0, 6).Draw(t, what) {
			add()
		}
	}
	membership := rapid.SampledFrom([]history.Membership{history.MembersNone, history.MembersSome, history.MembersUnknown, ""})
	some("runs", func() {
		l.Runs = append(l.Runs, history.Run{
			TopicPartition: partition(), Kind: rapid.SampledFrom([]history.RunKind{history.RunCommit, history.RunRewind, history.RunForward}).Draw(t, "kind"),
			First: hostileCommit(t), Last: hostileCommit(t), Advanced: hostileCommit(t), Count: hostile(t, "count"),
			From: new(hostile(t, "from")), LastGap: time.Duration(hostile(t, "gap")), MaxGap: time.Duration(hostile(t, "gap")), Membership: membership.Draw(t, "membership"),
		})
	})
	some("moves", func() {
		l.Moves = append(l.Moves, history.Move{At: hostileTime(t), Position: hostile(t, "position"), TopicPartition: partition(), From: hostileMember(t), To: hostileMember(t)})
	})
	some("rebalances", func() {
		b := history.Rebalance{At: hostileTime(t), Position: hostile(t, "position"), Protocol: history.Classic, Generation: rapid.Int32().Draw(t, "generation"), PreviousKnown: true}
		if m, before := hostileMember(t), hostileMember(t); m != nil && before != nil {
			b.Members, b.Previous = []history.Member{*m}, []history.Member{*before}
		}
		l.Rebalances = append(l.Rebalances, b)
	})
	some("departures", func() {
		if m := hostileMember(t); m != nil {
			l.Members = append(l.Members, history.MemberChange{At: hostileTime(t), Kind: rapid.SampledFrom([]history.MemberChangeKind{history.MemberLeft, history.MemberTimedOut}).Draw(t, "kind"), Member: *m})
		}
	})
	some("deletions", func() {
		l.Deletions = append(l.Deletions, history.Deletion{At: hostileTime(t), Position: hostile(t, "position"), Partition: new(partition()), Last: new(hostileCommit(t))})
	})
	some("aborted", func() {
		l.Aborted = append(l.Aborted, history.TransactionalCommit{TopicPartition: partition(), Commit: hostileCommit(t), From: new(hostile(t, "from")), AbortedAt: new(hostileTime(t))})
	})
	some("now", func() { l.Now = append(l.Now, history.Current{TopicPartition: partition(), Commit: hostileCommit(t)}) })
	return l
}

func TestNoHistoryIsTooOdd(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		l, logs := hostileLog(r), map[inspect.TopicPartition]inspect.Log{}
		for p := range int32(rapid.IntRange(0, 2).Draw(r, "logs")) {
			start := rapid.Int64Range(0, math.MaxInt64).Draw(r, "start")
			logs[at(p)] = inspect.Log{Start: start, HighWatermark: rapid.Int64Range(start, math.MaxInt64).Draw(r, "end")}
		}
		q := Find(Input{History: l, Logs: logs})
		ends := map[Instant]int64{}
		for _, i := range q.Instants() {
			if rapid.Bool().Draw(r, "known") {
				ends[i] = hostile(r, "end")
			}
		}
		orderly(r, q.Explain(ends), logs)
		Passes(l, at(0), hostile(r, "record"))
		Consumed(l, logs)
		Partitions(l)
	})
}
