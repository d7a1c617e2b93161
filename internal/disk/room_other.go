//go:build !linux

package disk

import (
	"io"
	"os"
)

// WithRoom writes to the file.
func WithRoom(file *os.File) io.Writer { return file }
