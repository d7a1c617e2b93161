package output_test

import (
	"testing"

	"github.com/kofs/kofs/internal/output"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		name, in string
		width    int
		want     string
	}{
		{"what fits is whole", "abc", 3, "abc"},
		{"the end is taken off", "abcd", 3, "ab…"},
		{"no width, no limit", "abcd", 0, "abcd"},
		{"wide characters count two", "日本語", 5, "日本…"},
		{"half of a wide character is not shown", "日本語", 4, "日…"},
		{"escapes are spelled out before they are measured", "\x1b[2J", 5, `\x1b…`},
	} {
		if got := output.Cut(c.in, c.width); got != c.want {
			t.Errorf("%s: %q at %d is %q, want %q", c.name, c.in, c.width, got, c.want)
		}
	}
}
