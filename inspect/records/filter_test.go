package records

import (
	"context"
	"regexp"
	"slices"
	"testing"
)

func TestFilter(t *testing.T) {
	ms := func(n int64) *int64 { return &n }
	record := Record{Key: []byte("k1"), Value: []byte(`{"order":42}`), Headers: []Header{{Key: "trace", Value: []byte("abc")}}, TimestampMs: ms(1000)}
	further := func(*Record) [][]byte { return [][]byte{nil, []byte("wxyz")} }
	for _, c := range []struct {
		name   string
		filter Filter
		kept   bool
	}{
		{"nothing asked", Filter{}, true},
		{"the key", Filter{Key: []byte("k1")}, true},
		{"a part of the key", Filter{Key: []byte("k")}, false},
		{"an empty key is not any key", Filter{Key: []byte{}}, false},
		{"the value", Filter{Grep: regexp.MustCompile(`"order":42\b`)}, true},
		{"a header's key", Filter{Grep: regexp.MustCompile(`^trace$`)}, true},
		{"a header's value", Filter{Grep: regexp.MustCompile(`^abc$`)}, true},
		{"a further text", Filter{Grep: regexp.MustCompile(`xyz`), Texts: further}, true},
		{"not in a further text", Filter{Grep: regexp.MustCompile(`abcd`), Texts: further}, false},
		{"nowhere", Filter{Grep: regexp.MustCompile(`xyz`)}, false},
		{"since its time", Filter{SinceMs: ms(1000)}, true},
		{"after its time", Filter{SinceMs: ms(1001)}, false},
		{"until its time", Filter{UntilMs: ms(1000)}, false},
		{"until after it", Filter{UntilMs: ms(1001)}, true},
		{"the key, but another value", Filter{Key: []byte("k1"), Grep: regexp.MustCompile(`xyz`)}, false},
	} {
		if got := c.filter.Keep(&record); got != c.kept {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if (Filter{SinceMs: ms(0)}).Keep(&Record{}) {
		t.Error("a record without a timestamp lies in a range of time")
	}
	if (Filter{Key: []byte{}}).Keep(&Record{}) {
		t.Error("a null key is an empty one")
	}
}

func TestFirstAndLast(t *testing.T) {
	b := logOf(dense(0, 10), dense(10, 10), dense(20, 10))
	even := func(r *Record) bool { return r.Offset%2 == 0 }
	for _, c := range []struct {
		name string
		o    ListOptions
		last int
		want []int64
	}{
		{"first", ListOptions{First: 3}, 0, []int64{5, 6, 7}},
		{"first, over a batch's end", ListOptions{First: 7}, 0, []int64{5, 6, 7, 8, 9, 10, 11}},
		{"first of some", ListOptions{First: 2, Keep: even}, 0, []int64{6, 8}},
		{"more than there are", ListOptions{First: 100, Keep: func(r *Record) bool { return r.Offset > 22 }}, 0, []int64{23, 24}},
		{"last", ListOptions{}, 3, []int64{22, 23, 24}},
		{"last of some", ListOptions{Keep: even}, 3, []int64{20, 22, 24}},
		{"last, more than there are", ListOptions{Keep: func(r *Record) bool { return r.Offset < 7 }}, 9, []int64{5, 6}},
	} {
		var got []int64
		take := func(r *Record) error { got = append(got, r.Offset); return nil }
		var listed []Listed
		var err error
		if c.last > 0 {
			listed, err = Tail(context.Background(), b, []Range{over(5, 25)}, c.last, c.o, take)
		} else {
			listed, err = List(context.Background(), b, []Range{over(5, 25)}, c.o, take)
		}
		if err != nil || !slices.Equal(got, c.want) || !listed[0].Done || listed[0].Err != nil || listed[0].Records != int64(len(c.want)) {
			t.Errorf("%s: %v, %+v, %v, want %v", c.name, got, listed, err, c.want)
		}
	}
}

// The last records of several ranges: progress goes on where one range ends.
func TestTailTellsOfAllRanges(t *testing.T) {
	b := logOf(dense(0, 10), dense(10, 10))
	b.size = 1
	var told []Progress
	o := ListOptions{Keep: func(*Record) bool { return true }, Progress: func(p Progress) { told = append(told, p) }}
	if _, err := Tail(context.Background(), b, []Range{over(0, 20), over(0, 20)}, 1, o, func(*Record) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for i, p := range told {
		if p.Span != 40 || i > 0 && (p.Offsets < told[i-1].Offsets || p.Bytes < told[i-1].Bytes) {
			t.Errorf("%d: %+v", i, p)
		}
	}
	if last := told[len(told)-1]; last.Offsets != 40 || last.Records != 40 {
		t.Errorf("at the end %+v", last)
	}
}
