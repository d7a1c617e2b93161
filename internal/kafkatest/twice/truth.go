package twice

import (
	"slices"
	"time"
)

// Partition is one partition of a topic.
type Partition struct {
	Topic     string
	Partition int32
}

// Truth is what really happened to a group.
type Truth struct {
	Scenario, Group string
	// Cause is what `kofs explain` is to name; empty in a quiet scenario, in which
	// it is to claim nothing. Also are other names for it that are not wrong.
	Cause string
	Also  []string
	// HandOvers are the moments from which on records were processed again.
	HandOvers []HandOver
	// Copies are records of equal content at several offsets of a partition, all of
	// which the group processed; offsets ascending. The cause lies with the producer.
	Copies []Copy
	// CommitInterval is how often the consumers committed, zero if not by the clock.
	CommitInterval time.Duration
	// CommitRecords is how many records were processed from commit to commit where
	// the consumers committed after each poll, zero if they did not.
	CommitRecords int
	// Pace is how many records a second the group processed of a partition.
	Pace map[Partition]float64
	// Processed is how often a record was given to the application.
	Processed int
}

// HandOver is a consumer beginning at an offset of a partition that was processed
// before: another consumer, or the same after a rebalance.
type HandOver struct {
	Partition
	At time.Time // of the last record in the offset log, before it began, that lets it begin
	// Committed is the group's commit when it began, nil without one or with one
	// outside the log.
	Committed *int64
	// Start is where it began: Committed, or where auto.offset.reset sent it.
	Start int64
	// LogEnd is the first offset that was written after At, or the end of the log.
	LogEnd int64
	// Repeated are the offsets that were processed before and again; ascending.
	Repeated []int64
}

// Copy is one record that lies at several offsets.
type Copy struct {
	Partition
	Offsets []int64
}

// Twice is the number of records that were processed again: each counts once a
// partition and offset, a copy for every offset beyond its first.
func (t Truth) Twice() int {
	n := len(t.repeated())
	for _, c := range t.Copies {
		n += len(c.Offsets) - 1
	}
	return n
}

// place is one offset of a partition.
type place struct {
	Partition
	offset int64
}

// repeated are all places that were processed again, each once.
func (t Truth) repeated() []place {
	seen := map[place]bool{}
	var all []place
	for _, h := range t.HandOvers {
		for _, offset := range h.Repeated {
			at := place{h.Partition, offset}
			if !seen[at] {
				seen[at] = true
				all = append(all, at)
			}
		}
	}
	return all
}

// sameMoment is within how long of each other hand-overs cannot be told apart by
// the time that a window names.
const sameMoment = time.Second

// handOver is the one of a partition that a window speaks of: the nearest in time;
// of several at about the same moment the one that the window holds most of; nil if
// the partition has none.
func (t Truth) handOver(w Window) *HandOver {
	var nearest, best *HandOver
	for i, h := range t.HandOvers {
		if h.Partition == w.at() && (nearest == nil || h.distance(w) < nearest.distance(w)) {
			nearest = &t.HandOvers[i]
		}
	}
	for i, h := range t.HandOvers {
		if h.Partition == w.at() && h.distance(w) <= nearest.distance(w)+sameMoment && (best == nil || h.heldBy(w) > best.heldBy(w)) {
			best = &t.HandOvers[i]
		}
	}
	if best != nil && best.heldBy(w) > nearest.heldBy(w) {
		return best
	}
	return nearest
}

// isElsewhen reports whether the window is about a moment at which its partition was
// not handed over: to the one who had it, for example.
func (t Truth) isElsewhen(w Window) bool {
	h := t.handOver(w)
	return h != nil && h.distance(w) > sameMoment
}

func (h HandOver) distance(w Window) time.Duration { return h.At.Sub(w.At).Abs() }

// heldBy is how many of the repeated offsets lie within a window.
func (h HandOver) heldBy(w Window) int { return countIf(h.Repeated, w.holds) }

// accepts is true for a name of the cause that is not wrong.
func (t Truth) accepts(cause string) bool {
	return cause == t.Cause || slices.Contains(t.Also, cause)
}
