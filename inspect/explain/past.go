package explain

import (
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

// past is a history, sorted by partition.
type past struct {
	history.Log
	runs      map[inspect.TopicPartition][]history.Run
	moves     map[inspect.TopicPartition][]history.Move
	deletions map[inspect.TopicPartition][]history.Deletion
}

func newPast(l history.Log) past {
	p := past{
		Log: l, runs: map[inspect.TopicPartition][]history.Run{}, moves: map[inspect.TopicPartition][]history.Move{},
		deletions: map[inspect.TopicPartition][]history.Deletion{},
	}
	for _, r := range l.Runs {
		p.runs[r.TopicPartition] = append(p.runs[r.TopicPartition], r)
	}
	for _, m := range l.Moves {
		p.moves[m.TopicPartition] = append(p.moves[m.TopicPartition], m)
	}
	for _, d := range l.Deletions {
		if d.Partition != nil {
			p.deletions[*d.Partition] = append(p.deletions[*d.Partition], d)
		}
	}
	return p
}

// partitions are all that have a commit or an owner, in order.
func (p past) partitions() []inspect.TopicPartition {
	var all []inspect.TopicPartition
	for at := range p.runs {
		all = append(all, at)
	}
	for at := range p.moves {
		all = append(all, at)
	}
	slices.SortFunc(all, inspect.TopicPartition.Compare)
	return slices.Compact(all)
}

// inForce is the run that the commit in force at a position of the offset log
// belongs to, as far as that position; nil when there was no commit, or when it
// is not known. Runs end before every change of hands, so the run's last commit
// is the one in force.
func (p past) inForce(at inspect.TopicPartition, position int64) *history.Run {
	var found *history.Run
	for i, r := range p.runs[at] {
		if r.First.Position < position {
			found = &p.runs[at][i]
		}
	}
	for _, d := range p.deletions[at] {
		if found != nil && d.Position > found.Last.Position && d.Position < position {
			return nil
		}
	}
	return found
}

// after is the first run that begins at or after a position; nil without one.
func (p past) after(at inspect.TopicPartition, position int64) *history.Run {
	for i, r := range p.runs[at] {
		if r.First.Position >= position {
			return &p.runs[at][i]
		}
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
}

// rhythmOf is that of a run; of the nearest longer one before it, where the run is
// too short to tell. False when no run tells.
func (p past) rhythmOf(run *history.Run) (rhythm, bool) {
	runs := p.runs[run.TopicPartition]
	for i := len(runs) - 1; i >= 0; i-- {
		r := runs[i]
		if r.First.Position > run.First.Position || r.Membership == history.MembersNone {
			continue
		}
		if found, ok := rhythmOf(r); ok {
			return found, true
		}
	}
	return rhythm{}, false
}

// rhythmOf leaves the last commit out, which may have been made because the
// partition was about to be given up.
func rhythmOf(r history.Run) (rhythm, bool) {
	if r.Count < 3 || r.Advanced.Offset <= r.First.Offset {
		return rhythm{}, false
	}
	whole := max(time.Millisecond, r.Last.At.Sub(r.First.At))
	interval := max(time.Millisecond, (whole-r.LastGap)/time.Duration(r.Count-2))
	busy := max(time.Millisecond, r.Advanced.At.Sub(r.First.At))
	read := float64(r.Advanced.Offset - r.First.Offset)
	found := rhythm{
		interval: interval, pace: read / busy.Seconds(), mean: read / whole.Seconds(), step: read / float64(r.Count-1),
		regular: r.MaxGap <= interval+max(interval/5, 50*time.Millisecond),
	}
	if interval >= 50*time.Millisecond { // below, a clock that counts milliseconds says little
		found.step = found.pace * interval.Seconds()
	}
	return found, true
}
