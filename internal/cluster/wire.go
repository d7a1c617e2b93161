package cluster

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"time"
)

// Bounds of the length that a frame may claim. Before the other end has proved
// to be a broker only small answers are due (ApiVersions, a login).
const (
	maxFirstFrame = 256 << 10
	maxFrame      = 128 << 20
)

// wire checks the length of every frame before anybody allocates that much:
// sarama makes 4 GB of room for an HTTP server's answer, and 16 GB for zeros.
// Room for a large frame that may be true is made as it arrives: here for
// sarama (whole), in [raw.frame] for the others.
// It hands out no byte beyond the frame that is being read, so that no reader's
// buffer can swallow the start of the next answer.
//
// Deadlines set from outside do nothing: sarama leaves stale ones behind. A
// context ends a wait by closing the connection.
type wire struct {
	net.Conn          // what is read and written: TLS, where there is some
	socket   net.Conn // the TCP connection beneath; closing it ends every wait at once
	buf      *bufio.Reader
	max      int           // longest frame believed
	left     int           // bytes of the present frame not handed out yet, its length included
	whole    bool          // large frames are held back until they are there, see hold
	held     bytes.Buffer  // what is left of such a frame
	idle     time.Duration // longest silence while reading or writing; 0: for ever
	err      error         // sticky: what was read is not Kafka

	closing sync.Once
	closed  chan struct{} // at Close
}

func newWire(conn, socket net.Conn) *wire {
	return &wire{Conn: conn, socket: socket, buf: bufio.NewReaderSize(conn, 16<<10), max: maxFirstFrame, closed: make(chan struct{})}
}

// Read hands out bytes of whole frames whose length is believable; from the first
// that is not, it fails for good with an [*alienError].
func (w *wire) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if err := w.awaitMore(); err != nil {
		return 0, err
	}
	if w.left == 0 {
		if err := w.begin(); err != nil {
			return 0, err
		}
	}
	var n int
	var err error
	if w.held.Len() > 0 {
		if n, err = w.held.Read(p); w.held.Len() == 0 {
			w.held = bytes.Buffer{} // before the answer is decoded, which takes as much again
		}
	} else {
		n, err = w.buf.Read(p[:min(len(p), w.left)])
	}
	w.left -= n
	return n, err
}

func (w *wire) awaitMore() error {
	if w.idle <= 0 {
		return nil
	}
	return w.socket.SetReadDeadline(time.Now().Add(w.idle))
}

// trusted is how many bytes may be made room for because a frame's length says so.
const trusted = 1 << 20

// hold reads a whole frame, with room for as much of it as has arrived.
func (w *wire) hold() error {
	w.held.Reset()
	for missing := w.left; missing > 0; {
		n, err := io.CopyN(&w.held, w.buf, int64(min(missing, trusted)))
		if err != nil {
			return err
		}
		if missing -= int(n); missing > 0 {
			if err := w.awaitMore(); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin looks at the length of the next frame.
func (w *wire) begin() error {
	head, err := w.buf.Peek(4)
	if err != nil {
		return err
	}
	size := binary.BigEndian.Uint32(head)
	if size < 4 || int64(size) > int64(w.max) {
		w.err = &alienError{[4]byte(head)}
		return w.err
	}
	w.left = 4 + int(size)
	if w.whole && w.left > trusted {
		return w.hold()
	}
	return nil
}

// Write fails when the other end takes nothing for the idle time.
func (w *wire) Write(p []byte) (int, error) {
	if w.idle > 0 {
		if err := w.socket.SetWriteDeadline(time.Now().Add(w.idle)); err != nil {
			return 0, err
		}
	}
	return w.Conn.Write(p)
}

// SetDeadline does nothing, see [wire].
func (w *wire) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing, see [wire].
func (w *wire) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing, see [wire].
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// Close closes the TCP connection without a TLS farewell, which could block. It may
// be called again, and while others read and write.
func (w *wire) Close() error {
	w.closing.Do(func() { close(w.closed) })
	return w.socket.Close()
}
