package history

// kept is a list that gives up its oldest entries to stay within a limit of bytes.
type kept[T any] struct {
	entries []T
	costs   []int64 // of each entry, roughly, in bytes
	sum     int64
	limit   int64
}

// add appends an entry and returns the last one that was given up for it, if any.
func (k *kept[T]) add(entry T, cost int64) (gone T, dropped int64) {
	k.entries, k.costs = append(k.entries, entry), append(k.costs, cost)
	k.sum += cost
	for ; k.sum > k.limit && int(dropped) < len(k.entries)-1; dropped++ {
		gone = k.entries[dropped]
		k.sum -= k.costs[dropped]
	}
	if dropped > 0 {
		clear(k.entries[:dropped]) // what they refer to shall go
		k.entries, k.costs = k.entries[dropped:], k.costs[dropped:]
	}
	return gone, dropped
}
