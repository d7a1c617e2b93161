package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// beginSync has all of the file that is not on the disk written there. With this flag
// alone sync_file_range(2) neither waits nor takes the error of a write from the fsync
// that follows; if it fails itself, it is that fsync that does the work.
func beginSync(file *os.File) {
	_ = unix.SyncFileRange(int(file.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}
