package history

import (
	"encoding/binary"
	"fmt"

	"github.com/kofs/kofs/inspect"
)

// commitValue is an OffsetCommitValue, versions 0 to 4. Its metadata is a part of
// the record's bytes.
type commitValue struct {
	offset      int64
	leaderEpoch int32 // or none
	metadata    []byte
	at          int64 // ms since 1970
	expires     int64 // ms since 1970, or none
	topic       inspect.TopicID
}

// none is how Kafka writes that there is no leader epoch, and no end of a commit.
const none = -1

// parse fills v, which is not returned because copying it takes as long as reading it.
func (v *commitValue) parse(value []byte) error {
	if v.parseUsual(value) {
		return nil
	}
	return v.parseAny(value)
}

// parseAny reads every version, and says what is wrong.
func (v *commitValue) parseAny(value []byte) error {
	c := cursor{rest: value}
	version := c.int16()
	if c.err == nil && (version < 0 || version > 4) {
		return fmt.Errorf("reading a commit of version %d: %w", version, errVersion)
	}
	c.flexible = version == 4
	*v = commitValue{offset: c.int64(), leaderEpoch: none, expires: none}
	if version >= 3 {
		v.leaderEpoch = c.int32()
	}
	v.metadata = c.text()
	v.at = c.int64()
	if version == 1 {
		v.expires = c.int64()
	}
	c.tags(func(tag int, field []byte) {
		if tag == 0 && len(field) == len(v.topic) {
			copy(v.topic[:], field)
		}
	})
	if err := c.end(); err != nil {
		return fmt.Errorf("reading a commit of version %d: %w", version, err)
	}
	return nil
}

// parseUsual reads what almost all values are today, in a third of the time: those of
// version 3 or 4 with a short metadata and no tag but the topic's ID (number 0, of 16
// bytes). It is false for all others, and never says anything else than parseAny.
func (v *commitValue) parseUsual(value []byte) bool {
	const head = 2 + 8 + 4 // version, offset, leader epoch
	if len(value) < head+2 || value[0] != 0 {
		return false
	}
	version, from, length := value[1], head+1, int(value[head])-1
	if version == 3 {
		from, length = head+2, int(binary.BigEndian.Uint16(value[head:]))
	}
	if length < 0 || length >= 0x7f || len(value) < from+length+8 {
		return false
	}
	tail := value[from+length:]
	switch tags := tail[8:]; {
	case version == 3 && len(tags) == 0, version == 4 && string(tags) == "\x00":
		v.topic = inspect.TopicID{}
	case version == 4 && len(tags) == 3+len(v.topic) && string(tags[:3]) == "\x01\x00\x10":
		v.topic = inspect.TopicID(tags[3:])
	default:
		return false
	}
	v.offset, v.leaderEpoch = int64(binary.BigEndian.Uint64(value[2:])), int32(binary.BigEndian.Uint32(value[10:]))
	v.metadata, v.at, v.expires = value[from:from+length], int64(binary.BigEndian.Uint64(tail)), none
	return true
}
