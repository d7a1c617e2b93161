package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// errUndecodable is an answer that does not decode. Asking again would not help.
var errUndecodable = errors.New("the answer cannot be decoded")

// firstCorrelation is the ID of the first request on a connection, a line feed
// in its last byte: an HTTP server then sees a finished line and answers at
// once that this is no request, instead of waiting for more.
const firstCorrelation = '\n'

// raw makes requests that sarama cannot make. Several may be in flight; answers
// come in the order of the requests.
type raw struct {
	wire    *wire
	format  *kmsg.RequestFormatter
	next    int32  // correlation ID of the next request
	awaited int32  // and of the next answer
	out     []byte // reused
	in      []byte // reused: what an answer's byte slices point into
	spare   []byte // the same, while in is for an early answer
	early   chan framed
	asked   int // the size of answers that is asked for, 0 if any is as likely
}

func newRaw(w *wire, clientID string) *raw {
	return &raw{
		wire:    w,
		format:  kmsg.NewRequestFormatter(kmsg.FormatterClientID(clientID)),
		next:    firstCorrelation,
		awaited: firstCorrelation,
	}
}

func (r *raw) send(req kmsg.Request) error {
	r.out = r.format.AppendRequest(r.out[:0], req, r.next)
	r.next++
	_, err := r.wire.Write(r.out)
	return err
}

// framed is what frame returns.
type framed struct {
	body []byte
	err  error
}

// receiveEarly begins to read the answer to req, the oldest request in flight, while
// the one before is still in use. Nothing else may be received until [raw.receive]
// has returned it.
func (r *raw) receiveEarly(req kmsg.Request) {
	r.in, r.spare = r.spare, r.in
	early := make(chan framed, 1)
	r.early = early
	go func() {
		body, err := r.frame(hasTags(req))
		early <- framed{body, err}
	}()
}

// answer is what follows the header of the oldest request's answer.
func (r *raw) answer(req kmsg.Request) ([]byte, error) {
	if r.early == nil {
		return r.frame(hasTags(req))
	}
	f := <-r.early
	r.early = nil
	return f.body, f.err
}

// receive reads the answer to the oldest request in flight, which must be req.
// Byte slices in it are valid until the next call.
func (r *raw) receive(req kmsg.Request) (kmsg.Response, error) {
	body, err := r.answer(req)
	if err != nil {
		return nil, err
	}
	resp := req.ResponseKind() // has req's version
	if err := r.decode(resp, body); err != nil {
		return nil, fmt.Errorf("%w: %w", errUndecodable, err)
	}
	return resp, nil
}

// decode makes resp of body, for no longer than the connection is open, and than the
// longest silence: an answer may claim four billion tagged fields, and kmsg counts
// through them all, most of a minute, though there are no bytes for them
// (internalReadTags of kmsg 1.15). It cannot be stopped, but it can be left alone.
func (r *raw) decode(resp kmsg.Response, body []byte) error {
	decoded := make(chan error, 1)
	go func() { decoded <- resp.ReadFrom(body) }()
	var late <-chan time.Time
	if r.wire.idle > 0 {
		late = time.After(r.wire.idle)
	}
	select {
	case err := <-decoded:
		return err
	case <-r.wire.closed:
		return net.ErrClosed
	case <-late:
		return fmt.Errorf("no end after %v", r.wire.idle)
	}
}

// hasTags reports whether the header of the answer ends with tags (KIP-482).
// Answers to ApiVersions never have them, so that any client can read them (KIP-511).
func hasTags(req kmsg.Request) bool {
	return req.IsFlexible() && req.Key() != kmsg.ApiVersions.Int16()
}

// release lets go of the memory of the answer that was received last, if that was
// larger than answers are.
func (r *raw) release(most int) {
	last := &r.in
	if r.early != nil {
		last = &r.spare
	}
	if cap(*last) > most {
		*last = nil
	}
}

// frame reads one answer and returns what follows its header.
func (r *raw) frame(tags bool) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r.wire, head[:]); err != nil {
		return nil, err
	}
	size := int(binary.BigEndian.Uint32(head[:])) // checked by wire
	frame, err := r.fill(size)
	if err != nil {
		return nil, err
	}
	if got := int32(binary.BigEndian.Uint32(frame)); got != r.awaited {
		return nil, fmt.Errorf("%w: it is number %d where %d was due", errUndecodable, got, r.awaited)
	}
	r.awaited++
	if !tags {
		return frame[4:], nil
	}
	return skipTags(frame[4:])
}

// fill reads size bytes into the buffer, which grows as they arrive, unless so many
// were asked for. Each page of it that is touched for the first time costs as much as
// receiving it, so the next answer, a little larger, is to find room too.
func (r *raw) fill(size int) ([]byte, error) {
	for done := 0; done < size; {
		if room := min(size, max(cap(r.in), 2*done, trusted, r.asked)); room > cap(r.in) {
			grown := make([]byte, room, room+room/8)
			copy(grown, r.in[:done])
			r.in = grown
		}
		r.in = r.in[:cap(r.in)]
		n, err := io.ReadFull(r.wire, r.in[done:min(size, cap(r.in))])
		if done += n; err != nil {
			return nil, err
		}
	}
	return r.in[:size], nil
}

// skipTags skips a section of tagged fields; no release of Kafka puts any into a header.
func skipTags(b []byte) ([]byte, error) {
	count, n := binary.Uvarint(b)
	for ; n > 0 && count > 0; count-- {
		_, id := binary.Uvarint(b[n:])
		if id <= 0 {
			return nil, errUndecodable
		}
		size, k := binary.Uvarint(b[n+id:])
		if k <= 0 || size > uint64(len(b)-n-id-k) {
			return nil, errUndecodable
		}
		n += id + k + int(size)
	}
	if n <= 0 {
		return nil, errUndecodable
	}
	return b[n:], nil
}
