package explain

import (
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect/records"
)

// told is what is expected of a story.
type told struct {
	sentence string
	story    func(*story)
	want     []string // all windows, newest first
	says     []string // parts of the evidence or advice of the first
}

func check(t *testing.T, rows []told) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.sentence, func(t *testing.T) {
			s := newStory(t)
			row.story(s)
			found := s.explain()
			var got []string
			for _, w := range found.Windows {
				got = append(got, short(w))
			}
			if g, w := strings.Join(got, "\n"), strings.Join(row.want, "\n"); g != w {
				t.Errorf("got\n%s\nwant\n%s", g, w)
				for _, w := range found.Windows {
					t.Logf("%q", w.Evidence)
				}
			}
			if len(found.Windows) == 0 {
				return
			}
			all := strings.Join(append(found.Windows[0].Evidence, found.Windows[0].Advice...), "\n")
			for _, part := range row.says {
				if !strings.Contains(all, part) {
					t.Errorf("%q is not said:\n%s", part, all)
				}
			}
		})
	}
}

const second = time.Second

// consumed is a group whose member consumed 0 to 300 of a log of 400, committing
// every second and as it left.
func consumed(s *story) *story {
	return s.log(0, 0, 400).generation(1, "range", a(0)).commit(0, 0).consume(0, 0, 30, 9, second).
		consume(0, 270, 30, 1, second/3).generation(2, "")
}

// again is the next member, which consumes on to 400.
func again(s *story, from int64) *story {
	return s.wait(second).generation(3, "range", a(0)).consume(0, from, 400-from, 1, second)
}

func TestResets(t *testing.T) {
	check(t, []told{
		{"a reset by kofs, which its journal knows, consumes all of it again", func(s *story) {
			consumed(s).wait(time.Minute).commitWith(0, 100, -1, "")
			s.journal = []Written{
				{ID: "wrong-offset", At: s.now, TopicPartition: at(0), NewOffset: 101},
				{ID: "wrong-time", At: s.now.Add(time.Hour), TopicPartition: at(0), NewOffset: 100},
				{ID: "wrong-partition", At: s.now, TopicPartition: at(1), NewOffset: 100},
				{ID: "j1", At: s.now.Add(-2 * second), TopicPartition: at(0), NewOffset: 100, By: "ann@ops", Reason: "bad deploy"},
			}
			again(s, 100)
		}, []string{"reset certain t:0 [100, 300) exact journal j1"},
			[]string{"from 300 to 100", "journal entry j1, run by ann@ops", `reason "bad deploy"`, "kofs undo j1"}},
		{"a reset by another tool has a hint at it", func(s *story) {
			again(consumed(s).wait(time.Minute).commitWith(0, 100, -1, ""), 100)
		}, []string{"reset certain t:0 [100, 300) exact"}, []string{"no leader epoch", "a hint, no more"}},
		{"a reset with metadata shows it", func(s *story) {
			again(consumed(s).wait(time.Minute).commitWith(0, 100, 0, "by hand"), 100)
		}, []string{"reset certain t:0 [100, 300) exact"}, []string{`metadata is "by hand"`}},
		{"whether the group had members is not in the log", func(s *story) {
			s.log(0, 0, 400).commit(0, 0).consume(0, 0, 100, 3, second).wait(second).commit(0, 50).consume(0, 50, 350, 1, second)
		}, []string{"reset likely t:0 [50, 300)"}, []string{"the log knows of no members"}},
		{"a part of it had been skipped before", func(s *story) {
			consumed(s).wait(second).commit(0, 350).wait(second).commit(0, 200)
			again(s, 200)
		}, []string{"reset certain t:0 [200, 350)"}, []string{"had been skipped before"}},
		{"it had been skipped, but then went back and was consumed", func(s *story) {
			consumed(s).wait(second).commit(0, 350).wait(second).commit(0, 300)
			again(s, 300)
			s.wait(second).generation(4, "").commit(0, 200)
		}, []string{"reset certain t:0 [200, 400)", "reset certain t:0 [300, 350)"}, []string{"come to 200"}},
		{"it was not consumed again yet", func(s *story) {
			consumed(s).wait(second).commit(0, 100)
		}, []string{"reset certain t:0 [100, 300)"}, []string{"since then the group has come to 100"}},
		{"where the group began is not in the history", func(s *story) {
			s.log(0, 0, 400).generation(1, "range", a(0)).consume(0, 0, 30, 9, second).consume(0, 270, 30, 1, second/3).generation(2, "").commit(0, 10)
			again(s, 10)
		}, []string{"reset certain t:0 [10, 300)"}, []string{"does not show that all of it had been consumed"}},
		{"a tool's first commit was never consumed up to", func(s *story) {
			s.log(0, 0, 400).produced(0, 30).generation(1, "range", a(0)).generation(2, "").commit(0, 300).wait(second).commit(0, 100)
			again(s, 100)
		}, []string{"reset certain t:0 [100, 300)"}, []string{"does not show that all of it had been consumed"}},
		{"it went back, then somebody moved the group onward over a part of it", func(s *story) {
			again(consumed(s).wait(second).commit(0, 100).wait(second).commit(0, 250), 250)
		}, []string{"reset certain t:0 [100, 300)"}, nil},
		{"it went back, then somebody deleted the commit", func(s *story) {
			again(consumed(s).wait(second).commit(0, 100).wait(second).forget(0), 390).generation(4, "range", a(0)).commit(0, 400)
		}, []string{"expired possible t:0 [0, 100)", "reset certain t:0 [100, 300)"}, nil},
		{"a commit of -1 counts as none", func(s *story) {
			consumed(s).wait(second).commit(0, -1)
			again(s, 0)
		}, []string{"reset possible t:0 [0, 300)"}, []string{"auto.offset.reset decides"}},
		{"back from beyond the end of the log", func(s *story) {
			consumed(s).wait(second).commit(0, 5000).wait(second).commit(0, 200)
			again(s, 200)
		}, []string{"reset certain t:0 [200, 400)"}, nil},
		{"a member that commits lower sought back", func(s *story) {
			s.log(0, 0, 400).generation(1, "range", a(0)).commit(0, 0).consume(0, 0, 30, 10, second).consume(0, 100, 30, 9, second)
		}, []string{"reset possible t:0 [100, 300)"}, []string{"seek", "commitAsync"}},
	})
}

