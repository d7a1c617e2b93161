package output

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestSafe(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"a plain name":                      {"billing-1.eu_west", "billing-1.eu_west"},
		"an empty name":                     {"", ""},
		"blanks":                            {"two  blanks ", "two  blanks "},
		"umlauts, CJK, emoji":               {"Überweisung 注文 🚀", "Überweisung 注文 🚀"},
		"a combining mark on its letter":    {"e\u0301", "e\u0301"},
		"a combining mark on nothing":       {"\u0301e", `\u{301}e`},
		"an OSC 52 clipboard write":         {"\x1b]52;c;QQ==\a", `\x1b]52;c;QQ==\x07`},
		"a forged row":                      {"a\norders 0\r\t", `a\x0aorders 0\x0d\x09`},
		"DEL and NUL":                       {"\x7f\x00", `\x7f\x00`},
		"C1 as a character":                 {"\u009b31m", `\u{9b}31m`},
		"C1 as a raw byte":                  {"\x9b31m", `\x9b31m`},
		"text run backwards":                {"a\u202eb\u2066c\u200f\u061c", `a\u{202e}b\u{2066}c\u{200f}\u{61c}`},
		"zero width and BOM":                {"a\u200bb\u200cc\u2060\ufeff", `a\u{200b}b\u{200c}c\u{2060}\u{feff}`},
		"line separators":                   {"\u2028\u2029\u0085", `\u{2028}\u{2029}\u{85}`},
		"the joiner inside an emoji":        {"👩\u200d🚀", `👩\u{200d}🚀`},
		"a variation selector":              {"❤\ufe0f", `❤\u{fe0f}`},
		"blanks that are none":              {"a\u00a0b\u3000c\u2800", `a\u{a0}b\u{3000}c\u{2800}`},
		"letters without a picture":         {"\u3164\u115f", `\u{3164}\u{115f}`},
		"tag characters":                    {"a\U000e0041", `a\u{e0041}`},
		"cut UTF-8":                         {"a\xe6\xb3", `a\xe6\xb3`},
		"a real U+FFFD":                     {"\ufffd", "\ufffd"},
		"a lone backslash":                  {`DOMAIN\svc C:\`, `DOMAIN\svc C:\`},
		"backslashes that look like escape": {`\x1b \u{9b} \\`, `\\x1b \\u{9b} \\\`},
		"a backslash before an escape":      {"\\\x1b", `\\\x1b`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Safe(tc.in); got != tc.want {
				t.Errorf("Safe(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func TestLineEndsOnlyOnce(t *testing.T) {
	var b bytes.Buffer
	if err := Line(&b, "group %s\n", "a\x1b[2J"); err != nil {
		t.Fatal(err)
	}
	if want := `group a\x1b[2J\x0a` + "\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

// nasty draws strings with many of the pieces that matter next to each other.
func nasty() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{`\`, "x", "u", "{", "}", "1b", "9b", "\x1b", "\x9b", "\u009b", "\x7f", "\n",
			"\u202e", "\u200d", "\ufe0f", "\ufffd", "\u0301", "\xff", "é", "注", "🚀", " "}),
		rapid.Map(rapid.Rune(), func(r rune) string { return string(r) }),
		rapid.Map(rapid.Byte(), func(b byte) string { return string([]byte{b}) }),
	)
	return rapid.Map(rapid.SliceOf(piece), func(p []string) string { return strings.Join(p, "") })
}

func TestSafeIsSafeAndLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkSafe(t, nasty().Draw(t, "s")) })
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"", "billing", `\x1b`, "\x1b]52;c;QQ==\a", "\\\xff", "👩\u200d🚀", "\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkSafe(t, s) })
}

// checkSafe holds Safe against a list of its own of what must not come out, and
// against a reader that finds the way back: so no two strings come out the same.
func checkSafe(t interface{ Fatalf(string, ...any) }, s string) {
	got := Safe(s)
	if !utf8.ValidString(got) {
		t.Fatalf("Safe(%q) = %q is not UTF-8", s, got)
	}
	for _, r := range got {
		if r < 0x20 || r >= 0x7f && r <= 0x9f || r == 0x061c || r >= 0x200b && r <= 0x200f ||
			r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r == 0xfeff {
			t.Fatalf("Safe(%q) = %q lets %U through", s, got, r)
		}
	}
	if back := unsafe(got); back != s {
		t.Fatalf("Safe(%q) = %q, which reads as %q", s, got, back)
	}
}

// unsafe reads what Safe wrote.
func unsafe(s string) string {
	var b []byte
	for i := 0; i < len(s); {
		rest := s[i:]
		switch {
		case strings.HasPrefix(rest, `\\`):
			b, i = append(b, '\\'), i+2
		case strings.HasPrefix(rest, `\x`):
			n, _ := strconv.ParseUint(rest[2:4], 16, 8)
			b, i = append(b, byte(n)), i+4
		case strings.HasPrefix(rest, `\u`):
			end := strings.IndexByte(rest, '}')
			n, _ := strconv.ParseUint(rest[3:end], 16, 32)
			b, i = utf8.AppendRune(b, rune(n)), i+end+1
		default:
			b, i = append(b, rest[0]), i+1
		}
	}
	return string(b)
}
