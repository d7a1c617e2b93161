package explain

import (
	"cmp"
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
	from *history.Member
	// lostAt is when the partition was taken from it, lost the place in the offset log.
	lostAt time.Time
	lost   int64
	// to is the next owner, nil while there is none; it may be the same again. The
	// partition was given to it at givenAt, given is the place in the offset log.
	to      *history.Member
	givenAt time.Time
	given   int64
	// kept says that the owner has it still, and only had to begin anew at its
	// commit, as eager assignors have it.
	kept bool
}

// loser is an owner at the moment at which it lost partitions.
type loser struct {
	member string
	at     int64 // position in the offset log
}

func (h handOver) loser() loser { return loser{h.from.ID, h.lost} }

// newest keeps the newest hand-overs of any number.
type newest struct {
	list    []handOver
	omitted int
}

func (n *newest) add(h handOver) {
	n.list = append(n.list, h)
	if len(n.list) >= 16*maxCandidates {
		n.trim()
	}
}

// trim puts the newest first; of the same time, what was added first.
func (n *newest) trim() {
	slices.SortStableFunc(n.list, func(a, b handOver) int { return b.lostAt.Compare(a.lostAt) })
	if more := len(n.list) - maxCandidates; more > 0 {
		n.list, n.omitted = n.list[:maxCandidates], n.omitted+more
	}
}

// handOvers are the newest that the history knows, newest first, and how many
// more there are.
func (p past) handOvers() ([]handOver, int) {
	var all newest
	for _, at := range p.partitions() {
		all.follow(p.moves[at])
	}
	p.eager(&all)
	all.trim()
	return all.list, all.omitted
}

// follow follows one partition from owner to owner.
func (n *newest) follow(moves []*history.Move) {
	var open *handOver
	for _, m := range moves {
		if open == nil && m.From != nil {
			open = &handOver{TopicPartition: m.TopicPartition, from: m.From, lostAt: m.At, lost: m.Position}
		}
		if open == nil || m.To == nil {
			continue
		}
		open.to, open.givenAt, open.given = m.To, m.At, m.Position
		n.add(*open)
		open = nil
	}
	if open != nil {
		n.add(*open)
	}
}

// eager are the partitions that a classic member kept through a rebalance with an
// assignor that takes all of them away first (every one but those of KIP-429): it
// begins again at the commit, too.
func (p past) eager(all *newest) {
	for i := range p.Rebalances {
		r := &p.Rebalances[i]
		if r.Protocol != history.Classic || !r.PreviousKnown || r.Unnumbered || strings.Contains(r.Assignor, "cooperative") {
			continue // of an unnumbered one it is not known whether the others noticed
		}
		had := map[string][]inspect.TopicPartition{}
		for _, m := range r.Previous {
			had[m.ID] = m.Assignment
		}
		for i := range r.Members {
			all.keep(&r.Members[i], had[r.Members[i].ID], r)
		}
	}
}

// cooperative reports whether the rebalance at a place in the offset log let its
// members go on consuming (KIP-429): they commit as it begins, and may consume
// more before their partitions are taken.
func (p past) cooperative(position int64) bool {
	i, found := slices.BinarySearchFunc(p.Rebalances, position, func(r history.Rebalance, position int64) int {
		return cmp.Compare(r.Position, position)
	})
	return found && strings.Contains(p.Rebalances[i].Assignor, "cooperative")
}

// keep adds the partitions that a member had before a rebalance and has after it.
func (n *newest) keep(m *history.Member, had []inspect.TopicPartition, r *history.Rebalance) {
	for _, at := range m.Assignment {
		if _, kept := slices.BinarySearchFunc(had, at, inspect.TopicPartition.Compare); kept {
			n.add(handOver{
				TopicPartition: at, from: m, lostAt: r.At, lost: r.Position, to: m, givenAt: r.At, given: r.Position, kept: true,
			})
		}
	}
}

// fate is what became of an owner that lost a partition.
type fate int8

const (
	survived fate = iota // it is still in the group
	left                 // it said good-bye
	stalled              // it said good-bye because it had not polled for max.poll.interval.ms
	timedOut             // it was not heard of any more
	cameBack             // the static member is back under another ID
)

// fateOf says what became of the owner.
func (p past) fateOf(h handOver, silence time.Duration) fate {
	if h.kept {
		return survived
	}
	if h.to != nil && h.from.InstanceID != nil && h.to.InstanceID != nil && *h.from.InstanceID == *h.to.InstanceID {
		return cameBack
	}
	for _, c := range p.departures[h.from.ID] {
		if c.At.Sub(h.lostAt).Abs() <= time.Second {
			return fateOfGone(c.Kind, silence, h.from)
		}
	}
	return survived
}

// fateOfGone says what became of a member that is not in the group any more.
func fateOfGone(kind history.MemberChangeKind, silence time.Duration, m *history.Member) fate {
	switch limit := m.RebalanceTimeout; {
	case kind == history.MemberTimedOut:
		return timedOut
	case limit != nil && silence >= nearly(*limit):
		return stalled
	}
	return left
}

// nearly is nine tenths: clocks of brokers and members are not the same.
func nearly(d time.Duration) time.Duration { return d / 10 * 9 }
