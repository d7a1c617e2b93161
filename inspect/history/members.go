package history

import (
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// owner is who had a partition last, and since which record.
type owner struct {
	member   *Member
	position int64
	holds    bool // false once it was taken away
}

// brief is a member without the lists, for entries that only name it.
func (m Member) brief() *Member {
	m.Topics, m.Assignment = nil, nil
	return &m
}

// compare finds who came, who went and which partitions moved with a generation.
func (r *Replay) compare(record *records.Record, b Rebalance) {
	before, after := ids(b.Previous), ids(b.Members)
	generation := r.generation()
	for _, m := range b.Previous {
		if after[m.ID] == nil {
			r.keepMember(r.departure(record, m, generation))
		}
	}
	for _, m := range b.Members {
		if b.PreviousKnown && before[m.ID] == nil {
			r.keepMember(MemberChange{At: b.At, Position: b.Position, Kind: MemberJoined, Confidence: Certain, Generation: generation, Member: m})
		}
	}
	r.moveAll(record, b, generation)
}

func ids(members []Member) map[string]*Member {
	byID := make(map[string]*Member, len(members))
	for i := range members {
		byID[members[i].ID] = &members[i]
	}
	return byID
}

// moveAll gives every partition of the generation to its member, and takes from
// theirs those that have none any more.
func (r *Replay) moveAll(record *records.Record, b Rebalance, generation *int32) {
	given := map[inspect.TopicPartition]bool{}
	for _, m := range b.Members {
		to := m.brief()
		for _, p := range m.Assignment {
			given[p] = true
			r.give(record, p, to, generation, b.PreviousKnown)
		}
	}
	for _, m := range b.Previous {
		for _, p := range m.Assignment {
			if !given[p] {
				r.takeAway(record, p, generation)
			}
		}
	}
}

// give notes that a member has a partition; tell is false when it may have had it before.
func (r *Replay) give(record *records.Record, p inspect.TopicPartition, to *Member, generation *int32, tell bool) {
	had, known := r.owners[p]
	if known && had.holds && had.member.ID == to.ID {
		return
	}
	if !known && len(r.owners) == maxTracked {
		r.log.Dropped++
		return
	}
	r.owners[p] = owner{member: to, position: record.Offset, holds: true}
	if tell {
		r.move(record, Move{TopicPartition: p, From: had.member, To: to, Generation: generation})
	}
}

// takeAway notes that a partition has no member any more.
func (r *Replay) takeAway(record *records.Record, p inspect.TopicPartition, generation *int32) {
	had, known := r.owners[p]
	if !known || !had.holds {
		return
	}
	had.holds = false
	r.owners[p] = had
	r.move(record, Move{TopicPartition: p, From: had.member, Generation: generation})
}

func (r *Replay) move(record *records.Record, m Move) {
	m.At, m.Position = recordTime(record), record.Offset
	gone, n := r.moves.add(m, 240)
	r.forgot(n, gone.At)
	r.endRun(r.byPlace[m.TopicPartition])
}

func (r *Replay) keepMember(c MemberChange) {
	gone, n := r.members.add(c, 512+40*int64(len(c.Member.Assignment)))
	r.forgot(n, gone.At)
}

// departure is a member that is gone, with what its partitions tell about how.
func (r *Replay) departure(record *records.Record, m Member, generation *int32) MemberChange {
	c := MemberChange{At: recordTime(record), Position: record.Offset, Generation: generation, Member: m}
	for _, p := range m.Assignment {
		had := r.owners[p]
		if had.member == nil || had.member.ID != m.ID {
			continue
		}
		last, interval := r.byPlace[p].lastSince(had.position)
		if last != nil && (c.LastCommit == nil || last.At.After(c.LastCommit.At)) {
			c.LastCommit, c.Interval = last, interval
		}
	}
	if c.LastCommit != nil {
		c.Silence = new(max(0, c.At.Sub(c.LastCommit.At)))
	}
	c.Kind, c.Confidence = c.guess()
	if r.sampling { // commits that repeat an offset are not seen
		c.Kind, c.Confidence = MemberLeft, Possible
	}
	return c
}

// usualSession is session.timeout.ms and group.consumer.session.timeout.ms unless
// set; slack is how long a rebalance usually takes once a member is missed.
const (
	usualSession = 45 * time.Second
	slack        = 10 * time.Second
)

// guess says whether a member left or timed out. A commit counts as a sign of life,
// so who was silent for less than the session timeout cannot have timed out; who
// used to commit more often than that and was silent for longer probably did.
func (c *MemberChange) guess() (MemberChangeKind, Confidence) {
	switch session := c.Member.SessionTimeout; {
	case c.Silence == nil:
		return MemberLeft, Possible
	case session != nil && *c.Silence < *session:
		return MemberLeft, Likely
	case c.Interval == nil:
		return MemberLeft, Possible
	case session != nil && *c.Interval < *session && *c.Silence <= *session+*c.Interval+slack:
		return MemberTimedOut, Likely
	case session == nil && *c.Silence <= max(2**c.Interval, time.Second):
		return MemberLeft, Likely
	case session == nil && *c.Interval < usualSession && *c.Silence >= usualSession:
		return MemberTimedOut, Likely
	}
	return MemberTimedOut, Possible
}
