package duplicates

import (
	"hash/maphash"
	"math/bits"
)

// hash is 128 bits of an identity.
type hash [2]uint64

// hasher makes hashes under two seeds of its own, so that nobody can prepare
// records that collide.
type hasher [2]maphash.Seed

func newHasher() hasher { return hasher{maphash.MakeSeed(), maphash.MakeSeed()} }

func (h hasher) hash(identity []byte) hash {
	sum := hash{maphash.Bytes(h[0], identity), maphash.Bytes(h[1], identity)}
	if sum == (hash{}) { // that is how the table spells an empty slot
		sum[1] = 1
	}
	return sum
}

// table is a set of hashes that knows which were added more than once. It never
// grows: a growing one holds its content twice. Of every five slots at most four
// are taken, at 16 bytes and a bit each.
type table struct {
	slots    []hash
	repeated []uint64 // one bit a slot
}

// newTable has room for so many different hashes.
func newTable(room int64) *table {
	size := room + room/4 + 1
	return &table{slots: make([]hash, size), repeated: make([]uint64, size/64+1)}
}

// count is what has become of a hash: how often it had been added before, as far
// as that is known.
type count int8

const (
	never count = iota
	once
	often
)

// add adds a hash and says how often it had been there before.
func (t *table) add(h hash) count {
	at := t.find(h)
	word, bit := &t.repeated[at/64], uint64(1)<<(at%64)
	switch {
	case t.slots[at] != h:
		t.slots[at] = h
		return never
	case *word&bit == 0:
		*word |= bit
		return once
	}
	return often
}

// isRepeated reports whether the hash was added more than once.
func (t *table) isRepeated(h hash) bool {
	at := t.find(h)
	return t.slots[at] == h && t.repeated[at/64]&(1<<(at%64)) != 0
}

// find is the slot that holds the hash, or the empty one where it belongs.
func (t *table) find(h hash) uint64 {
	at, _ := bits.Mul64(h[0], uint64(len(t.slots)))
	for t.slots[at] != h && t.slots[at] != (hash{}) {
		if at++; at == uint64(len(t.slots)) {
			at = 0
		}
	}
	return at
}
