package records

import (
	"context"

	"github.com/kofs/kofs/inspect"
)

// Range is the half-open range of offsets [From, Until) of one partition.
type Range struct {
	inspect.TopicPartition
	From, Until int64
}

// Span is the number of offsets in the range, never below 0. It is an upper
// bound of its records, not their number.
func (r Range) Span() int64 { return max(0, r.Until-r.From) }

// AbortedTransaction is an entry of a fetch answer's list: from FirstOffset on,
// the producer's transactional batches were aborted, up to its next abort marker.
type AbortedTransaction struct {
	ProducerID  int64
	FirstOffset int64
}

// Fetched is what one fetch answer holds for one partition.
type Fetched struct {
	inspect.TopicPartition
	// Offset is the position that was asked for.
	Offset int64
	// Log is where the log started and ended when the answer was made.
	Log inspect.Log
	// Aborted is the answer's list of aborted transactions, in any order; only
	// for read_committed. It covers Batches and nothing else.
	Aborted []AbortedTransaction
	// Batches are raw record batches. The first may begin before Offset, the last
	// may be cut off. The bytes are valid until the visit returns.
	Batches []byte
	// First says that the partition stood first in its request, so that the
	// broker was bound to send at least one whole batch if there is one (KIP-74).
	// Without it an empty or cut-off answer means only that others came first.
	First bool
	// Err is why the broker gave no records: an *inspect.Fault, or a lost
	// connection that could not be mended. Nothing else is then set but the partition
	// and, for OFFSET_OUT_OF_RANGE, Log: where the log lies now (listed anew, the
	// answer itself does not say), so that the caller can begin again at its start.
	Err error
}

// Fetcher reads raw batches. internal/cluster is one.
type Fetcher interface {
	// Fetch reads the ranges, each from its From on, and hands every answer to
	// visit, which says where to go on, and whether to go on at all with this
	// partition. Ranges are begun in the order given, a bounded number of them at
	// a time. Calls for one partition follow one another; those for different
	// partitions may run at the same time. A partition's Until is a hint how much
	// is worth asking for: answers may go beyond it.
	//
	// A moved leader and a lost connection are mended inside, at the same
	// position. What cannot be mended ends the partition with one last visit that
	// has Err set, whose answer is ignored. The returned error is for all: the
	// context ended. No visit runs any more when Fetch returns.
	Fetch(ctx context.Context, isolation inspect.Isolation, ranges []Range, visit Visit) error
}

// GatedFetcher is a Fetcher that can leave ranges unread.
type GatedFetcher interface {
	Fetcher
	// FetchWhile is Fetch, but asks begin before a range is read from for the first
	// time, maybe several goroutines at once. Where it says false the range is not
	// read, and not visited. A range that was begun is read as its visits say.
	FetchWhile(ctx context.Context, isolation inspect.Isolation, ranges []Range, begin func() bool, visit Visit) error
}

// Visit takes one answer. It returns the offset to ask for next, and whether to.
type Visit func(Fetched) (next int64, more bool)
