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
	in    bytes.Reader
	some  io.LimitedReader
	out   bytes.Buffer
	gzip  *gzip.Reader
	lz4   *lz4.Reader
	block *zstd.Decoder // of zstd, into room that is there
	zstd  *zstd.Decoder // of a stream: one that was left in its middle would keep the other waiting
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
	in, err := b.payload()
	if err != nil || b.codec() == codecNone {
		return in, err
	}
	out, err := d.decompress(b.codec(), in)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, &TooLargeError{Offset: b.base, Limit: d.limit}
	case err != nil:
		return nil, corrupt(b.base, "decompressing %s: %v", b.codec(), err)
	}
	return out, nil
}

// payload is what a batch has of records, compressed or not.
func (b *batch) payload() ([]byte, error) {
	switch {
	case !b.old():
		return b.raw[headerSize:], nil
	case b.wrapper():
		return b.wrapped()
	}
	return b.raw, nil
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
	if err := d.gzip.Reset(d.input(in)); err != nil {
		return nil, err
	}
	return d.drain(d.gzip)
}

func (d *decoder) unlz4(in []byte) ([]byte, error) {
	if d.lz4 == nil {
		d.lz4 = lz4.NewReader(nil)
	}
	d.lz4.Reset(d.input(in))
	return d.drain(d.lz4)
}

func (d *decoder) input(in []byte) *bytes.Reader {
	d.in.Reset(in)
	return &d.in
}

// drain reads to the end, or to one byte over the limit.
func (d *decoder) drain(r io.Reader) ([]byte, error) {
	d.out.Reset()
	d.some = io.LimitedReader{R: r, N: min(d.limit, math.MaxInt64-1) + 1}
	n, err := d.out.ReadFrom(&d.some)
	if n > d.limit {
		return nil, errTooLarge
	}
	return d.out.Bytes(), err
}

// unzstd decompresses into the room that batches before have needed, which is
// fastest, or else reads the frame as a stream. Brokers and producers write frames
// without a content size, for which a lack of room is an error that cannot be told
// from corruption: the stream has the last word.
func (d *decoder) unzstd(in []byte) (out []byte, err error) {
	if d.zstd == nil {
		if d.zstd, err = newZstd(); err != nil {
			return nil, err
		}
		if d.block, err = newZstd(zstd.WithDecodeAllCapLimit(true)); err != nil {
			return nil, err
		}
	}
	d.out.Reset()
	room := d.out.AvailableBuffer()
	if out, err = d.block.DecodeAll(in, room[:0:min(int64(cap(room)), d.limit)]); err == nil {
		return out, nil
	}
	if err := d.zstd.Reset(d.input(in)); err != nil {
		return nil, err
	}
	return d.drain(d.zstd)
}

// newZstd limits the window to what zstd allows by default, which also small batches
// written at level 22 declare; a limit on the whole decoder would refuse those.
func newZstd(o ...zstd.DOption) (*zstd.Decoder, error) {
	return zstd.NewReader(nil, append(o, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(128<<20), zstd.WithDecodeBuffersBelow(0))...)
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
