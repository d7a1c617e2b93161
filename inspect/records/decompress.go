package records

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// DefaultMaxDecompressed is how large, in bytes, the records of one batch may be
// once decompressed, unless the options say otherwise: 64 MiB.
const DefaultMaxDecompressed = 64 << 20

// codec is how the records of a batch are compressed (CompressionType).
type codec uint16

const (
	codecNone codec = iota
	codecGzip
	codecSnappy
	codecLZ4
	codecZstd
)

// String is Kafka's name of the codec.
func (c codec) String() string {
	return [...]string{"none", "gzip", "snappy", "lz4", "zstd", "codec 5", "codec 6", "codec 7"}[c&codecBits]
}

// errTooLarge says that the limit was met; it never leaves the package.
var errTooLarge = errors.New("too large")

// decoder reads the records of one batch at a time, with buffers that it uses
// again. It must not be used by two goroutines at once.
type decoder struct {
	limit int64 // bytes of one batch's records
	out   bytes.Buffer
	block []byte
	gzip  *gzip.Reader
	lz4   *lz4.Reader
	zstd  *zstd.Decoder
	entry entry
}

func newDecoder(limit int64) *decoder {
	if limit <= 0 {
		limit = DefaultMaxDecompressed
	}
	return &decoder{limit: limit}
}

// content is the records of a batch as they were before compression. It is valid
// until the next call. Uncompressed records are in memory already and know no limit.
func (d *decoder) content(b *batch) ([]byte, error) {
	if b.codec() == codecNone {
		return b.raw[headerSize:], nil
	}
	out, err := d.decompress(b.codec(), b.raw[headerSize:])
	switch {
	case errors.Is(err, errTooLarge):
		return nil, &TooLargeError{Offset: b.base, Limit: d.limit}
	case err != nil:
		return nil, corrupt(b.base, "decompressing %s: %v", b.codec(), err)
	}
	return out, nil
}

func (d *decoder) decompress(c codec, in []byte) ([]byte, error) {
	switch c {
	case codecGzip:
		return d.gunzip(in)
	case codecSnappy:
		return d.unsnappy(in)
	case codecLZ4:
		return d.unlz4(in)
	}
	return d.unzstd(in)
}

func (d *decoder) gunzip(in []byte) ([]byte, error) {
	if d.gzip == nil {
		d.gzip = new(gzip.Reader)
	}
	if err := d.gzip.Reset(bytes.NewReader(in)); err != nil {
		return nil, err
	}
	return d.drain(d.gzip)
}

func (d *decoder) unlz4(in []byte) ([]byte, error) {
	if d.lz4 == nil {
		d.lz4 = lz4.NewReader(nil)
	}
	d.lz4.Reset(bytes.NewReader(in))
	return d.drain(d.lz4)
}

// drain reads to the end, or to one byte over the limit.
func (d *decoder) drain(r io.Reader) ([]byte, error) {
	d.out.Reset()
	n, err := d.out.ReadFrom(io.LimitReader(r, min(d.limit, math.MaxInt64-1)+1))
	if n > d.limit {
		return nil, errTooLarge
	}
	return d.out.Bytes(), err
}

// unzstd decompresses into a block that is doubled up to the limit. A limit on
// the decoder itself would also limit the window, and a small batch written at
// level 22 declares one of 128 MiB, which is what zstd allows by default.
func (d *decoder) unzstd(in []byte) ([]byte, error) {
	if d.zstd == nil {
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxWindow(128<<20), zstd.WithDecodeAllCapLimit(true))
		if err != nil {
			return nil, err
		}
		d.zstd = z
	}
	for size := max(int64(cap(d.block)), 4*int64(len(in)), 64<<10); ; size *= 2 {
		out, err := d.zstd.DecodeAll(in, d.room(size))
		if !errors.Is(err, zstd.ErrDecoderSizeExceeded) {
			return out, err
		}
		if size >= d.limit {
			return nil, errTooLarge
		}
	}
}

// room is an empty block for size bytes, or for the limit if that is less.
func (d *decoder) room(size int64) []byte {
	size = min(size, d.limit)
	if int64(cap(d.block)) < size {
		d.block = make([]byte, 0, size)
	}
	return d.block[:0:size]
}

// unsnappy reads one bare block, or blocks in the framing of xerial's
// SnappyOutputStream, which the Java producer writes: a magic, two versions, and
// before each block its compressed length.
func (d *decoder) unsnappy(in []byte) ([]byte, error) {
	const magic, framing = "\x82SNAPPY\x00", 16
	d.out.Reset()
	if len(in) < framing || string(in[:len(magic)]) != magic {
		return d.appendSnappy(in)
	}
	for in = in[framing:]; len(in) > 0; {
		if len(in) < 4 || int64(len(in)-4) < int64(binary.BigEndian.Uint32(in)) {
			return nil, io.ErrUnexpectedEOF
		}
		end := 4 + int(binary.BigEndian.Uint32(in))
		if _, err := d.appendSnappy(in[4:end]); err != nil {
			return nil, err
		}
		in = in[end:]
	}
	return d.out.Bytes(), nil
}

// appendSnappy adds one block to what was decompressed before. The block says
// beforehand how large it is.
func (d *decoder) appendSnappy(in []byte) ([]byte, error) {
	size, err := s2.DecodedLen(in)
	if err != nil {
		return nil, err
	}
	if int64(size) > d.limit-int64(d.out.Len()) {
		return nil, errTooLarge
	}
	d.out.Grow(size)
	block, err := s2.Decode(d.out.AvailableBuffer()[:size], in)
	if err != nil {
		return nil, err
	}
	d.out.Write(block)
	return d.out.Bytes(), nil
}
