package schema

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/sr"
)

// Decoded is what became of a key or value.
type Decoded struct {
	// SchemaID is the ID of the schema it names; nil when it names none, or names it
	// by a GUID that the registry gave no ID for.
	SchemaID *int32
	// JSON is the key or value on one line, without needless blanks, the same for
	// the same bytes; nil when it could not be decoded.
	JSON json.RawMessage
	// Err is why there is no JSON; nil also for a null.
	Err *Error
}

// Limits of what is decoded. A schema may else make any amount of a few bytes.
const (
	maxDecoded   = 16 << 20 // bytes of JSON for one key or value
	maxDepth     = 500      // of values in values
	alwaysDecode = 1 << 20  // bytes of JSON that the shortest payload may become
	maxGrowth    = 64       // bytes of JSON for each further byte of the payload
)

// roomFor is how many bytes of JSON a payload may become.
func roomFor(payload []byte) int {
	return int(min(maxDecoded, alwaysDecode+maxGrowth*int64(len(payload))))
}

// Decoder decodes keys and values with the schemas of one registry, which it
// asks for each of them once. It is for one goroutine at a time.
type Decoder struct {
	registry *registry
	cache    cache
	down     *failure // why the registry is not asked any more
}

// New makes a Decoder. Nothing is asked yet; the error is about the options, and
// holds no password.
func New(o Options) (*Decoder, error) {
	r, err := newRegistry(o)
	if err != nil {
		return nil, err
	}
	return &Decoder{registry: r, cache: cache{entries: map[name]*entry{}}}, nil
}

// BaresPassword reports whether a password would be sent without encryption.
func (d *Decoder) BaresPassword() bool {
	return d.registry.logsIn && !strings.HasPrefix(d.registry.url, "https:")
}

// Down is why the registry is not asked any more: it could not be reached, or did
// not let us in. Nil while it is.
func (d *Decoder) Down() error {
	if d.down == nil {
		return nil
	}
	return d.down
}

// Decode decodes a key or value; header is the value of the record's [KeyHeader]
// or [ValueHeader], nil if there is none. A null is nothing to decode. When ctx
// ends, so does the question to the registry; the result then says so and is not
// remembered.
func (d *Decoder) Decode(ctx context.Context, data, header []byte) Decoded {
	if data == nil {
		return Decoded{}
	}
	f, err := parseFrame(data, header)
	if err != nil {
		return Decoded{Err: &Error{Reason: NotFramed, Err: err}}
	}
	e := d.entry(ctx, f.name)
	if e.err != nil {
		return Decoded{SchemaID: e.id, Err: e.err}
	}
	var text json.RawMessage
	err = guarded("decoding", func() (err error) {
		text, err = e.codec.decode(f)
		return err
	})
	if err == nil && len(text) > roomFor(f.payload) {
		err = errTooMuch
	}
	if err != nil {
		return Decoded{SchemaID: e.id, Err: &Error{BadPayload, f.name.String(), err}}
	}
	return Decoded{SchemaID: e.id, JSON: text}
}

var errTooMuch = fmt.Errorf("it is too much JSON: more than %d bytes for each of its own, or %d MiB", maxGrowth, maxDecoded>>20)

// entry is the schema, from the cache or from the registry.
func (d *Decoder) entry(ctx context.Context, n name) *entry {
	if e := d.cache.entries[n]; e != nil {
		return e
	}
	if d.down != nil {
		return failed(n, RegistryFailed, d.down)
	}
	doc, err := d.registry.get(ctx, n)
	if ctx.Err() != nil {
		return failed(n, RegistryFailed, context.Cause(ctx))
	}
	var no *failure
	if errors.As(err, &no) && no.final {
		d.down = no
		return failed(n, RegistryFailed, no)
	}
	e := d.compile(ctx, n, doc, err)
	if ctx.Err() == nil {
		d.cache.put(n, e)
	}
	return e
}

// compile makes the entry for what the registry answered.
func (d *Decoder) compile(ctx context.Context, n name, doc document, err error) *entry {
	var no *failure
	var unusable *Error
	switch {
	case errors.As(err, &no):
		return failed(n, no.reason, no)
	case errors.As(err, &unusable):
		return failed(n, unusable.Reason, unusable.Err)
	case err != nil:
		return failed(n, RegistryFailed, err)
	}
	e := &entry{id: doc.id, size: doc.size()}
	err = guarded("reading the schema", func() (err error) {
		e.codec, err = newCodec(ctx, doc)
		return err
	})
	if err != nil {
		e.err = &Error{BadSchema, n.String(), err}
	}
	return e
}

func failed(n name, reason Reason, err error) *entry {
	e := &entry{err: &Error{reason, n.String(), err}}
	if n.guid == "" {
		e.id = &n.id
	}
	return e
}

// codec decodes what was written with one schema.
type codec interface {
	decode(f frame) (json.RawMessage, error)
}

func newCodec(ctx context.Context, doc document) (codec, error) {
	switch doc.Type {
	case sr.TypeAvro:
		return newAvroCodec(doc)
	case sr.TypeProtobuf:
		return newProtobufCodec(ctx, doc)
	case sr.TypeJSON:
		return jsonCodec{}, nil
	}
	return nil, fmt.Errorf("%v is a kind of schema that kofs does not know", doc.Type)
}
