package main

import (
	"math"
	"strings"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
)

// No key, an empty one, and those that spell the words for them are told apart.
func TestKeyNamesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, key := range [][]byte{nil, {}, []byte("null"), []byte(`""`), []byte(`"null"`), []byte("k"), {0xff}, []byte("base64:/w==")} {
		name := keyName(key)
		if seen[name] {
			t.Errorf("%q is shown as %s, as another key is", key, name)
		}
		seen[name] = true
	}
}

func TestGapsInWords(t *testing.T) {
	for _, c := range []struct {
		from, until int64
		want        string
	}{
		{0, 3 * 3600_000, "3h0m"},
		{-1000, 500, "1s"},
		{0, 3 * dayMs, "3d0h"},
		{0, 400 * dayMs, "400 days"},
		{math.MinInt64, math.MaxInt64, "213503982334 days"}, // more than an int64 holds
	} {
		if got := gapInWords(c.from, c.until); got != c.want {
			t.Errorf("from %d to %d: %q, want %q", c.from, c.until, got, c.want)
		}
	}
}

// Blocks need a terminal whose locale says that it knows them.
func TestBarsAreMadeOfWhatTheTerminalKnows(t *testing.T) {
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 1}})
	world := kafkatest.NewWorld(t, embedded.Addrs())
	if _, err := world.Produce(t.Context(), "orders", 0, kafkatest.Record{Value: []byte("v"), Timestamp: seedStart}); err != nil {
		t.Fatal(err)
	}
	args := strings.Fields("records --topic orders:0 --from-offset 0 --until-offset 1 --timeline")
	for _, c := range []struct {
		env  map[string]string
		mark string
	}{
		{map[string]string{"LANG": "de_DE.UTF-8"}, "█"},
		{map[string]string{"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, "#"},
		{map[string]string{"LC_CTYPE": "C.utf8", "LANG": "C"}, "█"},
		{map[string]string{}, "#"},
	} {
		for _, width := range []int{80, 200} {
			seen := onTerminal(t, embedded.Addrs(), width, c.env, args...)
			if widest(seen) != width || strings.Contains(seen, "\x1b") || strings.Count(seen, c.mark) != width-len("2026-01-02T03:00:00Z  RECORDS  ") {
				t.Errorf("%v, %d columns: %d of %s, %d wide:\n%s", c.env, width, strings.Count(seen, c.mark), c.mark, widest(seen), seen)
			}
		}
	}
}
