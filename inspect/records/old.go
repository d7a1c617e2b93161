package records

import (
	"hash/crc32"
)

// Where the fields of a message lie (LegacyRecord: record format 0, and 1 with a
// timestamp from KIP-32). Offset, length and magic lie where batches have them.
// Brokers of 4.0 and later write no such messages, and keep those that they have.
const (
	atOldChecksum   = 12
	atOldAttributes = 17
	atOldTimestamp  = 18 // format 1 only

	oldOverhead0 = atOldTimestamp - lengthOverhead // without key and value
	oldOverhead1 = oldOverhead0 + 8
	minOldLength = oldOverhead0 + 2*4
)

// noLeaderEpoch is how a batch says that it has none (RecordBatch.NO_PARTITION_LEADER_EPOCH).
const noLeaderEpoch int32 = -1

// old reports whether the batch is a single message of format 0 or 1.
func (b *batch) old() bool { return b.magic < magicOfV2 }

// wrapper reports whether the batch is a message whose value is other messages,
// compressed. Its offset is that of the last of them.
func (b *batch) wrapper() bool { return b.old() && b.codec() != codecNone }

func (b *batch) leaderEpoch() int32 {
	if b.old() {
		return noLeaderEpoch
	}
	return int32be(b.raw, atLeaderEpoch)
}

// parseOld reads a message's header. It has no transactions and no producer.
func parseOld(raw []byte) batch {
	b := batch{raw: raw, magic: int8(raw[atMagic]), base: int64be(raw, atBaseOffset), producerID: -1, count: 1}
	b.last, b.attributes = b.base, uint16(raw[atOldAttributes])&codecBits
	if b.magic == 1 {
		b.attributes = uint16(raw[atOldAttributes]) & (codecBits | logAppendTimeBit)
	}
	if b.wrapper() {
		b.count = 0 // until it is opened
	}
	return b
}

// open looks into a batch of an old format: no header says where a wrapper begins
// and how many records it has, and the checksums are the records'. Other batches
// stay as they are.
func (d *decoder) open(b *batch) error {
	if !b.old() {
		return nil
	}
	it, err := d.entries(b)
	if err != nil {
		return err
	}
	first, n := b.last, int64(0)
	for {
		more, err := it.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if n++; n == 1 {
			first = it.offset()
		}
	}
	if n == 0 {
		return corrupt(b.last, "a compressed message has no records in it")
	}
	b.base, b.count = first, n
	return nil
}

// wrapped is the value of a wrapper, ready to be decompressed.
func (b *batch) wrapped() ([]byte, error) {
	_, value, ok := fieldsOfOld(b.raw)
	switch {
	case !ok || value == nil:
		return nil, corrupt(b.last, "a compressed message has no value")
	case b.codec() == codecZstd:
		return nil, corrupt(b.last, "its record format is %d and its compression codec zstd", b.magic)
	case b.codec() == codecLZ4 && b.magic == 0:
		return withLZ4Checksum(value), nil
	}
	return value, nil
}

// baseOfOld is what the offsets of messages are above. In a wrapper of format 1
// they count from 0, and the wrapper's own is that of the last (DeepRecordsIterator).
func (b *batch) baseOfOld(content []byte) (int64, error) {
	if b.magic == 0 || !b.wrapper() {
		return 0, nil
	}
	last := int64(0)
	for {
		raw, err := b.messageIn(content)
		if err != nil || raw == nil {
			return b.last - last, err
		}
		if last = int64be(raw, atBaseOffset); last < 0 || last > b.last {
			return 0, corrupt(b.last, "a message in it has offset %d of its own", last)
		}
		content = content[len(raw):]
	}
}

// messageIn is the first message of content; nil when there is no whole one left.
// Consumers do not mind a rest (DataLogInputStream.nextBatch).
func (b *batch) messageIn(content []byte) ([]byte, error) {
	if len(content) < lengthOverhead {
		return nil, nil
	}
	length := int64(int32be(content, atLength))
	if length < minOldLength {
		return nil, corrupt(b.last, "the length of a message in it is %d", length)
	}
	if length > int64(len(content)-lengthOverhead) {
		return nil, nil
	}
	return content[:lengthOverhead+length], nil
}

// nextOld moves to the next message, which is checked as a consumer does: each
// by its own checksum, and that of a wrapper not at all.
func (it *entries) nextOld() (bool, error) {
	raw, err := it.batch.messageIn(it.rest)
	if err != nil || raw == nil {
		return false, err
	}
	it.rest = it.rest[len(raw):]
	if want, is := uint32(int32be(raw, atOldChecksum)), crc32.ChecksumIEEE(raw[atMagic:]); want != is {
		return false, it.corrupt("the CRC-32 of a message is %08x, its bytes have %08x", want, is)
	}
	inner := parseOld(raw)
	switch {
	case inner.magic < 0 || inner.magic > 1:
		return false, it.corrupt("a message in it has record format %d", inner.magic)
	case inner.codec() != codecNone:
		return false, it.corrupt("a message in it is compressed once more")
	case inner.base <= it.prev || inner.base > it.batch.last-it.base:
		return false, it.corrupt("a message in it has offset %d after %d", inner.base, it.prev)
	}
	it.prev = inner.base
	if !it.entry.readOld(&inner, it.batch) {
		return false, it.corrupt("a message in it cannot be read")
	}
	return true, nil
}

// readOld takes a message apart. Format 0 knows no timestamps; with LogAppendTime
// the wrapper's is everybody's.
func (e *entry) readOld(b, outer *batch) (ok bool) {
	e.delta, e.headers, e.timestamp = b.base, e.headers[:0], noTimestamp
	if b.magic == 1 && len(b.raw) >= lengthOverhead+oldOverhead1 {
		e.timestamp = int64be(b.raw, atOldTimestamp)
		if outer.magic == 1 && outer.logAppendTime() {
			e.timestamp = int64be(outer.raw, atOldTimestamp)
		}
	}
	e.key, e.value, ok = fieldsOfOld(b.raw)
	return ok
}

// fieldsOfOld are a message's key and value; false when they do not fit in it.
func fieldsOfOld(raw []byte) (key, value []byte, ok bool) {
	overhead := lengthOverhead + oldOverhead0
	if raw[atMagic] == 1 {
		overhead = lengthOverhead + oldOverhead1
	}
	key, rest := sizedOfOld(raw[min(len(raw), overhead):])
	value, rest = sizedOfOld(rest)
	return key, value, rest != nil
}

// sizedOfOld takes bytes behind an INT32, their number, off the front; null when that
// is negative.
func sizedOfOld(b []byte) (field, rest []byte) {
	size, rest := take(b, 4)
	if rest == nil {
		return nil, nil
	}
	n := int64(int32be(size, 0))
	if n < 0 {
		return nil, rest
	}
	return take(rest, n)
}
