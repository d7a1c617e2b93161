package records

import (
	"context"

	"github.com/kofs/kofs/inspect"
)

// CountOptions bound a [Count]. The zero value counts everything.
type CountOptions struct {
	// Isolation decides First, Last and the progress. Both levels are always counted.
	Isolation inspect.Isolation
	// MaxBytes ends the count once so many bytes of batches were read; 0 means no
	// limit. What an answer holds is counted even if it goes beyond, and so are the
	// answers then under way; with a [GatedFetcher] no other range is begun.
	MaxBytes int64
	// Stop ends the count when it returns true, such as after a deadline. It is
	// asked after every answer, maybe by several goroutines at once. Nil means never.
	Stop func() bool
	// Progress is told after every answer, one call at a time. It must be cheap:
	// the reading waits for it. Nil means nobody.
	Progress func(Progress)
	// MaxDecompressed is how large one batch may be, in bytes, when its records must
	// be looked at; 0 means [DefaultMaxDecompressed].
	MaxDecompressed int64
}

// Counted is what was counted in one range. The numbers are exact when Done and
// not Overcounted; otherwise they are those of [From, Reached), and AtMost is an
// upper bound.
type Counted struct {
	Range
	// ReadUncommitted and ReadCommitted are the records that a consumer with that
	// isolation level would be given.
	ReadUncommitted int64
	ReadCommitted   int64
	// Markers are offsets taken by control records, which nobody is given.
	Markers int64
	// Aborted are records of aborted transactions, as far as the last stable offset.
	Aborted int64
	// First and Last are the records delivered first and last at the isolation level
	// of the options; nil when there is none.
	First, Last *Position
	// BytesRead is the size of the batches that were fetched for the range.
	BytesRead int64
	// Reached is the offset up to which everything is known. If it lies before Until
	// though the range is Done, the log ends there.
	Reached int64
	// Done says that the whole range was covered.
	Done bool
	// LostToRetention is where the log has come to start, because records of the
	// range were deleted (retention, DeleteRecords) since it was asked for; nil when
	// none were. If the count had not come so far, it began again there, so that
	// the numbers are of what is left.
	LostToRetention *int64
	// Overcounted says that the log has come to start amid what had been counted:
	// the numbers have records that are not there any more.
	Overcounted bool
	// Err is why the count of this range ended early: a [CorruptBatchError], a
	// [TooLargeError], an *inspect.Fault, or another. A budget that was spent is no
	// error.
	Err error
}

// Position is a record's place.
type Position struct {
	Offset int64
	// TimestampMs is in ms since 1970; nil when the record has none, or when its
	// batch is larger than the options allow.
	TimestampMs *int64
}

// Records is what was counted for the isolation level, a lower bound unless Done.
func (c Counted) Records(i inspect.Isolation) int64 {
	if i == inspect.ReadCommitted {
		return c.ReadCommitted
	}
	return c.ReadUncommitted
}

// AtMost is an upper bound of the records for the isolation level: what was
// counted, and one record for every offset that was not reached.
func (c Counted) AtMost(i inspect.Isolation) int64 {
	if c.Done { // also when Overcounted
		return c.Records(i)
	}
	return c.Records(i) + max(0, c.Until-c.Reached)
}

// Count counts the records of each range, for both isolation levels. The
// results are in the order of ranges, also when an error is returned; a range
// may occur more than once, and overlap others.
//
// One read_committed pass over all ranges gives both numbers, because the aborted
// records it leaves out are counted too. What lies past the last stable offset
// is read in a second, read_uncommitted pass; nothing there is delivered to
// read_committed yet.
//
// What goes wrong with one range is its Err. The returned error is for all, such
// as the context's, and the results then hold what was counted until then.
func Count(ctx context.Context, f Fetcher, ranges []Range, o CountOptions) ([]Counted, error) {
	c := newCounting(ranges, o)
	err := c.run(ctx, f)
	return c.counts(), err
}
