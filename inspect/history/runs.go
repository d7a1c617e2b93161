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
	run  *Run   // the one that goes on; nil if none
	last Commit // what is committed, if known
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
	v, err := parseCommitValue(record.Value)
	if err != nil {
		return err
	}
	r.flushDeletions()
	r.learn(v.topic, t.Topic)
	c := v.commit(record.Offset, &t.last)
	if record.Transactional && record.ProducerID != nil {
		c.Transactional = true
		r.hold(record, t, c)
		return nil
	}
	r.commit(t, c)
	return nil
}

// track is the partition that a key of a commit names; nil when there are too
// many, which are then left out.
func (r *Replay) track(key []byte) (*track, error) {
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
	t := &track{TopicPartition: k.Partition}
	r.tracks[string(key[2:])], r.byPlace[k.Partition] = t, t
	return t, nil
}

// commit makes c the partition's committed offset.
func (r *Replay) commit(t *track, c Commit) {
	kind := r.kindOf(t, c)
	if !t.goesOn(r.seq, kind, c) {
		r.endRun(t)
		t.seq = r.seq
		t.run = &Run{TopicPartition: t.TopicPartition, Kind: kind, First: c, Advanced: c, Generation: r.generation(), Membership: r.membership}
		if t.known {
			t.run.From = new(t.last.Offset)
		}
	}
	t.extend(c)
	t.last, t.known = c, true
}

// kindOf says what c does to the partition.
func (r *Replay) kindOf(t *track, c Commit) RunKind {
	switch {
	case t.known && c.Offset < t.last.Offset:
		return RunRewind
	case t.known && c.Offset > t.last.Offset && r.managed && r.membership == MembersNone:
		return RunForward
	}
	return RunCommit
}

// goesOn reports whether c belongs to the run that is there.
func (t *track) goesOn(seq int64, kind RunKind, c Commit) bool {
	return t.run != nil && t.seq == seq && kind == RunCommit && t.run.Kind == RunCommit &&
		t.run.First.Transactional == c.Transactional
}

func (t *track) extend(c Commit) {
	run := t.run
	if run.Count > 0 {
		run.LastGap = c.At.Sub(run.Last.At)
		run.MaxGap = max(run.MaxGap, run.LastGap)
		if c.Offset != run.Last.Offset {
			run.Advanced = c
		}
	}
	run.Last = c
	run.Count++
}

// endRun puts the partition's run away: the next commit begins another.
func (r *Replay) endRun(t *track) {
	if t == nil || t.run == nil {
		return
	}
	run := t.run
	t.run = nil
	gone, n := r.runs.add(*run, run.cost())
	r.forgot(n, gone.Last.At)
}

// cost is what a run takes in memory, roughly.
func (r *Run) cost() int64 {
	return 480 + int64(len(r.First.Metadata)+len(r.Last.Metadata)+len(r.Advanced.Metadata))
}

// lastSince is the partition's last commit if it was written after a position, and
// the mean time between commits.
func (t *track) lastSince(position int64) (*Commit, *time.Duration) {
	if t == nil || !t.known || t.last.Position <= position {
		return nil, nil
	}
	var interval *time.Duration
	if t.run != nil {
		interval = t.run.Interval()
	}
	return new(t.last), interval
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
