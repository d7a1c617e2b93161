package output

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

func TestBehindWritesAllInOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, total := range []int{0, 1, blockSize - 1, blockSize, blockSize + 1, 5*blockSize + 7} {
		want := make([]byte, total)
		for i := range want {
			want[i] = byte(random.Uint32())
		}
		var got bytes.Buffer
		b := NewBehind(&got)
		for rest := want; len(rest) > 0; {
			n := min(len(rest), 1+random.IntN(2*blockSize))
			if wrote, err := b.Write(rest[:n]); wrote != n || err != nil {
				t.Fatalf("wrote %d of %d: %v", wrote, n, err)
			}
			rest = rest[n:]
		}
		if err := b.Flush(); err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%d bytes: %v, equal: %t", total, err, bytes.Equal(got.Bytes(), want))
		}
	}
}

// failing takes some bytes and then no more.
type failing struct{ takes int }

var errFull = errors.New("the disk is full")

func (f *failing) Write(p []byte) (int, error) {
	if f.takes -= len(p); f.takes < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestBehindTellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	b := NewBehind(&failing{takes: blockSize})
	var err error
	for range 10 { // of blocks; the error may come a little later
		if _, err = b.Write(make([]byte, blockSize)); err != nil {
			break
		}
	}
	if !errors.Is(err, errFull) {
		t.Errorf("writing on: %v", err)
	}
	if err := b.Flush(); !errors.Is(err, errFull) {
		t.Errorf("at the end: %v", err)
	}
	short := NewBehind(&failing{})
	_, _ = short.WriteString("x")
	if err := short.Flush(); !errors.Is(err, errFull) {
		t.Errorf("one byte: %v", err)
	}
}
