package output

import (
	"slices"
	"testing"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		name, line string
		width      int
		want       []string
	}{
		{"a line that fits is left alone", "  a bc d", 8, []string{"  a bc d"}},
		{"one column less breaks it, with the indent of the others", "  a bc d", 7, []string{"  a bc", "    d"}},
		{"a pipe has no width", "  a bc d", 0, []string{"  a bc d"}},
		{"a word wider than the terminal stands alone, whole", "  a bcdefghijkl m", 8, []string{"  a", "    bcdefghijkl", "    m"}},
		{"wide characters take two columns", "長い 値段", 8, []string{"長い", "    値段"}},
		{"two spaces are kept within a line", "a  b c", 5, []string{"a  b", "    c"}},
		{"what is escaped takes its columns", "a\x1b b", 7, []string{`a` + "\x1b" + ` b`}},
		{"an empty line stays", "", 5, []string{""}},
	} {
		if got := Wrap(c.line, "    ", c.width); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}
