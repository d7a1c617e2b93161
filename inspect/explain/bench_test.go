package explain

import (
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

// long is about as long a history as a replay keeps: 200,000 runs of one
// partition, every second of which goes back, 24,000 changes of hands, and a
// member with 10,000 partitions in each of 40 rebalances.
func long() history.Log {
	var l history.Log
	second := func(i int64) time.Time { return begin.Add(time.Duration(i) * time.Second) }
	for i := range int64(200_000) {
		c := history.Commit{At: second(i), Position: i * 10, Offset: 1000 + i%2*500}
		r := history.Run{TopicPartition: at(0), Kind: history.RunCommit, First: c, Last: c, Advanced: c, Count: 1, Membership: history.MembersSome, From: new(1500 - i%2*500)}
		if i%2 == 0 {
			r.Kind = history.RunRewind
			if i%4 == 0 {
				r.Membership = history.MembersNone
			}
		}
		l.Runs = append(l.Runs, r)
	}
	one, other := history.Member{ID: "a"}, history.Member{ID: "b"}
	for i := range int64(24_000) {
		l.Moves = append(l.Moves, history.Move{TopicPartition: at(0), At: second(i * 8), Position: i*80 + 5, From: &one, To: &other})
		l.Members = append(l.Members, history.MemberChange{At: second(i * 8), Kind: history.MemberTimedOut, Member: one})
		one, other = other, one
	}
	wide := history.Member{ID: "w"}
	for p := range int32(10_000) {
		wide.Assignment = append(wide.Assignment, at(p))
	}
	for i := range int64(40) {
		l.Rebalances = append(l.Rebalances, history.Rebalance{At: second(i), Position: i * 7, Protocol: history.Classic, Generation: int32(i), PreviousKnown: true,
			Members: []history.Member{wide}, Previous: []history.Member{wide}})
	}
	return l
}

func TestALongHistoryIsBounded(t *testing.T) {
	q := Find(Input{History: long(), Logs: map[inspect.TopicPartition]inspect.Log{at(0): {HighWatermark: 5000}}})
	if n := len(q.Instants()); n > 4*maxCandidates {
		t.Errorf("%d look-ups", n)
	}
	e := q.Explain(nil)
	if want := 24_000 + 400_000 + 100_000 - 2*maxCandidates; e.Omitted != want || len(e.Windows) > 2*maxCandidates {
		t.Errorf("%d windows, %d omitted, want %d", len(e.Windows), e.Omitted, want)
	}
}

func BenchmarkExplain(b *testing.B) {
	l, logs := long(), map[inspect.TopicPartition]inspect.Log{at(0): {HighWatermark: 5000}}
	b.ReportAllocs()
	for b.Loop() {
		Find(Input{History: l, Logs: logs}).Explain(nil)
	}
}
