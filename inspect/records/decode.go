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
	body, rest := sized(it.rest)
	if rest == nil {
		return false, it.corrupt("record %d of %d is cut off", it.index(), it.batch.count)
	}
	if !it.entry.read(body, it.batch) {
		return false, it.corrupt("record %d of %d cannot be read", it.index(), it.batch.count)
	}
	if !it.rises() {
		return false, it.corrupt("record %d of %d has offset delta %d after %d, and all are to fit up to %d",
			it.index(), it.batch.count, it.entry.delta, it.prev, it.batch.last-it.batch.base)
	}
	it.rest, it.prev = rest, it.entry.delta
	it.left--
	return true, nil
}

// rises reports whether the offset is above that of the record before, with one left
// for each record behind it. What the header says of a batch without holes is then so.
func (it *entries) rises() bool {
	return it.entry.delta > it.prev && it.entry.delta+it.left-1 <= it.batch.last-it.batch.base
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
	_, rest := take(body, 1) // attributes, unused
	delta, rest := varlong(rest)
	e.timestamp = b.timestamp(delta)
	e.delta, rest = varint(rest)
	e.key, rest = nullable(rest)
	e.value, rest = nullable(rest)
	e.headers, rest = headers(rest, e.headers[:0])
	return rest != nil && len(rest) == 0
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

// What follows takes a field off the front of b, and returns it with what is behind
// it, which is nil when the field does not fit. Values go from hand to hand because
// that is twice as fast as a cursor, for what is done five times for each record.

// varint is a zigzag VARINT, 32 bits.
func varint(b []byte) (int64, []byte) {
	v, rest := varlong(b)
	if v < math.MinInt32 || v > math.MaxInt32 {
		return 0, nil
	}
	return v, rest
}

// varlong is a zigzag VARLONG, 64 bits. Most take a byte or two.
func varlong(b []byte) (v int64, rest []byte) {
	switch {
	case len(b) > 0 && b[0] < 0x80:
		v, rest = int64(b[0]), b[1:]
	case len(b) > 1 && b[1] < 0x80:
		v, rest = int64(b[0]&0x7f)|int64(b[1])<<7, b[2:]
	default:
		return longVarlong(b)
	}
	return v>>1 ^ -(v & 1), rest
}

func longVarlong(b []byte) (int64, []byte) {
	v, n := binary.Varint(b)
	if n <= 0 {
		return 0, nil
	}
	return v, b[n:]
}

// take is the next n bytes; never nil, unless they do not fit.
func take(b []byte, n int64) (field, rest []byte) {
	if b == nil || n < 0 || n > int64(len(b)) {
		return nil, nil
	}
	return b[:n:n], b[n:]
}

// sized is bytes behind their length, which is not negative.
func sized(b []byte) (field, rest []byte) {
	n, rest := varint(b)
	return take(rest, n)
}

// nullable is bytes behind their length; a negative length is null, as in Java.
func nullable(b []byte) (field, rest []byte) {
	n, rest := varint(b)
	if n < 0 {
		return nil, rest
	}
	return take(rest, n)
}

// headers appends a record's headers to into. Each takes at least two bytes, so
// a wild number of them is refused before memory is spent.
func headers(b []byte, into []Header) ([]Header, []byte) {
	n, rest := varint(b)
	if n < 0 || n > int64(len(rest)/2) {
		return into, nil
	}
	for ; n > 0 && rest != nil; n-- {
		var key, value []byte
		key, rest = sized(rest)
		value, rest = nullable(rest)
		into = append(into, Header{Key: string(key), Value: value})
	}
	return into, rest
}
