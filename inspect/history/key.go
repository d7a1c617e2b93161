package history

import (
	"encoding/binary"
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

// splitKey is the type of any key and what follows, in which the group stands first
// whatever the type. It is false for a key that is too short.
func splitKey(key []byte) (kind int16, rest []byte, ok bool) {
	if len(key) < 4 {
		return 0, nil, false
	}
	kind, rest = int16(binary.BigEndian.Uint16(key)), key[2:]
	group := int(int16(binary.BigEndian.Uint16(rest)))
	return kind, rest, group >= 0 && group <= len(rest)-2
}

// prefixOf is how all keys of a group go on after their type.
func prefixOf(group string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(group))), group...)
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
