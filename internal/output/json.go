package output

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// WriteJSON writes doc as one document, indented by two spaces, with a newline
// at its end. Nothing is written if doc cannot be encoded.
//
// The same doc always gives the same bytes (map keys are sorted), <, > and & stay
// readable, and what a terminal would act upon is escaped as \u009b, so that a
// document may be looked at with cat. A string that is not UTF-8 would lose
// bytes: use [Text].
func WriteJSON(w io.Writer, doc any) error { return writeJSON(w, doc, "  ") }

// WriteJSONLine writes v on one line, otherwise as [WriteJSON] does.
func WriteJSONLine(w io.Writer, v any) error { return writeJSON(w, v, "") }

// Text is b as a JSON string and how to read it: "utf8", or "base64" (standard,
// padded) for bytes that are not UTF-8.
func Text(b []byte) (text, encoding string) {
	if utf8.Valid(b) {
		return string(b), "utf8"
	}
	return base64.StdEncoding.EncodeToString(b), "base64"
}

func writeJSON(w io.Writer, v any, indent string) error {
	var doc bytes.Buffer
	enc := json.NewEncoder(&doc)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encoding JSON: %w", err)
	}
	if err := writeEscaped(w, doc.Bytes()); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}

// writeEscaped writes valid JSON with every hidden character as \uXXXX. Outside
// of strings JSON has none, so no state is needed; a document without one, the
// usual case, is passed on as it is.
func writeEscaped(w io.Writer, doc []byte) error {
	at, size := nextHidden(doc, 0)
	if at < 0 {
		_, err := w.Write(doc)
		return err
	}
	var out bytes.Buffer
	out.Grow(len(doc) + len(doc)/8)
	from := 0
	for ; at >= 0; at, size = nextHidden(doc, from) {
		out.Write(doc[from:at])
		r, _ := utf8.DecodeRune(doc[at:])
		writeEscape(&out, r)
		from = at + size
	}
	out.Write(doc[from:])
	_, err := w.Write(out.Bytes())
	return err
}

// nextHidden finds the first character from index on that a document does not
// carry openly; -1 if there is none. The newlines and blanks between JSON's
// tokens are ASCII controls that are left alone: inside strings encoding/json
// has escaped them all.
func nextHidden(doc []byte, from int) (at, size int) {
	for i := from; i < len(doc); {
		if doc[i] < 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRune(doc[i:])
		if isHidden(r) || r == utf8.RuneError && n == 1 {
			return i, n
		}
		i += n
	}
	return -1, 0
}

// writeEscape spells r as JSON does: in UTF-16, a byte that is no UTF-8 (a
// json.RawMessage may hold one) as U+FFFD.
func writeEscape(out *bytes.Buffer, r rune) {
	out.Write(appendUnicodeEscape(out.AvailableBuffer(), r))
}

func appendUnicodeEscape(dst []byte, r rune) []byte {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return appendUnit(appendUnit(dst, high), low)
	}
	return appendUnit(dst, r)
}

func appendUnit(dst []byte, unit rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[unit>>12&15], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
}
