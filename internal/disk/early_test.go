package disk

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestEarlySyncIsBegunNowAndThen(t *testing.T) {
	file, begun := newFile(t, os.O_RDWR), 0
	e := &early{room: WithRoom(file), begin: func() { begun++ }}
	piece := bytes.Repeat([]byte("0123456789abcdef"), 1<<16-1)
	for n := 1; n <= 20; n++ {
		if m, err := e.Write(piece); m != len(piece) || err != nil {
			t.Fatalf("%d bytes written, %v", m, err)
		}
	}
	if want := 20 * len(piece) / earlyBytes; begun != want {
		t.Errorf("begun %d times, want %d", begun, want)
	}
	if got, err := os.ReadFile(file.Name()); err != nil || !bytes.Equal(got, bytes.Repeat(piece, 20)) {
		t.Errorf("%d bytes, or others, %v", len(got), err)
	}
}

// What the file says of a write is what the caller hears, and an early sync of a real
// file changes nothing of it.
func TestEarlyWritesAsTheFile(t *testing.T) {
	w := Early(newFile(t, os.O_RDWR))
	for range 3 {
		if n, err := w.Write(make([]byte, earlyBytes)); n != earlyBytes || err != nil {
			t.Errorf("%d bytes written, %v", n, err)
		}
	}
	w = Early(newFile(t, os.O_RDONLY))
	if n, err := w.Write([]byte("x")); n != 0 || !errors.As(err, new(*os.PathError)) {
		t.Errorf("%d bytes written, %v", n, err)
	}
}

func newFile(t *testing.T, how int) *os.File {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(t.TempDir(), "out"), how|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}
