package output

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Safe is s as it may be shown on a terminal. What would move the cursor, hide
// or reorder text is spelled out: \x1b for a byte (ASCII controls, DEL, bytes
// that are not UTF-8) and \u{202e} for a character (C1 controls, bidi marks,
// line separators, blanks other than the space, private use, and all that has
// no picture of its own: zero-width characters, variation selectors, also the
// joiner inside an emoji). Letters, signs and emoji pass.
//
// A backslash is doubled where it could be read as the start of such a spelling
// or stands before one, so that two different strings never come out the same.
// Safe is not idempotent: give it the original, once.
func Safe(s string) string { return safe(s, true) }

// Sentence writes one line of kofs's own words, as [Line] does, but leaves
// backslashes alone: names in it were quoted with %q, which doubles them itself.
func Sentence(w io.Writer, format string, args ...any) error {
	_, err := io.WriteString(w, safe(fmt.Sprintf(format, args...), false)+"\n")
	return err
}

func safe(s string, doubled bool) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch rest := s[i+size:]; {
		case r == utf8.RuneError && size == 1, r < ' ', r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case isHidden(r), i == 0 && unicode.IsMark(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		case doubled && r == '\\' && readsAsEscape(rest):
			b.WriteString(`\\`)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// Line writes one line in which nothing but the final newline acts on a
// terminal: the whole formatted text goes through [Safe], so colours have no
// place in it.
func Line(w io.Writer, format string, args ...any) error {
	_, err := io.WriteString(w, Safe(fmt.Sprintf(format, args...))+"\n")
	return err
}

// isPlain is the quick answer for nearly all names: printable ASCII, no backslash.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f || s[i] == '\\' {
			return false
		}
	}
	return true
}

// readsAsEscape reports whether a backslash before rest would be taken for the
// start of an escape.
func readsAsEscape(rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	if size == 0 {
		return false
	}
	return r == '\\' || r == 'x' || r == 'u' || r == utf8.RuneError && size == 1 || isHidden(r)
}

// isHidden reports whether a terminal shows r by anything else than a picture of
// its own. The space is not hidden.
func isHidden(r rune) bool {
	return !unicode.IsPrint(r) || unicode.In(r,
		unicode.Other_Default_Ignorable_Code_Point, // Hangul fillers, U+034F, ...: letters by name only
		unicode.Variation_Selector,
	) || r == 0x2800 // the Braille pattern without dots
}
