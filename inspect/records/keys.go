package records

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/kofs/kofs/inspect"
)

// DefaultMaxKeys is how many keys [Keys] keeps where nobody says otherwise. A
// million short keys take some 300 MiB.
const DefaultMaxKeys = 1_000_000

// maxKeyBytes is how many bytes all distinct keys may have together: a key may be
// as long as a record.
const maxKeyBytes = 256 << 20

// KeyCount is how often a key occurs.
type KeyCount struct {
	// Key is nil for the records without a key, which is not the empty key.
	Key     []byte
	Records int64
	// Bytes are those of keys, values and headers, uncompressed.
	Bytes int64
	// Places are the partitions with the key, in the order in which they were read.
	Places []KeyPlace
}

// KeyPlace is how often a key occurs in one partition, and where first and last.
type KeyPlace struct {
	inspect.TopicPartition
	Records, Bytes          int64
	FirstOffset, LastOffset int64
}

// TooManyKeysError says that there are more distinct keys than may be kept, so
// that their numbers are not known.
type TooManyKeysError struct {
	Keys  int   // kept so far, each counted once for every partition that has it
	Bytes int64 // of them all
}

// Error names the limit.
func (e *TooManyKeysError) Error() string {
	return fmt.Sprintf("there are more than %d distinct keys (with %d bytes), too many to count exactly", e.Keys, e.Bytes)
}

// Keys counts records by key. The count is exact: it keeps every key, and
// refuses a record when there are too many. Make it with [NewKeys].
type Keys struct {
	max, held, bytes int // places and bytes of keys
	byKey            map[string]*KeyCount
	without          KeyCount
	sum              KeyCount // of all; without places
}

// NewKeys is a count of no records that keeps at most max keys, a key that
// lies in several partitions counted once for each.
func NewKeys(max int) *Keys { return &Keys{max: max, byKey: map[string]*KeyCount{}} }

// Add counts a record. Those of one partition come one after the other. An
// error, a [TooManyKeysError], means that the record was not counted.
func (k *Keys) Add(r *Record) error {
	c, err := k.of(r.Key)
	if err != nil {
		return err
	}
	if n := len(c.Places); n == 0 || c.Places[n-1].TopicPartition != r.TopicPartition {
		if k.held >= k.max {
			return k.full()
		}
		k.held++
		c.Places = append(c.Places, KeyPlace{TopicPartition: r.TopicPartition, FirstOffset: r.Offset})
	}
	place, size := &c.Places[len(c.Places)-1], r.payload()
	place.Records, place.Bytes, place.LastOffset = place.Records+1, place.Bytes+size, r.Offset
	c.Records, c.Bytes = c.Records+1, c.Bytes+size
	k.sum.Records, k.sum.Bytes = k.sum.Records+1, k.sum.Bytes+size
	return nil
}

// of is the count of a key.
func (k *Keys) of(key []byte) (*KeyCount, error) {
	if key == nil {
		return &k.without, nil
	}
	if c := k.byKey[string(key)]; c != nil {
		return c, nil
	}
	if k.held >= k.max || k.bytes+len(key) > maxKeyBytes {
		return nil, k.full()
	}
	k.bytes += len(key)
	c := &KeyCount{}
	k.byKey[string(key)] = c
	return c, nil
}

func (k *Keys) full() error { return &TooManyKeysError{Keys: k.held, Bytes: int64(k.bytes)} }

// Records is the number of records, with and without a key.
func (k *Keys) Records() int64 { return k.sum.Records }

// Bytes are those of all records, as in [KeyCount].
func (k *Keys) Bytes() int64 { return k.sum.Bytes }

// WithoutKey is the number of records whose key is null.
func (k *Keys) WithoutKey() int64 { return k.without.Records }

// Distinct is the number of distinct keys; null is none.
func (k *Keys) Distinct() int { return len(k.byKey) }

// Counts are the keys, and null where it occurs, the most frequent first. Equally
// frequent ones stand in the order of their bytes, null before all.
func (k *Keys) Counts() []KeyCount {
	counts := make([]KeyCount, 0, len(k.byKey)+1)
	if k.without.Records > 0 {
		counts = append(counts, k.without)
	}
	for key, c := range k.byKey {
		one := *c
		one.Key = []byte(key)
		counts = append(counts, one)
	}
	slices.SortStableFunc(counts, func(a, b KeyCount) int { // stable: null stays before the empty key
		return cmp.Or(cmp.Compare(b.Records, a.Records), bytes.Compare(a.Key, b.Key))
	})
	return counts
}

// payload is the size of key, value and headers in bytes, uncompressed.
func (r *Record) payload() int64 {
	n := len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += len(h.Key) + len(h.Value)
	}
	return int64(n)
}
