package history

import (
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// track is one partition of the group, as far as the replay has come.
type track struct {
	inspect.TopicPartition
	key      string // of its commits, without the type
	next     *track // the one whose commit came after this one's, the last time
	run      *Run   // the one that goes on, without its Last and Advanced; nil if none
	last     point  // what is committed, if known; the last of run
	advanced point  // of run
	// known is false before the first commit, and after a deletion.
	known bool
	seq   int64 // the replay's when run was begun
}

// takeCommit deals with a commit, or with the tombstone of one.
func (r *Replay) takeCommit(record *records.Record) error {
	t, err := r.track(record.Key)
	if err != nil || t == nil {
		return err
	}
	if record.Value == nil {
		r.takeTombstone(record, t)
		return nil
	}
	var v commitValue
	if err := v.parse(record.Value); err != nil {
		return err
	}
	r.flushDeletions()
	r.learn(v.topic, t.Topic)
	transactional := record.Transactional && record.ProducerID != nil
	p := v.point(record.Offset, transactional, t.last)
	if transactional {
		r.hold(record, t, p)
		return nil
	}
	r.commit(t, p)
	return nil
}

// track is the partition that a key of a commit names; nil when there are too
// many, which are then left out. Consumers commit the same partitions in the same
// order again and again: the one that followed last time is tried first.
func (r *Replay) track(key []byte) (t *track, err error) {
	before := r.latest
	if before != nil && before.next != nil && before.next.key == string(key[2:]) {
		t = before.next
	} else if t, err = r.findTrack(key); t != nil && before != nil {
		before.next = t
	}
	if t != nil {
		r.latest = t
	}
	return t, err
}

// findTrack looks the track up, and makes one where there is none.
func (r *Replay) findTrack(key []byte) (*track, error) {
	if t := r.tracks[string(key[2:])]; t != nil {
		return t, nil
	}
	k, err := ParseKey(key)
	if err != nil {
		return nil, err
	}
	if len(r.tracks) == maxTracked {
		r.log.Dropped++
		return nil, nil
	}
	t := &track{TopicPartition: k.Partition, key: string(key[2:])}
	r.tracks[t.key], r.byPlace[k.Partition] = t, t
	return t, nil
}

// commit makes p the partition's committed offset.
func (r *Replay) commit(t *track, p point) {
	kind := r.kindOf(t, p)
	if t.goesOn(r.seq, kind, p) {
		t.extend(p)
	} else {
		r.endRun(t)
		r.beginRun(t, kind, p)
	}
	t.last, t.known = p, true
}

// kindOf says what p does to the partition.
func (r *Replay) kindOf(t *track, p point) RunKind {
	switch {
	case t.known && p.offset < t.last.offset:
		return RunRewind
	case t.known && p.offset > t.last.offset && r.managed && r.membership == MembersNone:
		return RunForward
	}
	return RunCommit
}

// goesOn reports whether p belongs to the run that is there.
func (t *track) goesOn(seq int64, kind RunKind, p point) bool {
	return t.run != nil && t.seq == seq && kind == RunCommit && t.run.Kind == RunCommit &&
		t.last.transactional == p.transactional
}

func (t *track) extend(p point) {
	run := t.run
	run.LastGap = gap(t.last, p)
	run.MaxGap = max(run.MaxGap, run.LastGap)
	run.Count++
	if p.offset != t.last.offset {
		t.advanced = p
	}
}

func (r *Replay) beginRun(t *track, kind RunKind, p point) {
	t.seq, t.advanced = r.seq, p
	t.run = &Run{TopicPartition: t.TopicPartition, Kind: kind, First: p.commit(), Count: 1, Generation: r.generation(), Membership: r.membership}
	if t.known {
		t.run.From = new(t.last.offset)
	}
}

// wholeRun is the run as far as it goes.
func (t *track) wholeRun() Run {
	run := *t.run
	run.Last, run.Advanced = t.last.commit(), t.advanced.commit()
	return run
}

// endRun puts the partition's run away: the next commit begins another.
func (r *Replay) endRun(t *track) {
	if t == nil || t.run == nil {
		return
	}
	run := t.wholeRun()
	t.run = nil
	gone, n := r.runs.add(run, run.cost())
	r.forgot(n, gone.Last.At)
}

// cost is what a run takes in memory, roughly.
func (r *Run) cost() int64 {
	return 480 + int64(len(r.First.Metadata)+len(r.Last.Metadata)+len(r.Advanced.Metadata))
}

// lastSince is the partition's last commit if it was written after a position, and
// the mean time between commits.
func (t *track) lastSince(position int64) (*Commit, *time.Duration) {
	if t == nil || !t.known || t.last.position <= position {
		return nil, nil
	}
	var interval *time.Duration
	if t.run != nil {
		interval = t.wholeRun().Interval()
	}
	return new(t.last.commit()), interval
}

// learn notes the name of a topic's ID, which assignments of KIP-848 groups need.
func (r *Replay) learn(id inspect.TopicID, name string) {
	if id == r.learned || id == (inspect.TopicID{}) || len(r.topics) == maxTracked {
		return
	}
	r.topics[id], r.learned = name, id
	if r.unnamed[id] {
		delete(r.unnamed, id)
		r.rename(id.String(), name)
	}
}

// rename gives a topic its name where only its ID was known.
func (r *Replay) rename(id, name string) {
	for p, o := range r.owners {
		if p.Topic == id {
			delete(r.owners, p)
			r.owners[inspect.TopicPartition{Topic: name, Partition: p.Partition}] = o
		}
	}
	for i := range r.moves.entries {
		if m := &r.moves.entries[i]; m.Topic == id {
			m.Topic = name
		}
	}
	for _, b := range r.rebalances.entries {
		for _, m := range b.Members {
			renameAll(m.Assignment, id, name)
		}
	}
	for _, m := range r.group848.members {
		renameAll(m.target, id, name)
		renameAll(m.current, id, name)
	}
}

// renameAll changes the list in place, and puts it in order again.
func renameAll(list []inspect.TopicPartition, id, name string) {
	for i := range list {
		if list[i].Topic == id {
			list[i].Topic = name
		}
	}
	slices.SortFunc(list, inspect.TopicPartition.Compare)
}
