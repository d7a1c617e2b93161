package schema

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/twmb/avro"
)

// avroCodec decodes Avro's binary encoding. It walks the schema beside the bytes
// and writes JSON as it goes: the fields in the schema's order, whole numbers
// exactly, a union as the value alone.
type avroCodec struct{ schema *avroType }

func newAvroCodec(doc document) (codec, error) {
	var names avro.SchemaCache
	for _, r := range doc.references {
		if _, err := names.Parse(r.text); err != nil {
			return nil, fmt.Errorf("reading %q, which it refers to: %w", r.name, err)
		}
	}
	schema, err := names.Parse(doc.Schema.Schema)
	if err != nil {
		return nil, err
	}
	root, err := avroTypes{}.of(schema.Root(), "")
	return avroCodec{root}, err
}

func (c avroCodec) decode(f frame) (json.RawMessage, error) {
	if c.schema.kind == "bytes" && c.schema.logical == "" {
		return json.Marshal(f.payload) // Confluent's serializers write bytes alone as they are, without a length
	}
	w := avroWriter{in: f.payload, room: roomFor(f.payload)}
	if err := w.value(c.schema, 0); err != nil {
		return nil, err
	}
	if len(w.in) > 0 {
		return nil, errors.New("bytes are left over behind it")
	}
	return w.out.Bytes(), nil
}

// avroWriter writes one payload as JSON.
type avroWriter struct {
	in   []byte // what is left
	out  bytes.Buffer
	room int // for out, in bytes
}

var errCutOff = errors.New("it is cut off")

// value writes the next value, which is of type t and depth levels down. Also
// values that take no bytes, of which there may be any number, cost room in the
// result: its limit bounds the time as well.
func (w *avroWriter) value(t *avroType, depth int) error {
	switch {
	case depth > maxDepth:
		return fmt.Errorf("values lie in values more than %d deep", maxDepth)
	case w.out.Len() > w.room:
		return errTooMuch
	}
	switch t.kind {
	case "record":
		return w.record(t, depth+1)
	case "array":
		return w.array(t, depth+1)
	case "map":
		return w.mapping(t, depth+1)
	case "union":
		return w.union(t, depth+1)
	case "enum":
		return w.enum(t)
	case "fixed":
		b, err := w.take(int64(t.size))
		if err != nil {
			return err
		}
		return w.binary(t, b)
	}
	return w.primitive(t)
}

func (w *avroWriter) record(t *avroType, depth int) error {
	w.out.WriteByte('{')
	for i, field := range t.parts {
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.out.WriteString(t.names[i])
		w.out.WriteByte(':')
		if err := w.value(field, depth); err != nil {
			return err
		}
	}
	w.out.WriteByte('}')
	return nil
}

func (w *avroWriter) array(t *avroType, depth int) error {
	w.out.WriteByte('[')
	err := w.blocks(func() error { return w.value(t.parts[0], depth) })
	w.out.WriteByte(']')
	return err
}

// mapping writes a map, its keys in the order in which they were written.
func (w *avroWriter) mapping(t *avroType, depth int) error {
	w.out.WriteByte('{')
	err := w.blocks(func() error {
		key, err := w.bytes()
		if err != nil {
			return err
		}
		w.text(string(key))
		w.out.WriteByte(':')
		return w.value(t.parts[0], depth)
	})
	w.out.WriteByte('}')
	return err
}

// blocks writes the items of an array or map, which come in blocks that are each
// preceded by their number; 0 ends them.
func (w *avroWriter) blocks(item func() error) error {
	for first := true; ; {
		n, err := w.items()
		if err != nil || n == 0 {
			return err
		}
		for range n {
			if !first {
				w.out.WriteByte(',')
			}
			first = false
			if err := item(); err != nil {
				return err
			}
		}
	}
}

// items is how many items the next block has. A negative number is followed by
// the block's size, which only those need who skip it.
func (w *avroWriter) items() (int64, error) {
	n, err := w.long()
	if err != nil || n >= 0 {
		return n, err
	}
	if n == math.MinInt64 {
		return 0, errors.New("a block has a number of items that there is not")
	}
	_, err = w.long()
	return -n, err
}

func (w *avroWriter) union(t *avroType, depth int) error {
	i, err := w.long()
	if err != nil {
		return err
	}
	if i < 0 || i >= int64(len(t.parts)) {
		return fmt.Errorf("branch %d of a union of %d", i, len(t.parts))
	}
	return w.value(t.parts[i], depth)
}

func (w *avroWriter) enum(t *avroType) error {
	i, err := w.long()
	if err != nil {
		return err
	}
	if i < 0 || i >= int64(len(t.names)) {
		return fmt.Errorf("symbol %d of an enum of %d", i, len(t.names))
	}
	w.out.WriteString(t.names[i])
	return nil
}

func (w *avroWriter) primitive(t *avroType) error {
	switch t.kind {
	case "null":
		w.out.WriteString("null")
		return nil
	case "int", "long":
		v, err := w.long()
		if t.kind == "int" && v != int64(int32(v)) {
			return fmt.Errorf("%d is no int", v)
		}
		w.number(t.logical, v)
		return err
	case "string", "bytes":
		b, err := w.bytes()
		if err != nil {
			return err
		}
		if t.kind == "bytes" {
			return w.binary(t, b)
		}
		w.text(string(b))
		return nil
	}
	b, err := w.take(int64(t.size))
	if err != nil {
		return err
	}
	switch {
	case t.kind == "boolean" && b[0] <= 1:
		w.out.WriteString(strconv.FormatBool(b[0] == 1))
	case t.kind == "float":
		w.float(float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), 32)
	case t.kind == "double":
		w.float(math.Float64frombits(binary.LittleEndian.Uint64(b)), 64)
	default:
		return errors.New("a boolean that is neither true nor false")
	}
	return nil
}

// long reads a number as Avro writes them all: a zigzag varint.
func (w *avroWriter) long() (int64, error) {
	v, n := binary.Varint(w.in)
	switch {
	case n == 0:
		return 0, errCutOff
	case n < 0:
		return 0, errors.New("a number of more than 64 bits")
	}
	w.in = w.in[n:]
	return v, nil
}

// bytes reads a length and so many bytes.
func (w *avroWriter) bytes() ([]byte, error) {
	n, err := w.long()
	if err != nil {
		return nil, err
	}
	return w.take(n)
}

// take is the next n bytes, where they are: no length makes room for anything.
func (w *avroWriter) take(n int64) ([]byte, error) {
	if n < 0 {
		return nil, fmt.Errorf("a length of %d bytes", n)
	}
	if n > int64(len(w.in)) {
		return nil, errCutOff
	}
	b := w.in[:n]
	w.in = w.in[n:]
	return b, nil
}

// text writes a JSON string. What is not UTF-8 in it, as Avro requires, is U+FFFD.
func (w *avroWriter) text(s string) { quote(&w.out, s) }

func quote(out *bytes.Buffer, s string) {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string into memory cannot fail
	out.Truncate(out.Len() - 1)
}

func (w *avroWriter) base64(b []byte) { w.text(base64.StdEncoding.EncodeToString(b)) }
