package explain

import (
	"strings"
	"testing"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records/duplicates"
)

// equal is a set of records, given as offsets of partition 0; below 0 stand those
// of partition 1, as -1 - offset.
func equal(offsets ...int64) duplicates.Set {
	s := duplicates.Set{Topic: "t"}
	for _, offset := range offsets {
		r := duplicates.Record{Offset: offset}
		if offset < 0 {
			r = duplicates.Record{Partition: 1, Offset: -1 - offset}
		}
		s.Records = append(s.Records, r)
	}
	return s
}

func withAborted(s duplicates.Set, which ...int) duplicates.Set {
	for _, i := range which {
		s.Records[i].Transactional, s.Records[i].Aborted = true, true
	}
	return s
}

func TestCopies(t *testing.T) {
	for _, row := range []struct {
		sentence string
		sets     []duplicates.Set
		want     []string
	}{
		{"the first is the original", []duplicates.Set{equal(3, 9)}, []string{"producer_duplicate likely t:0 [9, 10) exact copies 1"}},
		{"copies that follow each other are one window", []duplicates.Set{equal(0, 10), equal(1, 11), equal(2, 12)},
			[]string{"producer_duplicate likely t:0 [10, 13) exact copies 3"}},
		{"a marker between two copies takes an offset", []duplicates.Set{equal(0, 10), equal(1, 12)},
			[]string{"producer_duplicate likely t:0 [10, 13) copies 2"}},
		{"further apart they are two", []duplicates.Set{equal(0, 10), equal(1, 13)},
			[]string{"producer_duplicate likely t:0 [13, 14) exact copies 1", "producer_duplicate likely t:0 [10, 11) exact copies 1"}},
		{"all but one of many are copies", []duplicates.Set{equal(1, 2, 3, 4)}, []string{"producer_duplicate likely t:0 [2, 5) exact copies 3"}},
		{"an equal record of another partition is not counted", []duplicates.Set{equal(3, -1-3)}, nil},
		{"each partition for itself", []duplicates.Set{equal(3, 4, -1-7, -1-8)},
			[]string{"producer_duplicate likely t:0 [4, 5) exact copies 1", "producer_duplicate likely t:1 [8, 9) exact copies 1"}},
		{"of an aborted attempt and its retry the attempt", []duplicates.Set{withAborted(equal(3, 9), 0)},
			[]string{"aborted_attempt likely t:0 [3, 4) exact copies 1"}},
		{"two aborted attempts", []duplicates.Set{withAborted(equal(3, 5, 9), 0, 1)}, []string{"aborted_attempt likely t:0 [3, 6) copies 2"}},
		{"an aborted attempt beside two that count", []duplicates.Set{withAborted(equal(3, 9, 12), 0)},
			[]string{"producer_duplicate likely t:0 [12, 13) exact copies 1", "aborted_attempt likely t:0 [3, 4) exact copies 1"}},
		{"nothing", nil, nil},
	} {
		repeats := Repeats(row.sets)
		logs := map[inspect.TopicPartition]inspect.Log{at(0): {HighWatermark: 100}, at(1): {HighWatermark: 100}}
		var got []string
		for _, w := range Find(Input{Repeats: repeats, Logs: logs}).Explain(nil).Windows {
			got = append(got, short(w))
		}
		seen := map[string]bool{} // without timestamps, the order is that of offsets
		for _, line := range got {
			seen[line] = true
		}
		for _, line := range row.want {
			if !seen[line] {
				t.Errorf("%s: no %s", row.sentence, line)
			}
		}
		if len(got) != len(row.want) {
			t.Errorf("%s: %s", row.sentence, strings.Join(got, "\n"))
		}
	}
}
