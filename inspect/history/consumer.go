package history

import (
	"slices"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// consumerGroup is a KIP-848 group, as far as the replay has come.
type consumerGroup struct {
	members map[string]*consumerMember
	open    *Rebalance     // the epoch whose targets are not all read yet
	changes []MemberChange // wait for the epoch that they bring about
}

type consumerMember struct {
	Member
	target, current []inspect.TopicPartition
}

func (r *Replay) takeTopics(record *records.Record) error {
	if record.Value == nil {
		return nil
	}
	names, err := parseTopics(record.Value)
	for id, name := range names {
		r.learn(id, name)
	}
	return err
}

// takeMember deals with a member that joined, changed its subscription, or is gone.
func (r *Replay) takeMember(record *records.Record, id string) error {
	known := r.group848.members[id]
	if record.Value == nil {
		if known != nil {
			r.takeLeave(record, known)
		}
		return nil
	}
	m, err := parseConsumerMember(id, record.Value)
	if err != nil {
		return err
	}
	r.groupStays(record)
	if known != nil {
		known.Member = m
		return nil
	}
	member := r.member(id)
	if member == nil {
		return nil
	}
	member.Member = m
	c := MemberChange{At: recordTime(record), Position: record.Offset, Kind: MemberJoined, Confidence: Certain, Member: m}
	if r.membership == MembersUnknown { // it may be an old member's new subscription
		c.Confidence = Likely
	}
	r.group848.changes = append(r.group848.changes, c)
	r.setMembership(record, []Member{m})
	r.managed = true
	return nil
}

// member is the member of that ID, a new one if need be; nil when there are too many.
func (r *Replay) member(id string) *consumerMember {
	m := r.group848.members[id]
	if m == nil && len(r.group848.members) < maxTracked {
		m = &consumerMember{Member: Member{ID: id}}
		r.group848.members[id] = m
	}
	if m == nil {
		r.log.Dropped++
	}
	return m
}

func (r *Replay) takeLeave(record *records.Record, m *consumerMember) {
	gone := m.Member
	gone.Assignment = m.current
	r.group848.changes = append(r.group848.changes, r.departure(record, gone, nil))
	for _, p := range m.current {
		r.takeAway(record, p, r.generation())
	}
	delete(r.group848.members, m.ID)
	if len(r.group848.changes) >= maxTracked {
		r.keepChanges(nil)
	}
}

// takeEpoch deals with the group's epoch, which opens a rebalance.
func (r *Replay) takeEpoch(record *records.Record) error {
	if record.Value == nil {
		r.groupGone(record)
		return nil
	}
	epoch, err := parseEpoch(record.Value)
	if err != nil {
		return err
	}
	r.groupStays(record)
	if open := r.group848.open; open != nil && open.Generation == epoch {
		return nil
	}
	r.closeEpoch()
	r.keepChanges(&epoch)
	b := Rebalance{At: recordTime(record), Position: record.Offset, Protocol: Consumer, Generation: epoch, PreviousKnown: r.now != nil}
	if r.now != nil {
		b.Previous = r.now.Members
	}
	r.group848.open = &b
	members := r.group848.list()
	r.now = new(b)
	r.now.Members = members
	r.managed = true
	r.setMembership(record, members)
	return nil
}

// keepChanges puts the members that came and went away, under the epoch.
func (r *Replay) keepChanges(epoch *int32) {
	for _, c := range r.group848.changes {
		c.Generation = epoch
		r.keepMember(c)
	}
	r.group848.changes = nil
}

// takeTargetEpoch deals with the end of a list of targets.
func (r *Replay) takeTargetEpoch(record *records.Record) error {
	if record.Value == nil {
		return nil
	}
	epoch, err := parseEpoch(record.Value)
	if err != nil {
		return err
	}
	if open := r.group848.open; open != nil && open.Generation == epoch {
		r.closeEpoch()
	}
	return nil
}

// closeEpoch puts the open epoch away, with the members and targets of this moment.
func (r *Replay) closeEpoch() {
	open := r.group848.open
	if open == nil {
		return
	}
	open.Members = r.group848.list()
	r.group848.open, r.now, r.log.Last = nil, open, open
	r.keepRebalance(*open)
}

// list is the members with their targets, in the order of their IDs.
func (g *consumerGroup) list() []Member {
	list := make([]Member, 0, len(g.members))
	for _, m := range g.members {
		member := m.Member
		member.Assignment = m.target
		list = append(list, member)
	}
	slices.SortFunc(list, byID)
	return list
}

func (r *Replay) takeTarget(record *records.Record, id string) error {
	if record.Value == nil {
		return nil // the member goes too
	}
	list, err := parseTarget(record.Value)
	if err != nil {
		return err
	}
	if m := r.member(id); m != nil {
		m.target = r.partitions(list)
	}
	return nil
}

// takeCurrent deals with what a member has: this is how partitions change hands.
func (r *Replay) takeCurrent(record *records.Record, id string) error {
	if record.Value == nil {
		return nil // the member's own tombstone follows
	}
	list, err := parseCurrent(record.Value)
	if err != nil {
		return err
	}
	m := r.member(id)
	if m == nil {
		return nil
	}
	generation := r.generation()
	had := m.current
	m.current = r.partitions(list)
	tell := had != nil || r.now != nil
	for _, p := range had {
		if _, still := slices.BinarySearchFunc(m.current, p, inspect.TopicPartition.Compare); !still {
			r.takeAway(record, p, generation)
		}
	}
	to := m.brief()
	for _, p := range m.current {
		r.give(record, p, to, generation, tell)
	}
	return nil
}

// generation is the one in force; nil when not known.
func (r *Replay) generation() *int32 {
	if r.now == nil || r.now.Unnumbered {
		return nil
	}
	return new(r.now.Generation)
}

// partitions names the topics of an assignment, in the order of partitions.
func (r *Replay) partitions(list []topicPartitions) []inspect.TopicPartition {
	named := []inspect.TopicPartition{}
	for _, of := range list {
		name, known := r.topics[of.topic]
		if !known {
			name = of.topic.String()
			if len(r.unnamed) < maxTracked {
				r.unnamed[of.topic] = true
			}
		}
		for _, p := range of.partitions {
			named = append(named, inspect.TopicPartition{Topic: name, Partition: p})
		}
	}
	slices.SortFunc(named, inspect.TopicPartition.Compare)
	return named
}
