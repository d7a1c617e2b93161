package kafkatest

import (
	"encoding/binary"
	"hash/fnv"
)

// Content is what a consumer is given beside the offset.
type Content struct {
	TimestampMillis int64
	TimestampType   string // CreateTime or LogAppendTime
	Key, Value      []byte // nil is null
	Headers         []Header
}

// Digest is a 64-bit hash of the content, the same as the Oracle computes
// (java/Digest.java): FNV-1a, lengths before bytes, -1 for null.
func (c Content) Digest() int64 {
	h := fnv.New64a()
	number := func(n int64) { _ = binary.Write(h, binary.BigEndian, n) }
	bytes := func(b []byte) {
		if b == nil {
			number(-1)
			return
		}
		number(int64(len(b)))
		_, _ = h.Write(b)
	}
	number(c.TimestampMillis)
	bytes([]byte(c.TimestampType))
	bytes(c.Key)
	bytes(c.Value)
	for _, header := range c.Headers {
		bytes([]byte(header.Key))
		bytes(header.Value)
	}
	return int64(h.Sum64())
}
