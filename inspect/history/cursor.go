package history

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/kofs/kofs/inspect"
)

// Why bytes could not be read.
var (
	errShort   = errors.New("the bytes end too early")
	errLong    = errors.New("bytes are left over")
	errLength  = errors.New("a length is impossible")
	errVersion = errors.New("the version is not known")
)

// cursor reads Kafka's primitive types (big-endian; KIP-482 for the flexible
// ones). After the first error it gives zero values; the error stays.
type cursor struct {
	rest     []byte
	flexible bool
	err      error
}

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err, c.rest = err, nil
	}
}

// take is the next n bytes, which stay those of the record.
func (c *cursor) take(n int) []byte {
	if n > len(c.rest) { // always so after an error, unless n is 0
		c.fail(errShort)
		return nil
	}
	taken := c.rest[:n]
	c.rest = c.rest[n:]
	return taken
}

func (c *cursor) int8() int8 {
	if b := c.take(1); b != nil {
		return int8(b[0])
	}
	return 0
}

func (c *cursor) int16() int16 {
	if b := c.take(2); len(b) == 2 {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (c *cursor) int32() int32 {
	if b := c.take(4); len(b) == 4 {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (c *cursor) int64() int64 {
	if b := c.take(8); len(b) == 8 {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// uvarint is one of at most 32 bits. Most take one byte.
func (c *cursor) uvarint() int {
	if len(c.rest) > 0 && c.rest[0] < 0x80 {
		return int(c.take(1)[0])
	}
	return c.longUvarint()
}

func (c *cursor) longUvarint() int {
	n, size := binary.Uvarint(c.rest)
	switch {
	case size == 0:
		c.fail(errShort)
		return 0
	case size < 0 || n > math.MaxInt32:
		c.fail(errLength)
		return 0
	}
	c.rest = c.rest[size:]
	return int(n)
}

// length is the length of a string or array; -1 is null. wide lengths have four
// bytes where they are not flexible, others two.
func (c *cursor) length(wide bool) int {
	n := 0
	switch {
	case c.flexible:
		n = c.uvarint() - 1
	case wide:
		n = int(c.int32())
	default:
		n = int(c.int16())
	}
	switch {
	case c.err != nil:
		return 0
	case n < -1:
		c.fail(errLength)
		return 0
	case n > len(c.rest):
		c.fail(errShort)
		return 0
	}
	return n
}

// text is a STRING; null is a mistake.
func (c *cursor) text() []byte {
	n := c.length(false)
	if n < 0 {
		c.fail(errLength)
	}
	return c.take(max(0, n))
}

func (c *cursor) string() string { return string(c.text()) }

func (c *cursor) nullableString() *string {
	n := c.length(false)
	if n < 0 || c.err != nil {
		return nil
	}
	return new(string(c.take(n)))
}

// bytes is a BYTES, as a part of the record.
func (c *cursor) bytes() []byte { return c.take(max(0, c.length(true))) }

// each calls read for every element of an array; a null array has none. Each takes
// at least one byte, so that a false length cannot keep it busy.
func (c *cursor) each(read func()) {
	for n := c.length(true); n > 0 && c.err == nil; n-- {
		read()
	}
}

func (c *cursor) topicID() (id inspect.TopicID) {
	copy(id[:], c.take(len(id)))
	return id
}

// timeout is an INT32 of milliseconds.
func (c *cursor) timeout() *time.Duration {
	return new(time.Duration(c.int32()) * time.Millisecond)
}

// tags reads the tagged fields that end a flexible structure, and shows them to see.
func (c *cursor) tags(see func(tag int, field []byte)) {
	if !c.flexible {
		return
	}
	for n := c.uvarint(); n > 0 && c.err == nil; n-- {
		tag := c.uvarint()
		if field := c.take(c.uvarint()); c.err == nil && see != nil {
			see(tag, field)
		}
	}
}

// end is the error of the whole; bytes that are left over are one.
func (c *cursor) end() error {
	if len(c.rest) > 0 {
		c.fail(errLong)
	}
	return c.err
}
