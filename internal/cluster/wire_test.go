package cluster

import (
	"bytes"
	"io"
	"net"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// canned is a connection that says what it was given, in small pieces.
type canned struct {
	net.Conn
	io.Reader
}

func (c canned) Read(p []byte) (int, error)  { return c.Reader.Read(p[:min(len(p), 7)]) }
func (c canned) Write(p []byte) (int, error) { return len(p), nil }

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
			r := newRaw(newWire(canned{Reader: bytes.NewReader(data)}, nil), "kofs")
			for ask(r) == nil {
			}
			if cap(r.in) > maxFirstFrame {
				t.Errorf("%d bytes allocated", cap(r.in))
			}
		}
	})
}
