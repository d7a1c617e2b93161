package records

import (
	"bytes"
	"errors"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// Kafka's producer writes zstd as a stream: the frame has no content size. Small
// input that becomes large is where decompressing into a block fails.
func TestZstdWithoutContentSize(t *testing.T) {
	want := bytes.Repeat([]byte("kofs"), 1<<20)
	var in bytes.Buffer
	w, err := zstd.NewWriter(&in, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		t.Fatal(err)
	}
	for chunk := want; len(chunk) > 0; chunk = chunk[1<<10:] { // as records come
		if _, err := w.Write(chunk[:1<<10]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	d := newDecoder(0)
	for range 2 { // the decoder is used again
		got, err := d.decompress(codecZstd, in.Bytes())
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, %v, want %d", len(got), err, len(want))
		}
	}
	if _, err := newDecoder(1<<20).decompress(codecZstd, in.Bytes()); !errors.Is(err, errTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
}

// Whether there is room already, and what was decompressed before, makes no difference.
// Only the words may be others: of a corrupt frame a reader that has read another says
// "unexpected EOF", and a new one "output bigger than max block size".
func FuzzZstdWithRoom(f *testing.F) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	frame := w.EncodeAll(bytes.Repeat([]byte("kofs"), 100), nil)
	for _, seed := range [][]byte{nil, frame, frame[:20], append(bytes.Clone(frame), 'x'), append(bytes.Clone(frame), frame...), w.EncodeAll(nil, nil)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		const limit = 1 << 16
		without, with := newDecoder(limit), newDecoder(limit)
		if _, err := with.decompress(codecZstd, w.EncodeAll(make([]byte, limit), nil)); err != nil {
			t.Fatal(err)
		}
		want, wantErr := without.decompress(codecZstd, in)
		got, err := with.decompress(codecZstd, in)
		same := (err == nil) == (wantErr == nil) && errors.Is(err, errTooLarge) == errors.Is(wantErr, errTooLarge)
		if !same || err == nil && !bytes.Equal(got, want) {
			t.Errorf("with room %d bytes, %v; without %d bytes, %v", len(got), err, len(want), wantErr)
		}
	})
}
