package history

import (
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect"
)

// commitValue is an OffsetCommitValue, versions 0 to 4. Its metadata is a part of
// the record's bytes.
type commitValue struct {
	offset      int64
	leaderEpoch int32 // -1 is none
	metadata    []byte
	at          int64 // ms since 1970
	expires     int64 // ms since 1970; -1 is none
	topic       inspect.TopicID
}

func parseCommitValue(value []byte) (commitValue, error) {
	c := cursor{rest: value}
	version := c.int16()
	if c.err == nil && (version < 0 || version > 4) {
		return commitValue{}, fmt.Errorf("reading a commit of version %d: %w", version, errVersion)
	}
	c.flexible = version == 4
	v := commitValue{offset: c.int64(), leaderEpoch: -1, expires: -1}
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
		return commitValue{}, fmt.Errorf("reading a commit of version %d: %w", version, err)
	}
	return v, nil
}

// maxMetadata is how much of a commit's metadata is kept, in bytes. Brokers take 4096.
const maxMetadata = 256

// commit is the value as a commit. What is as in the one before shares its memory.
func (v commitValue) commit(position int64, before *Commit) Commit {
	c := Commit{At: instant(v.at), Position: position, Offset: v.offset, Metadata: before.Metadata}
	if metadata := v.metadata[:min(len(v.metadata), maxMetadata)]; c.Metadata != string(metadata) {
		c.Metadata = string(metadata)
	}
	switch {
	case v.leaderEpoch == -1:
	case before.LeaderEpoch != nil && *before.LeaderEpoch == v.leaderEpoch:
		c.LeaderEpoch = before.LeaderEpoch
	default:
		c.LeaderEpoch = new(v.leaderEpoch)
	}
	if v.expires != -1 {
		c.ExpiresAt = new(instant(v.expires))
	}
	return c
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
