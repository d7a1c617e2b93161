package history

import (
	"reflect"

	"github.com/kofs/kofs/inspect/records"
)

// takeClassic deals with the metadata of a classic group.
func (r *Replay) takeClassic(record *records.Record) error {
	if record.Value == nil {
		r.groupGone(record)
		return nil
	}
	v, err := parseGroupValue(record.Value)
	if err != nil {
		return err
	}
	r.groupStays(record)
	if v.protocolType == "" && len(v.members) == 0 { // a group that never had a member
		r.setMembership(record, nil)
		r.now = nil
		r.log.Last = &Rebalance{At: recordTime(record), Position: record.Offset, Protocol: Classic, Generation: v.generation}
		return nil
	}
	r.rebalance(record, Rebalance{
		At: recordTime(record), Position: record.Offset, Protocol: Classic, Generation: v.generation,
		ProtocolType: v.protocolType, Assignor: v.protocol, Members: v.members,
	})
	return nil
}

// rebalance deals with a generation of a classic group. A static member that comes
// back under a new ID has the generation written again.
func (r *Replay) rebalance(record *records.Record, b Rebalance) {
	b.PreviousKnown = r.membership != MembersUnknown
	if r.now != nil {
		b.Previous = r.now.Members
	}
	again := r.now != nil && r.now.Protocol == Classic && r.now.Generation == b.Generation && !b.Unnumbered
	if again && reflect.DeepEqual(r.now.Members, b.Members) {
		return
	}
	r.now = &b
	r.compare(record, b)
	r.managed = true
	r.setMembership(record, b.Members)
	r.log.Last = &b
	if !again {
		r.keepRebalance(b)
	}
}

func (r *Replay) keepRebalance(b Rebalance) {
	gone, n := r.rebalances.add(b, b.cost())
	r.forgot(n, gone.At)
}

// cost is what a rebalance takes in memory, roughly.
func (b *Rebalance) cost() int64 {
	cost := int64(256)
	for i := range b.Members {
		m := &b.Members[i]
		cost += 256 + int64(len(m.ID)+len(m.ClientID)+len(m.Host)) + 24*int64(len(m.Topics)) + 40*int64(len(m.Assignment))
		for _, topic := range m.Topics {
			cost += int64(len(topic))
		}
	}
	return cost
}

// setMembership notes who is in the group from this record on.
func (r *Replay) setMembership(record *records.Record, members []Member) {
	r.seq++
	if len(members) > 0 {
		r.membership, r.emptySince = MembersSome, nil
		return
	}
	if r.membership != MembersNone {
		r.emptySince = new(recordTime(record))
	}
	r.membership = MembersNone
}
