package reset

import "testing"

// A group's name keeps its line ends, of either kind.
func TestParseOffsetsLineEnds(t *testing.T) {
	text := "\"a\r\nb\",orders,0,1\r\n\"a\nb\",orders,0,2\r\n\"\"\"\r\n\"\"\",orders,0,3\r\n"
	for group, want := range map[string]int64{"a\r\nb": 1, "a\nb": 2, "\"\r\n\"": 3} {
		offsets, err := ParseOffsets([]byte(text), group)
		if got := offsets[partitionOf(0)]; err != nil || got != want || len(offsets) != 1 {
			t.Errorf("%q: %v, %v, want %d", group, offsets, err, want)
		}
	}
}
