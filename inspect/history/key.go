package history

import (
	"fmt"

	"github.com/kofs/kofs/inspect"
)

// The types of key that a history is made of (CoordinatorRecordType.java). 0 and 1
// are both commits, 0 from before Kafka 0.9.
const (
	typeOffsetCommitV0    int16 = 0
	typeOffsetCommit      int16 = 1
	typeGroupMetadata     int16 = 2
	typeConsumerEpoch     int16 = 3
	typeConsumerTopics    int16 = 4
	typeConsumerMember    int16 = 5
	typeConsumerTarget    int16 = 6 // the epoch that the targets belong to
	typeConsumerMemberAim int16 = 7 // one member's target
	typeConsumerCurrent   int16 = 8
	// typeLast is the last type known here: 9 to 15 are share groups, 16 a regular
	// expression, 17 to 23 streams groups.
	typeLast int16 = 23
)

// TypeNone counts keys that are too short to have a type.
const TypeNone int16 = -1

// Key is the key of a record of __consumer_offsets.
type Key struct {
	// Type is the key's version, which is really the type of the record.
	Type  int16
	Group string
	// Partition is set in types 0 and 1.
	Partition inspect.TopicPartition
	// Member is the member ID of types 5, 7 and 8.
	Member string
}

// groupOf is the group and type of any key, without reading the rest: in all types
// the group stands in the same place. It is false for a key that is too short.
func groupOf(key []byte) (group []byte, kind int16, ok bool) {
	c := cursor{rest: key}
	kind = c.int16()
	if c.err != nil {
		return nil, TypeNone, false
	}
	group = c.text()
	return group, kind, c.err == nil
}

// ParseKey reads the key of a record. Of a type that makes no history it reads
// the type and the group.
func ParseKey(key []byte) (Key, error) {
	c := cursor{rest: key}
	k := Key{Type: c.int16(), Group: c.string()}
	switch k.Type {
	case typeOffsetCommitV0, typeOffsetCommit:
		k.Partition = inspect.TopicPartition{Topic: c.string(), Partition: c.int32()}
	case typeConsumerMember, typeConsumerMemberAim, typeConsumerCurrent:
		k.Member = c.string()
	case typeGroupMetadata, typeConsumerEpoch, typeConsumerTopics, typeConsumerTarget:
	default:
		c.rest = nil
	}
	if err := c.end(); err != nil {
		return Key{}, fmt.Errorf("reading a key of type %d: %w", k.Type, err)
	}
	return k, nil
}
