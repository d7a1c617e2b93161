package output

import (
	"encoding/base64"
	"encoding/binary"
	"time"
	"unicode/utf8"
)

// AppendJSONString appends s as a JSON string, exactly as [WriteJSON] spells it.
func AppendJSONString[T string | []byte](dst []byte, s T) []byte {
	return appendQuoted(dst, []byte(s))
}

func appendQuoted(dst, s []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i := plainLen(s); i < len(s); i += plainLen(s[i:]) {
		r, size := utf8.DecodeRune(s[i:])
		if size == 1 || isHidden(r) {
			dst = append(dst, s[from:i]...)
			dst = appendEscape(dst, r)
			from = i + size
		}
		i += size
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// Words of eight equal bytes.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// plainLen is how many bytes from the start are ASCII that a JSON string holds as
// it is. It looks at many at a time: most values are plain for long stretches. What is
// left at the end is looked at with some of the bytes before it.
func plainLen(s []byte) int {
	i := 0
	for ; len(s)-i >= 16; i += 16 {
		if !arePlain(s[i:]) {
			return i + plainPrefix(s[i:])
		}
	}
	if i > 0 && arePlain(s[len(s)-16:]) {
		return len(s)
	}
	return i + plainPrefix(s[i:])
}

// arePlain reports whether the first 16 bytes are.
func arePlain(s []byte) bool {
	return (oddBytes(binary.LittleEndian.Uint64(s))|oddBytes(binary.LittleEndian.Uint64(s[8:])))&highs == 0
}

func plainPrefix(s []byte) int {
	for i, c := range s {
		if !isPlainASCII(c) {
			return i
		}
	}
	return len(s)
}

func isPlainASCII(c byte) bool { return c >= ' ' && c < 0x7f && c != '"' && c != '\\' }

// oddBytes looks at eight bytes at once: the highest bit of one that is not plain is
// set (and, where it carries, maybe its neighbour's). Of bytes below 0x80, adding 0x60
// sets it from the space on, adding 1 for 0x7f only, and adding 0x7f for all but 0.
func oddBytes(word uint64) uint64 {
	const most = 0x7f * ones
	plain := (word + 0x60*ones) & ((word ^ '"'*ones) + most) & ((word ^ '\\'*ones) + most)
	return ^plain | word | (word + ones)
}

// AppendJSONText appends b as [Text] gives it, and how to read it.
func AppendJSONText(dst, b []byte) (text []byte, encoding string) {
	if plainLen(b) == len(b) {
		return append(append(append(dst, '"'), b...), '"'), "utf8"
	}
	if utf8.Valid(b) {
		return appendQuoted(dst, b), "utf8"
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
	return append(appendTime(append(dst, '"'), t), '"')
}

// appendTime is t.AppendFormat with jsonTimeForm, for the years 0 to 9999 in UTC,
// at a quarter of its time.
func appendTime(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = appendDigits(dst, year, 4)
	dst = appendDigits(append(dst, '-'), int(month), 2)
	dst = appendDigits(append(dst, '-'), day, 2)
	dst = appendDigits(append(dst, 'T'), hour, 2)
	dst = appendDigits(append(dst, ':'), minute, 2)
	dst = appendDigits(append(dst, ':'), second, 2)
	dst = appendDigits(append(dst, '.'), t.Nanosecond()/int(time.Millisecond), 3)
	return append(dst, 'Z')
}

// appendDigits appends n, which has no more digits than that, with leading zeros.
func appendDigits(dst []byte, n, digits int) []byte {
	from := len(dst)
	dst = append(dst, "0000"[:digits]...)
	for i := from + digits - 1; n > 0; i-- {
		dst[i] += byte(n % 10)
		n /= 10
	}
	return dst
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
