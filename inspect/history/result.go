package history

import (
	"cmp"
	"slices"
)

// Log is the history as far as records were added. It may be called again later.
func (r *Replay) Log() Log {
	r.flushDeletions()
	r.keepChanges(nil)
	log := r.log
	log.CompleteSince, log.Why = r.complete, r.why
	if r.last != nil {
		log.Until = new(instant(*r.last))
	}
	log.Runs = r.allRuns()
	log.Rebalances = slices.Clone(r.rebalances.entries)
	if open := r.group848.open; open != nil {
		b := *open
		b.Members = r.group848.list()
		log.Rebalances, log.Last = append(log.Rebalances, b), &b
	}
	log.Moves = slices.Clone(r.moves.entries)
	log.Members = slices.Clone(r.members.entries)
	log.Deletions = slices.Clone(r.deletions.entries)
	log.Aborted = slices.Clone(r.aborted.entries)
	for _, held := range r.pending {
		log.Pending = append(log.Pending, inOrder(held)...)
	}
	slices.SortFunc(log.Pending, byPosition)
	log.Now = r.current()
	return log
}

// allRuns is every run, also those that go on, in the order of their first commits.
func (r *Replay) allRuns() []Run {
	runs := slices.Clone(r.runs.entries)
	for _, t := range r.tracks {
		if t.run != nil {
			runs = append(runs, t.wholeRun())
		}
	}
	slices.SortFunc(runs, func(a, b Run) int { return cmp.Compare(a.First.Position, b.First.Position) })
	return runs
}

func (r *Replay) current() []Current {
	var list []Current
	for _, t := range r.tracks {
		if t.known {
			list = append(list, Current{t.TopicPartition, t.last.commit()})
		}
	}
	slices.SortFunc(list, func(a, b Current) int { return a.TopicPartition.Compare(b.TopicPartition) })
	return list
}
