//go:build !linux

package output

import (
	"io"
	"os"
)

// WithRoom writes to the file.
func WithRoom(file *os.File) io.Writer { return file }
