package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MaxSize is how large, in bytes, a document may be that is read back.
const MaxSize = 64 << 20

// Decode reads one JSON document into doc, whose fields must be all that
// there is: unknown and double keys, numbers that are no integers, and anything
// behind the document are errors. They name the line.
func Decode(text []byte, doc any) error {
	if len(text) > MaxSize {
		return fmt.Errorf("it has more than %d bytes", MaxSize)
	}
	if err := checkKeys(text); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(doc); err != nil {
		return InWords(text, err, d.InputOffset())
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("line %d: something follows the document", lineOf(text, d.InputOffset()))
	}
	return nil
}

// checkKeys walks the tokens for keys that stand twice in one object, which
// encoding/json takes without a word.
func checkKeys(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var open []map[string]bool // nil for an array
	isKey := false
	for {
		token, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return InWords(text, err, d.InputOffset())
		}
		switch token {
		case json.Delim('{'):
			open, isKey = append(open, map[string]bool{}), true
			continue
		case json.Delim('['):
			open, isKey = append(open, nil), false
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		default:
			if key, ok := token.(string); ok && isKey {
				keys := open[len(open)-1]
				if keys[key] {
					return fmt.Errorf("line %d: the key %q stands twice", lineOf(text, d.InputOffset()), key)
				}
				keys[key], isKey = true, false
				continue
			}
		}
		if len(open) == 0 {
			return nil // the document's end; Decode looks at what follows
		}
		isKey = open[len(open)-1] != nil
	}
}

// InWords says in which line of the text an error of encoding/json lies; offset is
// where the decoder stood.
func InWords(text []byte, err error, offset int64) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: %s", lineOf(text, syntax.Offset), strings.TrimPrefix(err.Error(), "json: "))
	case errors.As(err, &kind):
		return fmt.Errorf("line %d: %s may not be a %s", lineOf(text, kind.Offset), kind.Field, kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("line %d: the document ends too early", lineOf(text, int64(len(text))))
	}
	message := strings.TrimPrefix(err.Error(), "json: ")
	if key, unknown := strings.CutPrefix(message, "unknown field "); unknown {
		offset = int64(bytes.Index(text, []byte(key)))
	}
	return fmt.Errorf("line %d: %s", lineOf(text, offset), message)
}

func lineOf(text []byte, offset int64) int {
	offset = min(max(offset, 0), int64(len(text)))
	return 1 + bytes.Count(text[:offset], []byte("\n"))
}
