package main

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// floorDecode reads a topic like floorCount, and decompresses and decodes every
// record, whose key and value it looks at and forgets: what must be done for a
// listing before there is anything to list. Arguments: server, topic.
func floorDecode(args []string) error {
	return readAll(args, func() reader {
		d := &recordDecoder{}
		return d.decode
	})
}

// recordDecoder keeps its decompressor and the memory for one batch.
type recordDecoder struct {
	zstd  *zstd.Decoder
	plain []byte
	bytes int64 // of keys and values
}

// Codecs of a batch's attributes that the bench uses.
const (
	codecBits = 7
	codecZstd = 4
)

func (d *recordDecoder) decode(batch []byte) (records int64, err error) {
	body := batch[headerBytes:]
	switch codec := binary.BigEndian.Uint16(batch[21:]) & codecBits; codec {
	case 0:
	case codecZstd:
		if body, err = d.decompress(body); err != nil {
			return 0, err
		}
	default:
		return 0, fmt.Errorf("codec %d", codec)
	}
	for n := binary.BigEndian.Uint32(batch[57:]); n > 0; n-- {
		if body, err = d.record(body); err != nil {
			return records, err
		}
		records++
	}
	return records, nil
}

func (d *recordDecoder) decompress(body []byte) (plain []byte, err error) {
	if d.zstd == nil {
		if d.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1)); err != nil {
			return nil, err
		}
	}
	d.plain, err = d.zstd.DecodeAll(body, d.plain[:0])
	return d.plain, err
}

var errCut = errors.New("a record is cut off")

// record takes one record from the front; headers are passed over with its length.
func (d *recordDecoder) record(body []byte) ([]byte, error) {
	length, n := binary.Varint(body)
	if n <= 0 || length < 1 || int64(len(body)-n) < length {
		return nil, errCut
	}
	rest, record := body[int64(n)+length:], body[n+1:int64(n)+length] // without the attributes
	for range 2 {                                                     // deltas of timestamp and offset
		_, n := binary.Varint(record)
		if n <= 0 {
			return nil, errCut
		}
		record = record[n:]
	}
	for range 2 { // key, value
		size, n := binary.Varint(record)
		if n <= 0 || size > int64(len(record)-n) {
			return nil, errCut
		}
		record = record[int64(n)+max(0, size):]
		d.bytes += max(0, size)
	}
	return rest, nil
}
