package cluster

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/IBM/sarama"
	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// DescribeGroups asks each group's coordinator three questions, as far as needed,
// since no single one knows every type of group: ConsumerGroupDescribe, which
// knows the groups of KIP-848; DescribeGroups for those that it does not know;
// and where that says Dead, which it says of every group that is not classic as
// well as of one that does not exist (GroupMetadataManager.describeGroups), the
// coordinator's list of share and streams groups. Of these only the type and the
// state are then known, not the members.
func (c *Cluster) DescribeGroups(ctx context.Context, ids []string) (map[string]inspect.Group, error) {
	phase, cancel := c.phase(ctx)
	defer cancel()
	groups, err := perCoordinator(phase, c, ids, c.describe,
		func(f *inspect.Fault) inspect.Group { return inspect.Group{Fault: f} },
		func(g inspect.Group) *inspect.Fault { return g.Fault })
	if err == nil {
		err = ended(ctx)
	}
	if err != nil {
		return nil, err
	}
	for id, g := range groups {
		g.ID = id
		if g.Fault == nil {
			g.Coordinator = c.coordinatorOf(id)
		}
		groups[id] = g
	}
	return groups, nil
}

// coordinatorOf is the broker that was last heard to hold the group.
func (c *Cluster) coordinatorOf(group string) inspect.Broker {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.coordinators[group]
	for _, b := range c.brokers {
		if ok && b.NodeID == id {
			return b
		}
	}
	return inspect.Broker{}
}

// describe asks one coordinator.
func (c *Cluster) describe(ctx context.Context, conn *conn, ids []string) (map[string]inspect.Group, error) {
	groups := make(map[string]inspect.Group, len(ids))
	for chunk := range slices.Chunk(ids, groupChunk) {
		rest, err := c.describeConsumer(ctx, conn, chunk, groups)
		if err == nil {
			rest, err = describeClassic(ctx, conn, rest, groups)
		}
		if err == nil {
			err = describeDead(ctx, conn, rest, groups)
		}
		if err != nil {
			return nil, err
		}
	}
	return groups, nil
}

// describeConsumer describes the KIP-848 groups, and returns the IDs that are
// none: GROUP_ID_NOT_FOUND, or UNSUPPORTED_VERSION from brokers that know the
// request but have the protocol switched off.
func (c *Cluster) describeConsumer(ctx context.Context, conn *conn, ids []string, groups map[string]inspect.Group) (rest []string, err error) {
	v, err := conn.version(kmsg.ConsumerGroupDescribe, 0, 1)
	if errors.Is(err, ErrUnsupported) {
		return ids, nil
	}
	resp, err := typed(ctx, conn, kmsg.ConsumerGroupDescribe, v, func(b *sarama.Broker) (*sarama.ConsumerGroupDescribeResponse, error) {
		return b.ConsumerGroupDescribe(&sarama.ConsumerGroupDescribeRequest{Version: v, GroupIDs: ids})
	})
	if err != nil {
		return nil, err
	}
	for _, d := range resp.Groups {
		fault := toDescribe().fault(int16(d.ErrorCode), deref(d.ErrorMessage), "", d.GroupID)
		switch {
		case fault.HasCode(inspect.CodeGroupIDNotFound, unsupportedVersion):
			rest = append(rest, d.GroupID)
		case fault != nil:
			groups[d.GroupID] = inspect.Group{Fault: fault}
		default:
			groups[d.GroupID] = c.consumerGroup(d)
		}
	}
	return rest, nil
}

func (c *Cluster) consumerGroup(d sarama.ConsumerGroupDescription) inspect.Group {
	g := inspect.Group{
		Type: inspect.TypeConsumer, State: inspect.State(d.GroupState), ProtocolType: "consumer",
		Assignor: d.AssignorName, Epoch: &d.GroupEpoch,
	}
	for _, m := range d.Members {
		member := inspect.Member{
			ID: m.MemberID, InstanceID: m.InstanceID, ClientID: m.ClientID, Host: m.ClientHost, Epoch: &m.MemberEpoch,
		}
		for _, t := range m.Assignment.TopicPartitions {
			for _, p := range t.Partitions {
				member.Assignment = append(member.Assignment, inspect.TopicPartition{Topic: t.TopicName, Partition: p})
			}
		}
		g.Members = append(g.Members, inOrder(member))
	}
	sortMembers(g.Members)
	return g
}

