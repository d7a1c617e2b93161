package explain

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

// past is a history, sorted by partition, and within one by place in the offset log.
type past struct {
	history.Log
	runs       map[inspect.TopicPartition][]*history.Run
	moves      map[inspect.TopicPartition][]*history.Move
	deletions  map[inspect.TopicPartition][]*history.Deletion
	departures map[string][]*history.MemberChange // by member ID
	now        map[inspect.TopicPartition]history.Commit
}

func newPast(l history.Log) past {
	p := past{
		Log: l, runs: map[inspect.TopicPartition][]*history.Run{}, moves: map[inspect.TopicPartition][]*history.Move{},
		deletions: map[inspect.TopicPartition][]*history.Deletion{}, departures: map[string][]*history.MemberChange{},
		now: map[inspect.TopicPartition]history.Commit{},
	}
	for i := range l.Runs {
		r := &l.Runs[i]
		p.runs[r.TopicPartition] = append(p.runs[r.TopicPartition], r)
	}
	for i := range l.Moves {
		m := &l.Moves[i]
		p.moves[m.TopicPartition] = append(p.moves[m.TopicPartition], m)
	}
	for i := range l.Deletions {
		if d := &l.Deletions[i]; d.Partition != nil {
			p.deletions[*d.Partition] = append(p.deletions[*d.Partition], d)
		}
	}
	for i := range l.Members {
		if c := &l.Members[i]; c.Kind != history.MemberJoined {
			p.departures[c.Member.ID] = append(p.departures[c.Member.ID], c)
		}
	}
	for _, c := range l.Now {
		p.now[c.TopicPartition] = c.Commit
	}
	return p
}

// partitions are all that have a commit, had one, or have an owner, in order.
func (p past) partitions() []inspect.TopicPartition {
	all := slices.AppendSeq(slices.Collect(maps.Keys(p.runs)), maps.Keys(p.moves))
	all = slices.AppendSeq(all, maps.Keys(p.deletions))
	slices.SortFunc(all, inspect.TopicPartition.Compare)
	return slices.Compact(all)
}

// before is how many runs of a partition begin before a position of the offset log.
func (p past) before(at inspect.TopicPartition, position int64) int {
	n, _ := slices.BinarySearchFunc(p.runs[at], position, func(r *history.Run, position int64) int {
		return cmp.Compare(r.First.Position, position)
	})
	return n
}

// inForce is the run that the commit in force at a position of the offset log
// belongs to, as far as that position; nil when there was no commit, or when it
// is not known. Runs end before every change of hands, so the run's last commit
// is the one in force.
func (p past) inForce(at inspect.TopicPartition, position int64) *history.Run {
	n := p.before(at, position)
	if n == 0 {
		return nil
	}
	found := p.runs[at][n-1]
	for _, d := range p.deletions[at] {
		if d.Position > found.Last.Position && d.Position < position {
			return nil
		}
	}
	return found
}

// after is the first run that begins at or after a position; nil without one.
func (p past) after(at inspect.TopicPartition, position int64) *history.Run {
	runs := p.runs[at]
	if n := p.before(at, position); n < len(runs) {
		return runs[n]
	}
	return nil
}

// rhythm is how a partition's owner committed.
type rhythm struct {
	interval time.Duration // between two commits
	step     float64       // offsets from one commit to the next
	pace     float64       // offsets a second, while there were any
	mean     float64       // offsets a second, all in all
	regular  bool          // by the clock
	commits  int64         // it was read from so many
}

// farBack is how many runs before one are looked at for how its owner committed.
const farBack = 1000

// rhythmOf is that of a run; of the nearest longer one before it, where the run is
// too short to tell. False when no run near tells.
func (p past) rhythmOf(run *history.Run) (rhythm, bool) {
	runs := p.runs[run.TopicPartition]
	n := p.before(run.TopicPartition, run.First.Position)
	var short *rhythm // of two commits only
	for _, r := range slices.Backward(runs[max(0, n-farBack):min(n+1, len(runs))]) {
		if r.First.Position > run.First.Position || r.Membership == history.MembersNone {
			continue
		}
		found, ok := rhythmOf(r)
		switch {
		case ok && found.commits > 2:
			return found, true
		case ok && short == nil:
			short = &found
		}
	}
	if short == nil {
		return rhythm{}, false
	}
	return *short, true
}

// rhythmOf leaves the last commit out where there are enough: it may have been made
// because the partition was about to be given up. Two commits tell a pace, but no clock.
func rhythmOf(r *history.Run) (rhythm, bool) {
	if r.Count < 2 || r.Advanced.Offset <= r.First.Offset {
		return rhythm{}, false
	}
	whole := max(time.Millisecond, r.Last.At.Sub(r.First.At))
	lastGap := min(max(0, r.LastGap), whole) // clocks of coordinators may differ
	interval := whole
	if r.Count > 2 {
		interval = max(time.Millisecond, (whole-lastGap)/time.Duration(r.Count-2))
	}
	busy := max(time.Millisecond, r.Advanced.At.Sub(r.First.At))
	read := float64(r.Advanced.Offset) - float64(r.First.Offset)
	found := rhythm{
		interval: interval, pace: read / busy.Seconds(), mean: read / whole.Seconds(), step: read / float64(r.Count-1),
		commits: r.Count, regular: r.Count > 2 && r.MaxGap-interval <= max(interval/5, 50*time.Millisecond),
	}
	if interval >= 50*time.Millisecond { // below, a clock that counts milliseconds says little
		found.step = found.pace * interval.Seconds()
	}
	return found, true
}
