package records

import (
	"encoding/binary"
	"math"
)

// noTimestamp is how Kafka writes that a record has none (RecordBatch.NO_TIMESTAMP).
const noTimestamp int64 = -1

// entry is one record as it stands in its batch. Its bytes are valid until the
// decoder goes on to another batch.
type entry struct {
	delta      int64 // offset above the base of entries
	timestamp  int64 // ms since 1970, or noTimestamp
	key, value []byte
	headers    []Header
}

// entries goes through the records of one batch.
type entries struct {
	batch *batch
	entry *entry // the decoder's, overwritten by each step
	base  int64  // that deltas are above
	rest  []byte
	left  int64
	prev  int64 // offset delta of the record before
}

// entries starts with the batch's first record. The decoder serves one batch at a time.
func (d *decoder) entries(b *batch) (entries, error) {
	content, err := d.content(b)
	if err != nil {
		return entries{}, err
	}
	it := entries{batch: b, entry: &d.entry, base: b.base, rest: content, left: b.count, prev: -1}
	if b.old() {
		it.base, err = b.baseOfOld(content)
	}
	return it, err
}

// offset is that of the record that next has found.
func (it *entries) offset() int64 { return it.base + it.entry.delta }

// next moves to the next record. It reports false after the last, having made
// sure that the batch holds as many records as its header says and nothing else.
func (it *entries) next() (bool, error) {
	if it.batch.old() {
		return it.nextOld()
	}
	if it.left == 0 {
		if len(it.rest) > 0 {
			return false, it.corrupt("it has more bytes than its %d records take", it.batch.count)
		}
		return false, nil
	}
	whole := cursor{rest: it.rest}
	body := whole.take(whole.varint())
	if whole.bad {
		return false, it.corrupt("record %d of %d is cut off", it.index(), it.batch.count)
	}
	if !it.entry.read(body, it.batch) {
		return false, it.corrupt("record %d of %d cannot be read", it.index(), it.batch.count)
	}
	if it.entry.delta <= it.prev || it.entry.delta > it.batch.last-it.batch.base {
		return false, it.corrupt("record %d of %d has offset delta %d after %d, the last is %d",
			it.index(), it.batch.count, it.entry.delta, it.prev, it.batch.last-it.batch.base)
	}
	it.rest, it.prev = whole.rest, it.entry.delta
	it.left--
	return true, nil
}

// index counts the records from 1.
func (it *entries) index() int64 { return it.batch.count - it.left + 1 }

func (it *entries) corrupt(format string, args ...any) error {
	return corrupt(it.batch.base, format, args...)
}

// controlType reads the key of a control record: a version and a type
// (ControlRecordType). Later versions keep the two fields.
func (it *entries) controlType() (ControlType, error) {
	key := it.entry.key
	if len(key) < 4 || int16be(key, 0) < 0 {
		return "", it.corrupt("the key of its control record is %x", key)
	}
	return controlTypeOf(int16be(key, 2)), nil
}

// read takes a record's body apart (DefaultRecord.readFrom). It reports false
// when the fields do not fill the body exactly.
func (e *entry) read(body []byte, b *batch) bool {
	c := cursor{rest: body}
	c.take(1) // attributes, unused
	e.timestamp = b.timestamp(c.varlong())
	e.delta = c.varint()
	e.key = c.nullable()
	e.value = c.nullable()
	e.headers = c.headers(e.headers[:0])
	return !c.bad && len(c.rest) == 0
}

// timestamp is a record's timestamp in ms since 1970. With LogAppendTime all
// records of a batch have its greatest. With the delete horizon bit the base
// timestamp is that horizon, and the deltas are relative to it (KAFKA-8522), so
// the sum holds.
func (b *batch) timestamp(delta int64) int64 {
	if b.logAppendTime() {
		return int64be(b.raw, atMaxTimestamp)
	}
	return int64be(b.raw, atBaseTimestamp) + delta
}

// timestampMs is a copy of the timestamp; nil when the record has none.
func (e *entry) timestampMs() *int64 { return clone(known(&e.timestamp, noTimestamp)) }

// cursor takes fields off the front of a record. Once one does not fit it is bad
// and gives zeros.
type cursor struct {
	rest []byte
	bad  bool
}

// varint is a zigzag VARINT, 32 bits.
func (c *cursor) varint() int64 {
	v := c.varlong()
	c.bad = c.bad || v < math.MinInt32 || v > math.MaxInt32
	return v
}

// varlong is a zigzag VARLONG, 64 bits.
func (c *cursor) varlong() int64 {
	v, n := binary.Varint(c.rest)
	if c.bad || n <= 0 {
		c.bad = true
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

// take is the next n bytes; never nil, unless the cursor is bad.
func (c *cursor) take(n int64) []byte {
	if c.bad || n < 0 || n > int64(len(c.rest)) {
		c.bad = true
		return nil
	}
	field := c.rest[:n:n]
	c.rest = c.rest[n:]
	return field
}

// nullable is bytes behind their length; a negative length is null, as in Java.
func (c *cursor) nullable() []byte {
	n := c.varint()
	if n < 0 {
		return nil
	}
	return c.take(n)
}

// headers appends a record's headers to into. Each takes at least two bytes, so
// a wild number of them is refused before memory is spent.
func (c *cursor) headers(into []Header) []Header {
	n := c.varint()
	if n < 0 || n > int64(len(c.rest)/2) {
		c.bad = true
		return into
	}
	for ; n > 0 && !c.bad; n-- {
		key := c.take(c.varint())
		into = append(into, Header{Key: string(key), Value: c.nullable()})
	}
	return into
}
