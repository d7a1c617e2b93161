package history

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Events is the timeline, the oldest first. A run of commits stands at the time of
// its first.
func (l Log) Events() []Event {
	var events []Event
	for i := range l.Runs {
		events = append(events, l.Runs[i].event())
	}
	for i := range l.Rebalances {
		events = append(events, l.rebalanceEvent(i))
	}
	for i := range l.Members {
		events = append(events, l.Members[i].event())
	}
	for i := range l.Moves {
		events = append(events, l.Moves[i].event())
	}
	for i := range l.Deletions {
		events = append(events, l.Deletions[i].event())
	}
	for i := range l.Aborted {
		events = append(events, l.Aborted[i].event())
	}
	for i := range l.Pending {
		events = append(events, l.Pending[i].event())
	}
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Position, b.Position))
	})
	return events
}

func (r *Run) event() Event {
	e := Event{
		At: r.First.At, Kind: EventKind(r.Kind), Partition: &r.TopicPartition, From: r.From, To: &r.Last.Offset,
		Count: r.Count, Interval: r.Interval(), Generation: r.Generation,
		Transactional: r.First.Transactional, Position: r.First.Position,
	}
	if r.Count > 1 {
		e.Until = &r.Last.At
	}
	if e.From == nil && r.Count > 1 {
		e.From = &r.First.Offset
	}
	e.Detail = r.detail()
	return e
}

// detail says what is known about who committed, which the log does not record.
func (r *Run) detail() string {
	switch {
	case r.Last.Offset < 0:
		return "the offset is negative: it counts as no commit"
	case r.Kind == RunRewind && r.Membership == MembersNone:
		return "while the group had no members: a reset, or a consumer that assigned itself the partition"
	case r.Kind == RunRewind && r.Membership == MembersSome:
		return "by a member: the group had members"
	case r.Kind == RunForward:
		return "while the group had no members: a reset"
	case r.Count > 1 && r.First.Offset == r.Last.Offset:
		return "the same offset again and again: nothing was read"
	}
	return ""
}

func (l Log) rebalanceEvent(i int) Event {
	b := &l.Rebalances[i]
	e := Event{At: b.At, Kind: EventRebalance, Count: 1, Position: b.Position}
	if !b.Unnumbered {
		e.Generation = &b.Generation
	}
	e.Detail = countOf(len(b.Members), "member")
	if b.Assignor != "" {
		e.Detail += ", " + b.Assignor
	}
	if len(b.Members) == 0 {
		e.Detail = "the last member has gone"
	}
	if i == 0 || b.Protocol != Classic || l.Rebalances[i-1].Protocol != Classic || !l.isComplete(l.Rebalances[i-1].At) {
		return e
	}
	if missing := int(b.Generation) - int(l.Rebalances[i-1].Generation) - 1; missing > 0 {
		e.Detail += "; " + countOf(missing, "generation") + " before it came to nothing"
	}
	return e
}

func (l Log) isComplete(at time.Time) bool {
	return l.CompleteSince != nil && !at.Before(*l.CompleteSince)
}

func countOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func (c *MemberChange) event() Event {
	e := Event{
		At: c.At, Kind: EventKind(c.Kind), Count: 1, Generation: c.Generation, MemberID: &c.Member.ID, Position: c.Position,
		Detail: c.Member.who(),
	}
	if c.Kind == MemberJoined {
		return e
	}
	e.Detail += "; " + string(c.Confidence)
	if c.Silence != nil {
		e.Detail += fmt.Sprintf(", %s after its last commit", c.Silence.Round(time.Millisecond))
	}
	if c.Kind == MemberTimedOut && c.Member.SessionTimeout != nil {
		e.Detail += fmt.Sprintf(", session timeout %s", *c.Member.SessionTimeout)
	}
	return e
}

// who is "consumer-1 on /10.0.0.1".
func (m *Member) who() string {
	who := m.ClientID
	if m.InstanceID != nil {
		who += " (static: " + *m.InstanceID + ")"
	}
	if m.Host != "" {
		who += " on " + m.Host
	}
	return who
}

func (m *Move) event() Event {
	e := Event{At: m.At, Kind: EventAssigned, Partition: &m.TopicPartition, Count: 1, Generation: m.Generation, Position: m.Position}
	switch {
	case m.To == nil:
		e.Kind, e.MemberID, e.Detail = EventRevoked, &m.From.ID, "from "+m.From.who()
	case m.From == nil:
		e.MemberID, e.Detail = &m.To.ID, "to "+m.To.who()
	default:
		e.MemberID, e.Detail = &m.To.ID, "to "+m.To.who()+", from "+m.From.who()+" ("+m.From.ID+")"
	}
	return e
}

func (d *Deletion) event() Event {
	e := Event{At: d.At, Kind: EventKind(d.Kind), Partition: d.Partition, Count: 1, Detail: d.Detail, Position: d.Position}
	if d.Last != nil {
		e.From = &d.Last.Offset
	}
	return e
}

func (c *TransactionalCommit) event() Event {
	e := Event{
		At: c.At, Kind: EventTransactionPending, Partition: &c.TopicPartition, To: &c.Offset, Count: 1, Transactional: true,
		Detail: fmt.Sprintf("producer %d: no end of the transaction was read", c.ProducerID), Position: c.Position,
	}
	if c.AbortedAt != nil {
		e.At, e.Kind, e.Detail = *c.AbortedAt, EventTransactionAborted, fmt.Sprintf("producer %d", c.ProducerID)
	}
	return e
}
