package output

import (
	"encoding/base64"
	"time"
	"unicode/utf8"
)

// AppendJSONString appends s as a JSON string, exactly as [WriteJSON] spells it.
func AppendJSONString[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := decodeRune(s, i)
		if size > 1 && !isHidden(r) {
			i += size
			continue
		}
		dst = append(dst, s[from:i]...)
		dst = appendEscape(dst, r)
		i += size
		from = i
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// decodeRune is the character at index i, U+FFFD for a byte that is no UTF-8.
func decodeRune[T string | []byte](s T, i int) (rune, int) {
	var window [utf8.UTFMax]byte
	n := copy(window[:], s[i:min(len(s), i+utf8.UTFMax)])
	return utf8.DecodeRune(window[:n])
}

// AppendJSONText appends b as [Text] gives it, and how to read it.
func AppendJSONText(dst, b []byte) (text []byte, encoding string) {
	if utf8.Valid(b) {
		return AppendJSONString(dst, b), "utf8"
	}
	return AppendJSONBase64(dst, b), "base64"
}

// AppendJSONBase64 appends b as a JSON string in base64 (standard, padded).
func AppendJSONBase64(dst, b []byte) []byte {
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, b)
	return append(dst, '"')
}

// AppendJSONTime appends what [JSONTime] gives, as JSON: a string, or null.
func AppendJSONTime(dst []byte, ms *int64) []byte {
	if ms == nil {
		return append(dst, "null"...)
	}
	t := time.UnixMilli(*ms).UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = t.AppendFormat(dst, jsonTimeForm)
	return append(dst, '"')
}

// appendEscape spells r as encoding/json does, where that has a short form, and
// else as writeEscape does.
func appendEscape(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return appendUnicodeEscape(dst, r)
}
