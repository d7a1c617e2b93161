package history

import (
	"errors"
	"fmt"
	"slices"

	"github.com/kofs/kofs/inspect"
)

// groupValue is a GroupMetadataValue, versions 0 to 4: a classic group.
type groupValue struct {
	protocolType string
	generation   int32
	protocol     string // "" is none
	members      []Member
}

// parseGroupValue reads the value as Kafka writes it, and if that does not come
// out even as Redpanda does: with a version before every member
// (group_metadata.cc, member_state::encode).
func parseGroupValue(value []byte) (groupValue, error) {
	v, err := parseGroupOf(value, false)
	if err == nil || errors.Is(err, errVersion) {
		return v, err
	}
	if v, redpanda := parseGroupOf(value, true); redpanda == nil {
		return v, nil
	}
	return groupValue{}, err
}

func parseGroupOf(value []byte, memberVersions bool) (groupValue, error) {
	c := cursor{rest: value}
	version := c.int16()
	if c.err == nil && (version < 0 || version > 4) {
		return groupValue{}, fmt.Errorf("reading a group of version %d: %w", version, errVersion)
	}
	c.flexible = version == 4
	v := groupValue{protocolType: c.string(), generation: c.int32()}
	if protocol := c.nullableString(); protocol != nil {
		v.protocol = *protocol
	}
	c.nullableString() // the leader
	if version >= 2 {
		c.int64() // when the state was entered
	}
	c.each(func() {
		if memberVersions && c.int16() < 0 {
			c.fail(errLength)
		}
		v.members = append(v.members, c.classicMember(version, v.protocolType))
	})
	c.tags(nil)
	if err := c.end(); err != nil {
		return groupValue{}, fmt.Errorf("reading a group of version %d: %w", version, err)
	}
	slices.SortFunc(v.members, byID)
	return v, nil
}

func (c *cursor) classicMember(version int16, protocolType string) Member {
	m := Member{ID: c.string()}
	if version >= 3 {
		m.InstanceID = c.nullableString()
	}
	m.ClientID, m.Host = c.string(), c.string()
	if version >= 1 {
		m.RebalanceTimeout = c.timeout()
	}
	m.SessionTimeout = c.timeout()
	subscription, assignment := c.bytes(), c.bytes()
	c.tags(nil)
	if protocolType == "consumer" {
		m.Topics = subscribedTopics(subscription)
		m.Assignment = assignedPartitions(assignment)
	}
	return m
}

// subscribedTopics reads ConsumerProtocolSubscription, of whose versions 0 to 3
// all begin alike; nil when that is not what it is.
func subscribedTopics(b []byte) []string {
	c := cursor{rest: b}
	c.int16()
	topics := []string{}
	c.each(func() { topics = append(topics, c.string()) })
	if c.err != nil {
		return nil
	}
	return topics
}

// assignedPartitions reads ConsumerProtocolAssignment likewise.
func assignedPartitions(b []byte) []inspect.TopicPartition {
	if len(b) == 0 {
		return []inspect.TopicPartition{} // a member that was given nothing
	}
	c := cursor{rest: b}
	c.int16()
	list := []inspect.TopicPartition{}
	c.each(func() {
		topic := c.string()
		c.each(func() { list = append(list, inspect.TopicPartition{Topic: topic, Partition: c.int32()}) })
	})
	if c.err != nil {
		return nil
	}
	slices.SortFunc(list, inspect.TopicPartition.Compare)
	return list
}
