package inspect

import "unicode/utf16"

// OffsetsTopic is where Kafka keeps its groups; the leader of one of its
// partitions coordinates the groups in it.
const OffsetsTopic = "__consumer_offsets"

// OffsetsPartition is the partition of [OffsetsTopic] that holds a group, among
// so many partitions, at least one: Java's String.hashCode, which is over UTF-16,
// without its sign (GroupCoordinatorService.partitionFor). Of the most negative
// hash the sign cannot be taken off; Kafka makes it 0 (Utils.abs). Redpanda
// places groups in another way.
func OffsetsPartition(group string, partitions int32) int32 {
	var hash int32
	for _, unit := range utf16.Encode([]rune(group)) {
		hash = 31*hash + int32(unit)
	}
	if hash < 0 {
		hash = max(0, -hash)
	}
	return hash % partitions
}
