package records

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// Where the fields of a record batch lie (DefaultRecordBatch, format v2, KIP-98).
// All are big-endian.
const (
	atBaseOffset    = 0
	atLength        = 8 // of what follows the field
	atLeaderEpoch   = 12
	atMagic         = 16
	atChecksum      = 17
	atAttributes    = 21 // the checksum covers everything from here on
	atLastDelta     = 23
	atBaseTimestamp = 27
	atMaxTimestamp  = 35
	atProducerID    = 43
	atProducerEpoch = 51
	atBaseSequence  = 53
	atCount         = 57
	headerSize      = 61

	lengthOverhead = 12 // bytes of a batch that its length field does not count
	minLength      = headerSize - lengthOverhead
)

// Bits of a batch's attributes.
const (
	codecBits             = 0x07
	logAppendTimeBit      = 0x08
	transactionalBit      = 0x10
	controlBit            = 0x20
	magicOfV2        int8 = 2
)

// batch is one whole record batch whose header has been checked. Its bytes are
// those of the fetch answer.
//
// A message of an older format is a batch of its own: a record, or a wrapper, of
// which only [decoder.open] knows base and count.
type batch struct {
	raw        []byte
	magic      int8
	base, last int64 // offsets; compaction keeps both when it takes records out between them
	count      int64 // records that are really there, at most last-base+1
	attributes uint16
	producerID int64 // -1: none
}

func (b *batch) codec() codec        { return codec(b.attributes & codecBits) }
func (b *batch) logAppendTime() bool { return b.attributes&logAppendTimeBit != 0 }
func (b *batch) transactional() bool { return b.attributes&transactionalBit != 0 }
func (b *batch) control() bool       { return b.attributes&controlBit != 0 }
func (b *batch) hasProducer() bool   { return b.producerID >= 0 }

// dense reports whether every offset of the batch has its record. Batches are
// written so (LogValidator accepts no others); compaction makes holes.
func (b *batch) dense() bool { return b.count == b.last-b.base+1 }

// walker steps through the batches of a fetch answer, in place.
type walker struct {
	rest  []byte // what is left of the answer
	pos   int64  // the next offset: everything below it is dealt with
	batch batch  // the one that next found
}

// next moves to the next batch. It reports false when no whole one is left: the
// answer is used up, or its last batch was cut off by a size limit. The position
// stays until pass is called, so that what lies below it can be left out.
func (w *walker) next() (bool, error) {
	if more, err := w.take(); !more {
		return false, err
	}
	if w.batch.old() {
		return true, w.check() // the checksums are the records': see decoder.open
	}
	if want, is := int32be(w.batch.raw, atChecksum), checksum(w.batch.raw); want != is {
		return false, corrupt(w.pos, "its CRC-32C is %08x, its bytes have %08x", uint32(want), uint32(is))
	}
	return true, w.check()
}

// take is next without a look at what it takes.
func (w *walker) take() (bool, error) {
	size, err := w.size()
	if err != nil || size > int64(len(w.rest)) {
		return false, err
	}
	w.batch = parse(w.rest[:size])
	w.rest = w.rest[size:]
	return true, nil
}

// pass moves the position behind the batch, which may be further than its last record.
func (w *walker) pass() { w.pos = w.batch.last + 1 }

// size is the size of the batch that comes next; more than is left when it is
// cut off before its size can be told. The order of the checks is that of
// ByteBufferLogInputStream.nextBatchSize.
func (w *walker) size() (int64, error) {
	const unknown = math.MaxInt64
	if len(w.rest) < lengthOverhead {
		return unknown, nil
	}
	length := int64(int32be(w.rest, atLength))
	if length < minOldLength {
		return 0, corrupt(w.pos, "its length is %d", length)
	}
	if len(w.rest) <= atMagic {
		return unknown, nil
	}
	switch magic := int8(w.rest[atMagic]); {
	case magic < 0 || magic > magicOfV2:
		return 0, corrupt(w.pos, "its record format is %d", magic)
	case magic == magicOfV2 && length < minLength:
		return 0, corrupt(w.pos, "its length is %d", length)
	}
	return lengthOverhead + length, nil
}

// Following is the offset that follows the whole batches of a fetch answer, going by
// their headers alone: where a visit is likely to go on. False when there are none, or
// one that no broker can have written.
func Following(batches []byte) (int64, bool) {
	w := walker{rest: batches}
	for {
		more, err := w.take()
		if err == nil && !more {
			return w.pos, w.pos > 0
		}
		if err != nil || w.check() != nil {
			return 0, false
		}
		w.pass()
	}
}

// check refuses a header that no broker can have written. The last rule also
// makes sure that the walk ends.
func (w *walker) check() error {
	b := &w.batch
	switch {
	case b.base < 0:
		return corrupt(w.pos, "its base offset is %d", b.base)
	case b.last < b.base || b.last == math.MaxInt64:
		return corrupt(w.pos, "its last offset delta is %d", int32be(b.raw, atLastDelta))
	case b.count < 0 || b.count > b.last-b.base+1:
		return corrupt(w.pos, "it has %d records for %d offsets", b.count, b.last-b.base+1)
	case b.codec() > codecZstd:
		return corrupt(w.pos, "its compression codec is %d", b.codec())
	case b.last < w.pos:
		return corrupt(w.pos, "it ends at offset %d, before the position", b.last)
	}
	return nil
}

// parse reads the header of a batch in any format.
func parse(raw []byte) batch {
	if int8(raw[atMagic]) < magicOfV2 {
		return parseOld(raw)
	}
	return parseHeader(raw)
}

func parseHeader(raw []byte) batch {
	base := int64be(raw, atBaseOffset)
	return batch{
		raw:        raw,
		magic:      magicOfV2,
		base:       base,
		last:       base + int64(int32be(raw, atLastDelta)),
		count:      int64(int32be(raw, atCount)),
		attributes: binary.BigEndian.Uint16(raw[atAttributes:]),
		producerID: int64be(raw, atProducerID),
	}
}

// checksum is the CRC-32C of a batch's bytes; the leader epoch is not covered,
// because each leader writes its own. MakeTable returns one table that the
// standard library keeps.
func checksum(raw []byte) int32 {
	return int32(crc32.Checksum(raw[atAttributes:], crc32.MakeTable(crc32.Castagnoli)))
}

func int64be(b []byte, at int) int64 { return int64(binary.BigEndian.Uint64(b[at:])) }
func int32be(b []byte, at int) int32 { return int32(binary.BigEndian.Uint32(b[at:])) }
func int16be(b []byte, at int) int16 { return int16(binary.BigEndian.Uint16(b[at:])) }
