package history

import (
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
