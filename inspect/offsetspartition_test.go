package inspect

import "testing"

func TestTheOffsetsPartitionIsThatOfKafka(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		group           string
		of50, of16, of3 int32
	}{
		{"", 0, 0, 0},
		{"g", 3, 7, 1},
		{"my-group", 12, 2, 0}, // a negative hash
		{"test.group-1", 25, 9, 2},
		{"orders-consumer", 40, 2, 2},
		{"console-consumer-12345", 6, 2, 0},
		{"polygenelubricants", 0, 0, 0}, // the most negative hash
		{"日本語グループ", 31, 3, 2},
		{"grp-😀", 13, 5, 1}, // a surrogate pair counts as two
		{"a/b:c,d", 23, 5, 1},
		{"connect-sink", 22, 6, 2},
		{"AaAa", 44, 0, 0},
		{"BBBB", 44, 0, 0},
		{"x y", 33, 1, 0},
	} {
		got := [3]int32{OffsetsPartition(c.group, 50), OffsetsPartition(c.group, 16), OffsetsPartition(c.group, 3)}
		if want := [3]int32{c.of50, c.of16, c.of3}; got != want {
			t.Errorf("group %q is in partition %v of 50, 16 and 3, want %v", c.group, got, want)
		}
	}
}
