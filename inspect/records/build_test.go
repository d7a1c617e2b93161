package records

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/snappy/xerial"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// rec is a record to be written.
type rec struct {
	offset     int64
	timestamp  int64
	key, value []byte
	headers    []Header
}

// spec is a batch to be written; what a test does not set is as a producer
// without idempotence writes it.
type spec struct {
	base, last int64
	attributes uint16
	xerial     bool
	baseTime   int64
	maxTime    int64
	producer   int64
	epoch      int16
	sequence   int32
	recs       []rec
	content    []byte // instead of recs
	count      *int32 // instead of len(recs)
}

type with func(*spec)

func compressed(c codec) with { return func(s *spec) { s.attributes |= uint16(c) } }
func framed(s *spec)          { s.attributes |= uint16(codecSnappy); s.xerial = true }
func idempotent(pid int64) with {
	return func(s *spec) { s.producer, s.epoch, s.sequence = pid, 3, 0 }
}
func inTransaction(pid int64) with {
	return func(s *spec) { idempotent(pid)(s); s.attributes |= transactionalBit }
}
func counting32(n int32) with { return func(s *spec) { s.count = &n } }

const baseTime = 1000

// dense is a batch whose n records stand at base, base+1, ...
func dense(base int64, n int, more ...with) []byte {
	var offsets []int64
	for i := range int64(n) {
		offsets = append(offsets, base+i)
	}
	return holes(base, base+int64(n)-1, offsets, more...)
}

// holes is a batch of [base, last] with records at the offsets only.
func holes(base, last int64, offsets []int64, more ...with) []byte {
	s := spec{base: base, last: last, baseTime: baseTime, maxTime: baseTime + last, producer: -1, epoch: -1, sequence: -1}
	for _, o := range offsets {
		s.recs = append(s.recs, rec{offset: o, timestamp: baseTime + o, key: []byte("k"), value: []byte("v")})
	}
	for _, w := range more {
		w(&s)
	}
	return s.bytes()
}

// control is a transaction marker: 0 abort, 1 commit.
func control(at, pid int64, kind int16, more ...with) []byte {
	s := spec{base: at, last: at, attributes: controlBit | transactionalBit, baseTime: baseTime, maxTime: baseTime,
		producer: pid, epoch: 3, sequence: -1}
	key := binary.BigEndian.AppendUint16([]byte{0, 0}, uint16(kind))
	s.recs = []rec{{offset: at, timestamp: baseTime, key: key, value: []byte{0, 0, 0, 0, 0, 0}}}
	for _, w := range more {
		w(&s)
	}
	return s.bytes()
}

func (s spec) bytes() []byte {
	content := s.content
	if content == nil {
		for _, r := range s.recs {
			content = r.append(content, s)
		}
	}
	count := int32(len(s.recs))
	if s.count != nil {
		count = *s.count
	}
	b := make([]byte, headerSize)
	be := binary.BigEndian
	be.PutUint64(b[atBaseOffset:], uint64(s.base))
	be.PutUint32(b[atLeaderEpoch:], 7)
	b[atMagic] = 2
	be.PutUint16(b[atAttributes:], s.attributes)
	be.PutUint32(b[atLastDelta:], uint32(s.last-s.base))
	be.PutUint64(b[atBaseTimestamp:], uint64(s.baseTime))
	be.PutUint64(b[atMaxTimestamp:], uint64(s.maxTime))
	be.PutUint64(b[atProducerID:], uint64(s.producer))
	be.PutUint16(b[atProducerEpoch:], uint16(s.epoch))
	be.PutUint32(b[atBaseSequence:], uint32(s.sequence))
	be.PutUint32(b[atCount:], uint32(count))
	b = append(b, compress(codec(s.attributes&codecBits), s.xerial, content)...)
	be.PutUint32(b[atLength:], uint32(len(b)-lengthOverhead))
	return sealed(b)
}

// sealed sets the checksum anew after a change.
func sealed(b []byte) []byte {
	sum := crc32.Checksum(b[atAttributes:], crc32.MakeTable(crc32.Castagnoli))
	binary.BigEndian.PutUint32(b[atChecksum:], sum)
	return b
}

func (r rec) append(to []byte, s spec) []byte {
	body := []byte{0}
	body = binary.AppendVarint(body, r.timestamp-s.baseTime)
	body = binary.AppendVarint(body, r.offset-s.base)
	body = appendNullable(body, r.key)
	body = appendNullable(body, r.value)
	body = binary.AppendVarint(body, int64(len(r.headers)))
	for _, h := range r.headers {
		body = appendNullable(body, []byte(h.Key))
		body = appendNullable(body, h.Value)
	}
	to = binary.AppendVarint(to, int64(len(body)))
	return append(to, body...)
}

func appendNullable(to, field []byte) []byte {
	if field == nil {
		return binary.AppendVarint(to, -1)
	}
	return append(binary.AppendVarint(to, int64(len(field))), field...)
}

func compress(c codec, framed bool, in []byte) []byte {
	var out bytes.Buffer
	switch c {
	case codecGzip:
		w := gzip.NewWriter(&out)
		must(w.Write(in))
		must(0, w.Close())
	case codecSnappy:
		if framed {
			return xerial.Encode(nil, in)
		}
		return s2.EncodeSnappy(nil, in)
	case codecLZ4:
		w := lz4.NewWriter(&out)
		must(0, w.Apply(lz4.BlockSizeOption(lz4.Block64Kb))) // not 4 MiB for a few records
		must(w.Write(in))
		must(0, w.Close())
	case codecZstd:
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(64<<10))
		must(0, err)
		return w.EncodeAll(in, nil)
	default:
		return in
	}
	return out.Bytes()
}

func must(_ int, err error) {
	if err != nil {
		panic(err)
	}
}
