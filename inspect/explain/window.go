package explain

import (
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

// Cause is why records were consumed twice, spelled as in the JSON document.
type Cause string

// The causes.
const (
	Reset             Cause = "reset"              // somebody set the committed offset back
	Rebalance         Cause = "rebalance"          // a living consumer lost the partition with work uncommitted
	Crash             Cause = "crash"              // a consumer was gone with work uncommitted
	PoisonRecord      Cause = "poison_record"      // consumers end at the same place again and again
	ProducerDuplicate Cause = "producer_duplicate" // the log has the record twice
	AbortedAttempt    Cause = "aborted_attempt"    // a transaction was aborted, and its work done again
	Expired           Cause = "expired"            // the commit was deleted, by the retention or by somebody
	OutOfRange        Cause = "out_of_range"       // the commit lies outside the log
)

// Window is a range of offsets of one partition that was, or could be, consumed
// more than once.
type Window struct {
	Cause      Cause
	Confidence history.Confidence
	inspect.TopicPartition
	// At is when the second consumption became possible: the partition was taken
	// from its owner, the offset was set back, the record was written again.
	At time.Time
	// From and Until are the hard bounds, half-open: nothing outside was consumed
	// again for this cause.
	From, Until int64
	// LikelyUntil bounds what most likely was; nil where it is all of the window.
	LikelyUntil *int64
	// Exact says that every record of the window was consumed again: their number
	// is not an upper bound.
	Exact bool
	// Copies is, of windows about what producers wrote, how many records there are
	// copies; nil for others, whose records are to be counted.
	Copies *int64
	// JournalID is kofs's own journal entry that did it; nil when there is none.
	JournalID *string
	Evidence  []string // what was seen, in words
	Advice    []string // what to do about it, one or two lines
}

// Span is the number of offsets in the window: an upper bound of its records.
func (w Window) Span() int64 { return max(0, w.Until-w.From) }

// Holds reports whether an offset lies in the window.
func (w Window) Holds(at inspect.TopicPartition, offset int64) bool {
	return w.TopicPartition == at && w.From <= offset && offset < w.Until
}

// Explanation is what was found.
type Explanation struct {
	// Windows are newest first.
	Windows []Window
	// Omitted is how many older candidates were not looked into.
	Omitted  int
	Exposure Exposure
	// CannotSee says in words what would not be seen in this group's history.
	CannotSee []string
}

// Exposure is what would be consumed twice if the consumers died right now.
type Exposure struct {
	// CommitInterval is how often the group commits; nil when it cannot be told.
	CommitInterval *time.Duration
	// AutoCommit is how sure it is that the consumers commit by themselves
	// (enable.auto.commit); nil when nothing speaks for it.
	AutoCommit *history.Confidence
	Partitions []Exposed
}

// Exposed is one partition's part of it.
type Exposed struct {
	inspect.TopicPartition
	// RecordsLikely is what one commit interval amounts to at the present pace, and
	// not more than there is to read.
	RecordsLikely int64
}
