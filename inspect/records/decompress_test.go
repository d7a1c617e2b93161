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
