package kafkatest

import "testing"

// Kafka takes the absolute value of Java's hash code (Utils.abs), of which that of
// the smallest number is 0.
func TestOffsetsPartition(t *testing.T) {
	for _, c := range []struct {
		name, group string
		want        int32
	}{
		{"an empty name has the hash 0", "", 0},
		{"a hash above 0", "connect-sink", 2},
		{"a hash below 0", "my-group", 0},
		{"the smallest number has no absolute value", "polygenelubricants", 0},
	} {
		if got := OffsetsPartition(c.group); got != c.want {
			t.Errorf("%s: %q is in partition %d, want %d", c.name, c.group, got, c.want)
		}
	}
}