func TestLostPositions(t *testing.T) {
	check(t, []told{
		{"a commit beyond the end, then a consumer from the log start", func(s *story) {
			consumed(s).wait(5*second).commit(0, 5000)
			s.wait(second).generation(3, "range", a(0)).consume(0, 20, 50, 1, second)
		}, []string{"out_of_range likely t:0 [0, 300)"}, nil},
		{"a commit beyond the end now", func(s *story) {
			consumed(s).wait(time.Minute).commit(0, 5000)
		}, []string{"out_of_range possible t:0 [0, 400)"}, []string{"5000 lies beyond the log's end, 400"}},
		{"a commit below the log start now repeats nothing", func(s *story) {
			consumed(s).log(0, 350, 400)
		}, []string{"out_of_range possible t:0 [350, 350)"}, []string{"50 offsets were deleted", "consumes nothing twice"}},
		{"a commit that the log start has passed by while nobody was there", func(s *story) {
			consumed(s).log(0, 350, 400)
			s.wait(time.Hour).generation(3, "range", a(0)).consume(0, 350, 25, 2, second)
		}, []string{"out_of_range possible t:0 [350, 350)"}, []string{"50 offsets were never consumed"}},
		{"a commit that the log start has passed by while its owner went on", func(s *story) {
			s.log(0, 350, 400).generation(1, "range", a(0)).commit(0, 300)
			s.offset += 5 // a gap, which ends the run
			s.wait(second).commit(0, 360)
		}, nil, nil},
		{"a deleted offset, and the next commit is lower", func(s *story) {
			consumed(s).wait(second).forget(0).wait(second).generation(3, "range", a(0)).consume(0, 0, 200, 2, second)
		}, []string{"expired certain t:0 [0, 300) exact"}, []string{"was deleted", "began at the log start 0"}},
		{"an expired offset, and the next commit is lower and not beyond yet", func(s *story) {
			consumed(s).wait(8*24*time.Hour).forget(0).wait(second).generation(3, "range", a(0)).consume(0, 0, 100, 2, second)
		}, []string{"expired certain t:0 [0, 300)"}, []string{"expired at", "offsets.retention.minutes"}},
		{"a deleted offset, and the next commit is higher", func(s *story) {
			again(consumed(s).wait(second).forget(0), 399)
		}, []string{"expired possible t:0 [0, 300)"}, []string{"if auto.offset.reset is earliest, nothing if it is latest"}},
		{"a deleted offset, and a tool sets it lower", func(s *story) {
			again(consumed(s).wait(second).forget(0).wait(second).commit(0, 120), 120)
		}, []string{"expired certain t:0 [120, 300) exact"}, []string{"the next commit was 120"}},
		{"a deleted offset, and a tool sets it higher", func(s *story) {
			again(consumed(s).wait(second).forget(0).wait(second).commit(0, 390), 390)
		}, nil, nil},
		{"a deleted offset, and nobody has committed since", func(s *story) {
			consumed(s).wait(second).forget(0)
		}, []string{"expired possible t:0 [0, 300)"}, []string{"nobody has committed since", "consume 300 offsets again", "never read 100 offsets"}},
		{"a deleted offset below the log start repeats nothing", func(s *story) {
			consumed(s).log(0, 300, 400).wait(second).forget(0)
		}, nil, nil},
		{"a commit of -1 now is none", func(s *story) {
			s.log(0, 5, 10).commit(0, -1)
		}, nil, nil},
		{"a partition whose log is not known has no windows", func(s *story) {
			consumed(s).wait(second).commit(0, 100)
			delete(s.logs, at(0))
		}, nil, nil},
	})
}

