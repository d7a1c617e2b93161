package output

import (
	"io"
	"sync"
)

// Output is a writer that remembers its first error: a closed pipe, a full disk.
// From then on nothing more is written, so that what did come out has no hole.
// It may be written to from several goroutines.
type Output struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

// NewOutput wraps w.
func NewOutput(w io.Writer) *Output { return &Output{w: w} }

// Write passes p on, or fails as the first failed write did.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	o.err = err
	return n, err
}

// Err is the first error of a write; nil as long as no output was lost. A
// command asks before it changes anything, and once more at its end.
func (o *Output) Err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}
