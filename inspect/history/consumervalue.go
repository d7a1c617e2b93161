package history

import (
	"cmp"
	"fmt"

	"github.com/kofs/kofs/inspect"
)

// The values of KIP-848 groups. All are flexible and have version 0; what newer
// brokers add are tagged fields, which are passed over.

// topicPartitions is partitions of a topic that only its ID names.
type topicPartitions struct {
	topic      inspect.TopicID
	partitions []int32
}

func parseConsumerValue(value []byte, what string, read func(*cursor)) error {
	c := cursor{rest: value}
	if version := c.int16(); c.err == nil && version != 0 {
		return fmt.Errorf("reading %s of version %d: %w", what, version, errVersion)
	}
	c.flexible = true
	read(&c)
	c.tags(nil)
	if err := c.end(); err != nil {
		return fmt.Errorf("reading %s: %w", what, err)
	}
	return nil
}

// parseEpoch reads types 3 and 6.
func parseEpoch(value []byte) (epoch int32, err error) {
	err = parseConsumerValue(value, "an epoch", func(c *cursor) { epoch = c.int32() })
	return epoch, err
}

// parseConsumerMember reads type 5.
func parseConsumerMember(id string, value []byte) (Member, error) {
	m := Member{ID: id}
	err := parseConsumerValue(value, "a member", func(c *cursor) {
		m.InstanceID = c.nullableString()
		c.nullableString() // rack
		m.ClientID, m.Host = c.string(), c.string()
		m.Topics = []string{}
		c.each(func() { m.Topics = append(m.Topics, c.string()) })
		c.nullableString() // the regular expression, if it has one
		m.RebalanceTimeout = c.timeout()
		c.nullableString() // assignor
	})
	return m, err
}

// parseTarget reads type 7: what a member shall have.
func parseTarget(value []byte) (list []topicPartitions, err error) {
	err = parseConsumerValue(value, "a target assignment", func(c *cursor) { list = c.topicPartitions() })
	return list, err
}

// parseCurrent reads type 8: what a member has.
func parseCurrent(value []byte) (list []topicPartitions, err error) {
	err = parseConsumerValue(value, "an assignment", func(c *cursor) {
		c.int32() // member epoch
		c.int32() // the one before
		c.int8()  // state
		list = c.topicPartitions()
		// Those that the member has been told to give up, it still has.
		list = append(list, c.topicPartitions()...)
	})
	return list, err
}

// parseTopics reads type 4, which Kafka below 4.1 wrote: the names of topics.
func parseTopics(value []byte) (map[inspect.TopicID]string, error) {
	names := map[inspect.TopicID]string{}
	err := parseConsumerValue(value, "topics", func(c *cursor) {
		c.each(func() {
			id := c.topicID()
			names[id] = c.string()
			c.int32() // number of partitions
			c.each(func() {
				c.int32()
				c.each(func() { c.text() }) // racks
				c.tags(nil)
			})
			c.tags(nil)
		})
	})
	return names, err
}

func (c *cursor) topicPartitions() []topicPartitions {
	var list []topicPartitions
	c.each(func() {
		of := topicPartitions{topic: c.topicID()}
		c.each(func() { of.partitions = append(of.partitions, c.int32()) })
		c.tags(nil)
		list = append(list, of)
	})
	return list
}

func byID(a, b Member) int { return cmp.Compare(a.ID, b.ID) }
