package records

import (
	"context"

	"github.com/kofs/kofs/inspect"
)

// ListOptions say which records a [List] or [Sample] gives. The zero value gives
// what a read_uncommitted consumer is given.
type ListOptions struct {
	Isolation inspect.Isolation
	// IncludeAborted adds, for read_committed, the records of aborted transactions.
	IncludeAborted bool
	// IncludeControl adds control records.
	IncludeControl bool
	// Keep says of each record whether to give it; nil keeps all. [Sample] does not
	// ask.
	Keep func(*Record) bool
	// First ends the listing of a range once so many records were given; 0 lists all.
	First int64
	// MaxDecompressed is how large the records of one batch may be, in bytes, once
	// decompressed; 0 means [DefaultMaxDecompressed].
	MaxDecompressed int64
	// Progress is told after every answer. It must be cheap. Nil means nobody;
	// Sample, which does not read all, tells nobody either.
	Progress func(Progress)
}

// Listed is how the listing of one range ended.
type Listed struct {
	Range
	Records int64 // given to yield
	// Reached is the offset up to which everything was listed.
	Reached int64
	// Done says that there is nothing more to list. If Reached lies before Until, the
	// log, or for read_committed its decided part, ends there.
	Done bool
	// LostToRetention is the log start offset at which the listing went on, because
	// records before it had been deleted; nil when nothing was.
	LostToRetention *int64
	// Err is why the listing of this range ended early, as in [Counted].
	Err error
}

// List gives yield the records of each range, one range after the other in the
// order given, offsets ascending: exactly those that a consumer with the
// isolation level is given, and what the options add. The next range is asked for
// while the last answer for one is dealt with: memory is bounded by a fetch answer of
// each, and one decompressed batch.
//
// Whether a record was aborted is never guessed. The log is read read_committed
// as far as the last stable offset, where brokers tell aborted transactions;
// beyond it, which only read_uncommitted sees, records are marked Undecided.
//
// An error of yield ends the listing and is returned, as is one that is for all
// ranges, such as the context's. What goes wrong with one range is its Err, and
// the next is begun. The results are those of all ranges, in their order.
func List(ctx context.Context, f Fetcher, ranges []Range, o ListOptions, yield func(*Record) error) ([]Listed, error) {
	return newLister(f, ranges, o).all(ctx, ranges, func(l *listing) taker { return newGiver(l, yield) })
}
