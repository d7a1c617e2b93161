package disk

import (
	"bytes"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
)

// roomSizes are around those from which room is asked for, and of blocks.
var roomSizes = []int{0, 1, 4095, 4096, 4097, worthRoom - 1, worthRoom, worthRoom + 1, 3*worthRoom + 17, 1 << 20}

func TestRoomLeavesNoTrace(t *testing.T) {
	file := newFile(t, os.O_RDWR)
	want := []byte("what the shell wrote before\n")
	if _, err := file.Write(want); err != nil {
		t.Fatal(err)
	}
	w := WithRoom(file)
	for range 100 {
		piece := bytes.Repeat([]byte{byte('a' + rand.IntN(26))}, roomSizes[rand.IntN(len(roomSizes))])
		want = append(want, piece...)
		if n, err := w.Write(piece); n != len(piece) || err != nil {
			t.Fatalf("%d bytes: %d written, %v", len(piece), n, err)
		}
	}
	if _, err := file.WriteString("what another process writes next"); err != nil {
		t.Fatal(err)
	}
	want = append(want, "what another process writes next"...)
	if got, err := os.ReadFile(file.Name()); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want %d, or others (%v)", len(got), len(want), err)
	}
	if r, ok := w.(*roomy); ok && r.refused {
		t.Error("there was no room")
	}
	if held, most := blocks(t, file)*512, int64(len(want)+worthRoom); held > most {
		t.Errorf("the file holds %d bytes of the disk, want at most %d", held, most)
	}
}

func TestRoomIsNotContent(t *testing.T) {
	file := newFile(t, os.O_RDWR)
	r, ok := WithRoom(file).(*roomy)
	if ok != isExt4(int(file.Fd())) {
		t.Fatalf("ext4 %v, and asked %v", !ok, ok)
	}
	if !ok {
		return // another file system is not asked, and that was seen
	}
	if err := r.ask(1 << 20); err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil || info.Size() != 0 || blocks(t, file)*512 < 1<<20 {
		t.Errorf("size %d, %d blocks, %v; want room and nothing in it", info.Size(), blocks(t, file), err)
	}
}

func TestRoomIsNotAskedFor(t *testing.T) {
	reader, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer pipe.Close()
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	for name, file := range map[string]*os.File{"a pipe": pipe, "a device": device, "a file others may append to": newFile(t, os.O_WRONLY|os.O_APPEND)} {
		if w := WithRoom(file); w != file {
			t.Errorf("%s is asked for room: %T", name, w)
		}
	}
}

// The error is that of the write, and room is not asked for again.
func TestNoRoom(t *testing.T) {
	file := newFile(t, os.O_RDONLY)
	w := &roomy{file: file, fd: int(file.Fd())}
	for range 2 {
		if n, err := w.Write(make([]byte, worthRoom)); n != 0 || err == nil || !w.refused {
			t.Errorf("%d bytes written, %v, refused %v", n, err, w.refused)
		}
	}
}

func blocks(t *testing.T, file *os.File) int64 {
	t.Helper()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Blocks
}
