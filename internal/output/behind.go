package output

import "io"

// blockSize is what a [Behind] writes at once; it holds three blocks at most.
const blockSize = 256 << 10

// Behind writes to another writer in the background, so that text is made while
// the text before it is on its way. It is for one goroutine, which must end it with
// Flush; what goes wrong is told by a later Write or by Flush.
type Behind struct {
	block []byte
	full  chan []byte
	free  chan []byte
	err   error // once failed was read
	fails chan error
}

// NewBehind begins. Nothing else may write to out until Flush has returned.
func NewBehind(out io.Writer) *Behind {
	b := &Behind{block: make([]byte, 0, blockSize), full: make(chan []byte), free: make(chan []byte, 3), fails: make(chan error, 1)}
	b.free <- make([]byte, 0, blockSize)
	b.free <- make([]byte, 0, blockSize)
	go b.run(out)
	return b
}

// run writes block after block. After an error it takes them and drops them.
func (b *Behind) run(out io.Writer) {
	var err error
	for block := range b.full {
		if err == nil {
			if _, err = out.Write(block); err != nil {
				b.fails <- err
			}
		}
		b.free <- block[:0]
	}
	close(b.fails)
}

// AvailableBuffer is empty, with room for what is to be appended and given to the
// next Write, which then copies nothing, as that of [bufio.Writer].
func (b *Behind) AvailableBuffer() []byte { return b.block[len(b.block):] }

// Write takes all of p, or says why earlier text could not be written.
func (b *Behind) Write(p []byte) (int, error) {
	for rest := p; ; {
		n := min(len(rest), cap(b.block)-len(b.block))
		b.block, rest = append(b.block, rest[:n]...), rest[n:]
		if len(b.block) < cap(b.block) {
			return len(p), b.err
		}
		if err := b.handOver(); err != nil {
			return len(p) - len(rest), err
		}
	}
}

// WriteString is Write.
func (b *Behind) WriteString(s string) (int, error) { return b.Write([]byte(s)) }

// handOver gives the block to the background, and takes an empty one.
func (b *Behind) handOver() error {
	b.full <- b.block
	b.block = <-b.free
	select {
	case err, failed := <-b.fails:
		if failed {
			b.err = err
		}
	default:
	}
	return b.err
}

// Flush waits until everything is written, and ends it: no Write may follow.
func (b *Behind) Flush() error {
	b.full <- b.block
	close(b.full)
	for err := range b.fails {
		b.err = err
	}
	return b.err
}
