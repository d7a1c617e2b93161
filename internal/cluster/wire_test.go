package cluster

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// canned is a connection that says what it was given, in small pieces.
type canned struct {
	net.Conn
	io.Reader
}

func (c canned) Read(p []byte) (int, error)  { return c.Reader.Read(p[:min(len(p), 7)]) }
func (c canned) Write(p []byte) (int, error) { return len(p), nil }

func (c canned) SetReadDeadline(time.Time) error  { return nil }
func (c canned) SetWriteDeadline(time.Time) error { return nil }

func TestWireEndsReadsAtTheFrame(t *testing.T) {
	w := newWire(canned{Reader: bytes.NewReader([]byte("\x00\x00\x00\x05abcde\x00\x00\x00\x04fghi"))}, nil)
	buf := make([]byte, 100)
	for _, want := range []string{"\x00\x00\x00\x05abcde", "\x00\x00\x00\x04fghi"} {
		var got []byte
		for len(got) < len(want) {
			n, err := w.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, buf[:n]...)
		}
		if string(got) != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSkipTags(t *testing.T) {
	for in, want := range map[string]string{
		"\x00rest":                     "rest",
		"\x02\x00\x03abc\x05\x00rest":  "rest",
		"":                             "error",
		"\x01":                         "error",
		"\x01\x00":                     "error",
		"\x01\x00\x09ab":               "error",
		"\x01\x00\xff\xff\xff\xff\xff": "error",
	} {
		got, err := skipTags([]byte(in))
		if err != nil {
			got = []byte("error")
		}
		if string(got) != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// Whatever a port sends, frames are bounded and nothing panics.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	f.Add([]byte("\x00\x00\x00\x0c\x00\x00\x00\x0a\x00\x23\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x00\x00\x00\x09\x00\x00\x00\x0a\x01\x00\x02ab"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, ask := range []func(*raw) error{
			func(r *raw) error { _, err := r.apiVersions(3); return err },
			func(r *raw) error { _, err := r.receive(&kmsg.FetchRequest{Version: 12}); return err },
			func(r *raw) error { _, err := r.receive(&kmsg.OffsetCommitRequest{Version: 10}); return err },
		} {
			conn := canned{Reader: bytes.NewReader(data)}
			r := newRaw(newWire(conn, conn), "kofs")
			r.wire.idle = 100 * time.Millisecond // or four billion tags are counted through
			for ask(r) == nil {
			}
			if cap(r.in) > maxFirstFrame*9/8 { // and room for the next one, a little larger
				t.Errorf("%d bytes allocated", cap(r.in))
			}
		}
	})
}

// A length that may be true costs memory only as its bytes arrive, for sarama
// (which makes room for all of it at once) and for raw requests; and what does
// arrive is handed on as it was.
func TestRoomIsMadeForWhatArrives(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 3*trusted/16)
	announced := func(size uint32) []byte { return binary.BigEndian.AppendUint32(nil, size) }
	read := func(whole bool, stream []byte, size int) (got []byte, allocated uint64, err error) {
		w := newWire(plainly{Reader: bytes.NewReader(stream)}, nil)
		w.max, w.whole = maxFrame, whole
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if whole {
			if _, err = io.ReadFull(w, make([]byte, 4)); err == nil { // as sarama: the length, then room for the rest
				got = make([]byte, size)
				_, err = io.ReadFull(w, got)
			}
		} else if _, err = w.Read(make([]byte, 4)); err == nil {
			got, err = newRaw(w, "kofs").fill(size)
		}
		runtime.ReadMemStats(&after)
		return got, after.TotalAlloc - before.TotalAlloc, err
	}
	for _, whole := range []bool{true, false} {
		got, _, err := read(whole, append(announced(uint32(len(body))), body...), len(body))
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("whole %v: %d bytes of %d, %v", whole, len(got), len(body), err)
		}
		_, allocated, err := read(whole, append(announced(100<<20), body[:1000]...), 100<<20)
		if err == nil || allocated > 4*trusted {
			t.Errorf("whole %v: %d bytes allocated, %v", whole, allocated, err)
		}
	}
}

// plainly is a connection that says what it was given.
type plainly struct {
	net.Conn
	io.Reader
}

func (p plainly) Read(b []byte) (int, error) { return p.Reader.Read(b) }
