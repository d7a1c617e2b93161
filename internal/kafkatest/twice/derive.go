package twice

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// session is one worker going forward through a partition.
type session struct {
	Partition
	events []kafkatest.WorkerEvent
}

func (s session) start() time.Time { return s.events[0].At }

// topicLog is what the truth needs of a partition's log.
type topicLog struct {
	logStart, end int64
	appended      []time.Time // of the records, from logStart on
}

// endAt is the first offset that was appended after a time.
func (l topicLog) endAt(at time.Time) int64 {
	for i, t := range l.appended {
		if t.After(at) {
			return l.logStart + int64(i)
		}
	}
	return l.end
}

// sessions cuts the workers' logs where one goes back, or is given a partition or
// loses it; by start.
func sessions(logs [][]kafkatest.WorkerEvent) (all []session) {
	for _, log := range logs {
		all = append(all, cut(log)...)
	}
	slices.SortStableFunc(all, func(a, b session) int { return a.start().Compare(b.start()) })
	return all
}

func cut(log []kafkatest.WorkerEvent) (all []session) {
	open := map[Partition]int{} // index of the session that goes on
	for _, e := range log {
		if e.Kind != "record" {
			maps.DeleteFunc(open, func(p Partition, _ int) bool { return speaksOf(e, p) })
			continue
		}
		p := Partition{e.Topic, e.Partition}
		i, ok := open[p]
		if !ok || all[i].events[len(all[i].events)-1].Offset >= e.Offset {
			i = len(all)
			all = append(all, session{Partition: p})
			open[p] = i
		}
		all[i].events = append(all[i].events, e)
	}
	return all
}

// speaksOf is true for an event whose list of partitions has this one.
func speaksOf(e kafkatest.WorkerEvent, p Partition) bool {
	name := fmt.Sprintf("%s-%d", p.Topic, p.Partition)
	return slices.Contains(strings.Split(e.Detail, ","), name)
}

// handOvers are the sessions that repeat what a session that began before them
// was also given.
func handOvers(all []session, log offsetLog, topics map[Partition]topicLog) (found []HandOver) {
	seen := map[place]bool{}
	for i, s := range all {
		var repeated []int64
		for _, e := range s.events {
			at := place{s.Partition, e.Offset}
			if seen[at] {
				repeated = append(repeated, e.Offset)
			}
			seen[at] = true
		}
		if len(repeated) > 0 {
			found = append(found, handOver(s, lastBefore(all[:i], s), repeated, log, topics[s.Partition]))
		}
	}
	return found
}

// lastBefore is when a partition was processed last before a session began.
func lastBefore(all []session, s session) (last time.Time) {
	for _, other := range all {
		for _, e := range other.events {
			if other.Partition == s.Partition && e.At.Before(s.start()) && e.At.After(last) {
				last = e.At
			}
		}
	}
	return last
}

// handOver is that of a session. Without a turn since the partition was processed
// last, the consumer went back by itself, when it did.
func handOver(s session, before time.Time, repeated []int64, log offsetLog, topic topicLog) HandOver {
	h := HandOver{Partition: s.Partition, At: log.lastTurn(s.Partition, s.start()), Repeated: repeated}
	if h.At.Before(before) {
		h.At = s.start()
	}
	h.Start, h.LogEnd = topic.logStart, topic.endAt(h.At)
	if c := log.inForce(s.Partition, s.start(), s.events[0].Offset); c != nil && *c >= topic.logStart && *c <= topic.endAt(s.start()) {
		h.Committed, h.Start = c, *c
	}
	return h
}

// copies are the records with a key that a partition has several times, if the
// group was given them.
func copies(all []session) (found []Copy) {
	type content struct {
		Partition
		key string
	}
	offsets := map[content]map[int64]bool{}
	for _, s := range all {
		for _, e := range s.events {
			c := content{s.Partition, e.Key}
			if offsets[c] == nil {
				offsets[c] = map[int64]bool{}
			}
			offsets[c][e.Offset] = true
		}
	}
	for c, at := range offsets {
		if len(at) < 2 {
			continue
		}
		equal := Copy{Partition: c.Partition}
		for offset := range at {
			equal.Offsets = append(equal.Offsets, offset)
		}
		slices.Sort(equal.Offsets)
		found = append(found, equal)
	}
	slices.SortFunc(found, func(a, b Copy) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition.Partition, b.Partition.Partition), cmp.Compare(a.Offsets[0], b.Offsets[0]))
	})
	return found
}

// pace is how many records a second were processed of each partition, in the
// sessions' own time.
func pace(all []session) map[Partition]float64 {
	records, seconds := map[Partition]float64{}, map[Partition]float64{}
	for _, s := range all {
		last := s.events[len(s.events)-1]
		records[s.Partition] += float64(len(s.events) - 1)
		seconds[s.Partition] += last.At.Sub(s.start()).Seconds()
	}
	paces := map[Partition]float64{}
	for p, n := range records {
		if seconds[p] > 0 {
			paces[p] = n / seconds[p]
		}
	}
	return paces
}
