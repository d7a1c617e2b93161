package schema

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/hamba/avro/v2"
)

// avroCodec decodes Avro's binary encoding. It walks the schema beside the bytes
// and writes JSON as it goes: the fields in the schema's order, whole numbers
// exactly, a union as the value alone.
type avroCodec struct{ schema avro.Schema }

func newAvroCodec(doc document) (codec, error) {
	names := &avro.SchemaCache{} // not the library's, which is shared
	for _, r := range doc.references {
		if _, err := avro.ParseWithCache(r.text, "", names); err != nil {
			return nil, fmt.Errorf("reading %q, which it refers to: %w", r.name, err)
		}
	}
	schema, err := avro.ParseWithCache(doc.Schema.Schema, "", names)
	if err != nil {
		return nil, err
	}
	return avroCodec{schema}, nil
}

func (c avroCodec) decode(f frame) (json.RawMessage, error) {
	if s, ok := c.schema.(*avro.PrimitiveSchema); ok && s.Type() == avro.Bytes && s.Logical() == nil {
		return json.Marshal(f.payload) // Confluent's serializers write bytes alone as they are, without a length
	}
	w := avroWriter{in: avro.NewReader(nil, 0).Reset(f.payload), left: len(f.payload)}
	err := w.value(c.schema, 0)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it is cut off")
	}
	if err != nil {
		return nil, err
	}
	if w.in.Peek(); w.in.Error == nil {
		return nil, errors.New("bytes are left over behind it")
	}
	return w.out.Bytes(), nil
}

// avroWriter writes one payload as JSON.
type avroWriter struct {
	in   *avro.Reader
	left int // no part of the payload is longer, in bytes
	out  bytes.Buffer
}

// value writes the next value, which is of schema s and depth levels down. Also
// values that take no bytes, of which there may be any number, cost room in the
// result: its limit bounds the time as well.
func (w *avroWriter) value(s avro.Schema, depth int) error {
	switch {
	case depth > maxDepth:
		return fmt.Errorf("values lie in values more than %d deep", maxDepth)
	case w.out.Len() > maxDecoded:
		return errTooMuch
	case w.in.Error != nil:
		return w.in.Error
	}
	switch s := s.(type) {
	case *avro.RefSchema:
		return w.value(s.Schema(), depth+1)
	case *avro.RecordSchema:
		return w.record(s, depth+1)
	case *avro.ArraySchema:
		return w.array(s, depth+1)
	case *avro.MapSchema:
		return w.mapping(s, depth+1)
	case *avro.UnionSchema:
		return w.union(s, depth+1)
	case *avro.EnumSchema:
		return w.enum(s)
	case *avro.FixedSchema:
		return w.fixed(s)
	case *avro.PrimitiveSchema:
		return w.primitive(s)
	case *avro.NullSchema:
		w.out.WriteString("null")
		return nil
	}
	return fmt.Errorf("%s is a type that kofs does not know", s.Type())
}

func (w *avroWriter) record(s *avro.RecordSchema, depth int) error {
	w.out.WriteByte('{')
	for i, field := range s.Fields() {
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.text(field.Name())
		w.out.WriteByte(':')
		if err := w.value(field.Type(), depth); err != nil {
			return err
		}
	}
	w.out.WriteByte('}')
	return nil
}

func (w *avroWriter) array(s *avro.ArraySchema, depth int) error {
	w.out.WriteByte('[')
	err := w.blocks(func() error { return w.value(s.Items(), depth) })
	w.out.WriteByte(']')
	return err
}

// mapping writes a map, its keys in the order in which they were written.
func (w *avroWriter) mapping(s *avro.MapSchema, depth int) error {
	w.out.WriteByte('{')
	err := w.blocks(func() error {
		key, err := w.bytes()
		if err != nil {
			return err
		}
		w.text(string(key))
		w.out.WriteByte(':')
		return w.value(s.Values(), depth)
	})
	w.out.WriteByte('}')
	return err
}

// blocks writes the items of an array or map, which come in blocks that are each
// preceded by their number; 0 ends them.
func (w *avroWriter) blocks(item func() error) error {
	for first := true; ; {
		n, _ := w.in.ReadBlockHeader()
		if w.in.Error != nil || n == 0 {
			return w.in.Error
		}
		if n < 0 {
			return errors.New("a block has a negative number of items")
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

func (w *avroWriter) union(s *avro.UnionSchema, depth int) error {
	i := w.in.ReadLong()
	if w.in.Error != nil {
		return w.in.Error
	}
	if i < 0 || i >= int64(len(s.Types())) {
		return fmt.Errorf("branch %d of a union of %d", i, len(s.Types()))
	}
	return w.value(s.Types()[i], depth)
}

func (w *avroWriter) enum(s *avro.EnumSchema) error {
	i := w.in.ReadInt()
	if w.in.Error != nil {
		return w.in.Error
	}
	if i < 0 || int(i) >= len(s.Symbols()) {
		return fmt.Errorf("symbol %d of enum %s, which has %d", i, s.Name(), len(s.Symbols()))
	}
	w.text(s.Symbols()[i])
	return nil
}

func (w *avroWriter) primitive(s *avro.PrimitiveSchema) error {
	switch s.Type() {
	case avro.Boolean:
		w.out.WriteString(strconv.FormatBool(w.in.ReadBool()))
	case avro.Int:
		w.number(s.Logical(), int64(w.in.ReadInt()))
	case avro.Long:
		w.number(s.Logical(), w.in.ReadLong())
	case avro.Float:
		w.float(float64(w.in.ReadFloat()), 32)
	case avro.Double:
		w.float(w.in.ReadDouble(), 64)
	case avro.String:
		b, err := w.bytes()
		w.text(string(b))
		return err
	case avro.Bytes:
		b, err := w.bytes()
		if err != nil {
			return err
		}
		return w.binary(s.Logical(), b)
	default:
		return fmt.Errorf("%s is a type that kofs does not know", s.Type())
	}
	return w.in.Error
}

func (w *avroWriter) fixed(s *avro.FixedSchema) error {
	b, err := w.take(int64(s.Size()))
	if err != nil {
		return err
	}
	return w.binary(s.Logical(), b)
}

// bytes reads a length and so many bytes.
func (w *avroWriter) bytes() ([]byte, error) { return w.take(w.in.ReadLong()) }

// take reads n bytes. The library would make room for them before it looks
// whether they are there.
func (w *avroWriter) take(n int64) ([]byte, error) {
	if w.in.Error != nil {
		return nil, w.in.Error
	}
	if n < 0 || n > int64(w.left) {
		return nil, fmt.Errorf("a length of %d bytes, of %d altogether", n, w.left)
	}
	b := make([]byte, n)
	w.in.Read(b)
	return b, w.in.Error
}

// text writes a JSON string. What is not UTF-8 in it, as Avro requires, is U+FFFD.
func (w *avroWriter) text(s string) {
	enc := json.NewEncoder(&w.out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string into memory cannot fail
	w.out.Truncate(w.out.Len() - 1)
}

func (w *avroWriter) base64(b []byte) { w.text(base64.StdEncoding.EncodeToString(b)) }