// describeClassic describes the classic groups, and returns the IDs said to be
// Dead. The answer has its own order, so groups are matched by name.
func describeClassic(ctx context.Context, c *conn, ids []string, groups map[string]inspect.Group) (dead []string, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	v, err := c.version(kmsg.DescribeGroups, 0, 5)
	if err != nil {
		return nil, err
	}
	resp, err := typed(ctx, c, kmsg.DescribeGroups, v, func(b *sarama.Broker) (*sarama.DescribeGroupsResponse, error) {
		return b.DescribeGroups(&sarama.DescribeGroupsRequest{Version: v, Groups: ids})
	})
	if err != nil {
		return nil, err
	}
	for _, d := range resp.Groups {
		fault := toDescribe().fault(d.ErrorCode, "", "", d.GroupId)
		switch {
		case fault.HasCode(inspect.CodeGroupIDNotFound), fault == nil && d.State == string(inspect.StateDead):
			dead = append(dead, d.GroupId)
		case fault != nil:
			groups[d.GroupId] = inspect.Group{Fault: fault}
		case d.State == "":
			groups[d.GroupId] = inspect.Group{Fault: leftOut("the group's state")}
		default:
			groups[d.GroupId] = classicGroup(d)
		}
	}
	return dead, nil
}

func classicGroup(d *sarama.GroupDescription) inspect.Group {
	g := inspect.Group{
		Type: inspect.TypeClassic, State: inspect.State(d.State), ProtocolType: d.ProtocolType, Assignor: d.Protocol,
	}
	for _, id := range slices.Sorted(maps.Keys(d.Members)) {
		m := d.Members[id]
		g.Members = append(g.Members, inOrder(inspect.Member{
			ID: id, InstanceID: m.GroupInstanceId, ClientID: m.ClientId, Host: m.ClientHost,
			Assignment: classicAssignment(d.ProtocolType, m.MemberAssignment),
		}))
	}
	sortMembers(g.Members)
	return g
}

// classicAssignment reads the assignment of a member of the consumer protocol.
// Other protocols (Kafka Connect's) put something else there, which is left
// alone; so are bytes that do not decode: members write what they like.
func classicAssignment(protocolType string, data []byte) []inspect.TopicPartition {
	var assignment kmsg.ConsumerMemberAssignment
	if protocolType != "consumer" || len(data) == 0 || assignment.ReadFrom(data) != nil {
		return nil
	}
	var partitions []inspect.TopicPartition
	for _, t := range assignment.Topics {
		for _, p := range t.Partitions {
			partitions = append(partitions, inspect.TopicPartition{Topic: t.Topic, Partition: p})
		}
	}
	return partitions
}

func inOrder(m inspect.Member) inspect.Member {
	slices.SortFunc(m.Assignment, inspect.TopicPartition.Compare)
	return m
}

func sortMembers(members []inspect.Member) {
	slices.SortFunc(members, func(a, b inspect.Member) int {
		return cmp.Or(cmp.Compare(a.ClientID, b.ClientID), cmp.Compare(a.ID, b.ID))
	})
}

// describeDead looks for share and streams groups among those that the other
// requests do not know. What is not listed does not exist.
func describeDead(ctx context.Context, c *conn, dead []string, groups map[string]inspect.Group) error {
	if len(dead) == 0 {
		return nil
	}
	listed, err := listGroups(ctx, c, []string{string(inspect.TypeShare), string(inspect.TypeStreams)})
	switch {
	case errors.Is(err, ErrUnsupported): // and so are these types of group
		listed = nil
	case asFault(err) != nil:
		for _, id := range dead {
			groups[id] = inspect.Group{Fault: asFault(err)}
		}
		return nil
	case err != nil:
		return err
	}
	byID := make(map[string]inspect.Listing, len(listed))
	for _, l := range listed {
		byID[l.ID] = l
	}
	for _, id := range dead {
		groups[id] = inspect.Group{State: inspect.StateDead}
		if l, ok := byID[id]; ok {
			groups[id] = inspect.Group{Type: l.Type, State: l.State, ProtocolType: l.ProtocolType}
		}
	}
	return nil
}

// asFault is the fault that err wraps, nil if there is none.
func asFault(err error) *inspect.Fault {
	var f *inspect.Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}
