package history

import "unicode/utf16"

// PartitionOf is the partition of __consumer_offsets that holds the group, as
// Kafka computes it (GroupCoordinatorService.partitionFor): Java's String.hashCode
// over UTF-16, without its sign, modulo the number of partitions. Redpanda
// computes it otherwise.
func PartitionOf(group string, partitions int) int32 {
	var hash int32
	for _, unit := range utf16.Encode([]rune(group)) {
		hash = 31*hash + int32(unit)
	}
	// Utils.abs: the absolute value, but 0 for the smallest number.
	switch {
	case hash == -1<<31:
		hash = 0
	case hash < 0:
		hash = -hash
	}
	return hash % int32(partitions)
}
