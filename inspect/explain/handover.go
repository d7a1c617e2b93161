package explain

import (
	"slices"
	"strings"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

// handOver is a partition that an owner lost: what it had processed and not
// committed is consumed again by whoever has it next.
type handOver struct {
	inspect.TopicPartition
	from history.Member
	// lostAt is when the partition was taken from it, lost the place in the offset log.
	lostAt time.Time
	lost   int64
	// to is the next owner, nil while there is none; it may be the same again.
	to      *history.Member
	givenAt time.Time
	given   int64
	// reset to its commit though it kept the partition, as eager assignors have it.
	kept bool
}

// loser is an owner at the moment at which it lost partitions.
type loser struct {
	member string
	at     int64 // position in the offset log
}

func (h handOver) loser() loser { return loser{h.from.ID, h.lost} }

// handOvers are all that the history knows.
func (p past) handOvers() []handOver {
	var all []handOver
	for _, at := range p.partitions() {
		all = append(all, handOversOf(p.moves[at])...)
	}
	return append(all, p.eager()...)
}

// handOversOf follows one partition from owner to owner.
func handOversOf(moves []history.Move) (all []handOver) {
	var open *handOver
	for _, m := range moves {
		if open == nil && m.From != nil {
			open = &handOver{TopicPartition: m.TopicPartition, from: *m.From, lostAt: m.At, lost: m.Position}
		}
		if open == nil || m.To == nil {
			continue
		}
		open.to, open.givenAt, open.given = m.To, m.At, m.Position
		all = append(all, *open)
		open = nil
	}
	if open != nil {
		all = append(all, *open)
	}
	return all
}

// eager are the partitions that a classic member kept through a rebalance with an
// assignor that takes all of them away first (every one but those of KIP-429): it
// begins again at the commit, too.
func (p past) eager() (all []handOver) {
	for i, r := range p.Rebalances {
		if r.Protocol != history.Classic || !r.PreviousKnown || strings.Contains(r.Assignor, "cooperative") {
			continue
		}
		if i > 0 && p.Rebalances[i-1].Generation == r.Generation {
			continue // a static member came back under another ID: nobody else noticed
		}
		for _, m := range r.Members {
			all = append(all, keptBy(m, r)...)
		}
	}
	return all
}

func keptBy(m history.Member, r history.Rebalance) (all []handOver) {
	i := slices.IndexFunc(r.Previous, func(before history.Member) bool { return before.ID == m.ID })
	if i < 0 {
		return nil
	}
	for _, at := range m.Assignment {
		if slices.Contains(r.Previous[i].Assignment, at) {
			all = append(all, handOver{
				TopicPartition: at, from: m, lostAt: r.At, lost: r.Position, to: &m, givenAt: r.At, given: r.Position, kept: true,
			})
		}
	}
	return all
}

// fate is what became of an owner that lost a partition.
type fate int8

const (
	fateUnknown  fate = iota
	survived          // it is still in the group
	left              // it said good-bye
	stalled           // it said good-bye because it had not polled for max.poll.interval.ms
	timedOut          // it was not heard of any more
	cameBack          // the static member is back within its session
	lastOneTaken      // it was there when the group was deleted
)

// fateOf says what became of the owner.
func (p past) fateOf(h handOver, silence time.Duration) fate {
	if h.kept {
		return survived
	}
	if h.to != nil && h.from.InstanceID != nil && h.to.InstanceID != nil && *h.from.InstanceID == *h.to.InstanceID {
		return cameBack
	}
	for _, c := range p.Members {
		if c.Member.ID != h.from.ID || c.Kind == history.MemberJoined || c.At.Sub(h.lostAt).Abs() > time.Second {
			continue
		}
		switch limit := h.from.RebalanceTimeout; {
		case c.Kind == history.MemberTimedOut && !stalledFor(silence, limit, h.from.SessionTimeout):
			return timedOut
		case limit != nil && silence >= *limit*9/10:
			return stalled
		}
		return left
	}
	return survived
}

// stalledFor reports whether a silence speaks for max.poll.interval.ms rather than
// for the session timeout.
func stalledFor(silence time.Duration, limit, session *time.Duration) bool {
	return limit != nil && session != nil && *limit < *session && silence >= *limit*9/10 && silence < *session*9/10
}
