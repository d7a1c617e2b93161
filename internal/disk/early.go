package disk

import (
	"io"
	"os"
)

// earlyBytes is how much waits before the disk is set to work.
const earlyBytes = 8 << 20

// Early writes to the file as [WithRoom] does, and where the system can do so has it
// put what was written on the disk without waiting for that: a file of gigabytes is
// then synced in little time. It does not replace a sync, whose error still tells what
// did not reach the disk.
func Early(file *os.File) io.Writer {
	return &early{room: WithRoom(file), begin: func() { beginSync(file) }}
}

type early struct {
	room    io.Writer
	begin   func() // to sync
	pending int
}

// Write is that of the file.
func (e *early) Write(p []byte) (int, error) {
	n, err := e.room.Write(p)
	if e.pending += n; e.pending >= earlyBytes {
		e.begin()
		e.pending = 0
	}
	return n, err
}