func TestAbortedTransactions(t *testing.T) {
	processing := func(s *story) *story {
		return s.log(0, 0, 400).log(1, 0, 400).generation(1, "range", a(0, 1)).attempt(0, 100).attempt(1, 100).end(records.ControlCommit).wait(second)
	}
	check(t, []told{
		{"an aborted transaction, and the work was done again", func(s *story) {
			processing(s).attempt(0, 150).end(records.ControlAbort).attempt(0, 150).end(records.ControlCommit)
		}, []string{"aborted_attempt certain t:0 [100, 150) exact"}, []string{"producer 7 that had read from 100 to 150"}},
		{"an aborted transaction, and nothing came after it", func(s *story) {
			processing(s).attempt(0, 150).end(records.ControlAbort)
		}, []string{"aborted_attempt likely t:0 [100, 150)"}, nil},
		{"an aborted transaction, and somebody moved the group over its work", func(s *story) {
			processing(s).log(1, 0, 100).attempt(0, 150).end(records.ControlAbort).generation(2, "").wait(second).commit(0, 300).
				generation(3, "range", a(0)).wait(second).commit(0, 400)
		}, []string{"aborted_attempt likely t:0 [100, 150)", "rebalance possible t:0 [300, 400) likely 400"}, nil},
		{"the same range aborted twice, in two partitions", func(s *story) {
			processing(s)
			for range 2 {
				s.wait(second).attempt(0, 150).attempt(1, 130).end(records.ControlAbort)
			}
			s.wait(second).attempt(0, 160).attempt(1, 160).end(records.ControlCommit)
		}, []string{"aborted_attempt certain t:0 [100, 150) exact", "aborted_attempt certain t:1 [100, 130) exact"},
			[]string{"aborted at 2026-01-02T15:00:02.000Z", "aborted at 2026-01-02T15:00:03.000Z"}},
		{"an aborted transaction that had read nothing", func(s *story) {
			processing(s).attempt(0, 100).end(records.ControlAbort)
		}, nil, nil},
		{"an open transaction", func(s *story) { processing(s).attempt(0, 150) }, nil, nil},
	})
}
