package twice

import "time"

// Causes that `kofs explain` may name.
const (
	Reset             = "reset"
	Rebalance         = "rebalance"
	Crash             = "crash"
	PoisonRecord      = "poison_record"
	ProducerDuplicate = "producer_duplicate"
	AbortedAttempt    = "aborted_attempt"
	Expired           = "expired"
	OutOfRange        = "out_of_range"
)

// Schema is that of the document.
const Schema = "kofs/explain/v1"

// Document is what `kofs explain GROUP -o json` prints, as far as it is checked;
// written from the contract and not with kofs's own types.
type Document struct {
	Schema  string   `json:"schema"`
	Group   string   `json:"group"`
	Windows []Window `json:"windows"`
}

// Window is a range of offsets of one partition that, so kofs says, the group may
// have processed twice, or that holds records which are copies of others.
// Offsets are half-open.
type Window struct {
	Cause             string    `json:"cause"`
	Confidence        string    `json:"confidence"` // certain, likely or possible
	Topic             string    `json:"topic"`
	Partition         int32     `json:"partition"`
	At                time.Time `json:"at"`
	FromOffset        int64     `json:"from_offset"`
	UntilOffset       int64     `json:"until_offset"`        // the hard bound
	LikelyUntilOffset *int64    `json:"likely_until_offset"` // null: as UntilOffset
	RecordsAtMost     *int64    `json:"records_at_most"`
	RecordsLikely     *int64    `json:"records_likely"`
	Records           *int64    `json:"records"`
	Exact             bool      `json:"exact"`
	JournalID         *string   `json:"journal_id"`
	Evidence          []string  `json:"evidence"`
	Advice            []string  `json:"advice"`
}

func (w Window) at() Partition { return Partition{w.Topic, w.Partition} }

// holds is true for an offset within the hard window.
func (w Window) holds(offset int64) bool { return w.FromOffset <= offset && offset < w.UntilOffset }

// likelyUntil is the end of the likely window, never beyond the hard one.
func (w Window) likelyUntil() int64 {
	if w.LikelyUntilOffset == nil {
		return w.UntilOffset
	}
	return min(*w.LikelyUntilOffset, w.UntilOffset)
}

func (w Window) likelyHolds(offset int64) bool {
	return w.FromOffset <= offset && offset < w.likelyUntil()
}

// claims is true for a window that says more than that something may have happened.
func (w Window) claims() bool { return w.Confidence != "possible" }
