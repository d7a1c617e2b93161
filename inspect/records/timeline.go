package records

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// maxBuckets is how many buckets a [Timeline] keeps. Timestamps are the
// producers', and may lie anywhere.
const maxBuckets = 100_000

// In ms. The ladder is made of divisors, so that buckets can be joined: a day is
// its last rung, from where it goes on in tens of days.
const dayMs = 24 * 3600 * 1000

func ladder() []int64 { return []int64{1000, 10_000, 60_000, 600_000, 3600_000, 6 * 3600_000, dayMs} }

// Bucket is the records whose timestamps lie in [FromMs, UntilMs), in ms since
// 1970. Where such a bound would not fit an int64 it is the nearest that does.
type Bucket struct {
	FromMs, UntilMs int64
	Records         int64
	// Bytes are those of keys, values and headers, uncompressed.
	Bytes int64
}

// TooManyBucketsError says that the records are spread over more buckets of the
// width that was asked for than are kept.
type TooManyBucketsError struct {
	WidthMs int64
}

// Error names the limit and the width.
func (e *TooManyBucketsError) Error() string {
	return fmt.Sprintf("the records are spread over more than %d buckets of %d ms", maxBuckets, e.WidthMs)
}

// Timeline counts records by time, in buckets. Their timestamps may come in any
// order, and its memory does not grow with their number or spread. Make it with
// [NewTimeline].
type Timeline struct {
	width   int64 // ms
	fixed   bool
	buckets map[int64]tallied // by number: the start divided by the width, rounded down
	sum     tallied
	without int64

	first, last *int64
}

type tallied struct{ records, bytes int64 }

// NewTimeline is a timeline of no records. Its buckets have the width, at least
// 1 ms; with nil they begin with a second and become wider as needed.
func NewTimeline(widthMs *int64) *Timeline {
	t := &Timeline{width: ladder()[0], buckets: map[int64]tallied{}}
	if widthMs != nil {
		t.width, t.fixed = max(1, *widthMs), true
	}
	return t
}

// Add counts a record. An error, a [TooManyBucketsError], means that it was not
// counted; only a timeline whose width was chosen returns it.
func (t *Timeline) Add(r *Record) error {
	size := r.payload()
	if r.TimestampMs == nil {
		t.without++
		t.sum = t.sum.plus(tallied{1, size})
		return nil
	}
	ms := *r.TimestampMs
	at := floorDiv(ms, t.width)
	if _, known := t.buckets[at]; !known && len(t.buckets) >= maxBuckets {
		if t.fixed {
			return &TooManyBucketsError{t.width}
		}
		t.widen()
		return t.Add(r)
	}
	t.buckets[at] = t.buckets[at].plus(tallied{1, size})
	t.sum = t.sum.plus(tallied{1, size})
	if t.first == nil || ms < *t.first {
		t.first = new(ms)
	}
	if t.last == nil || ms > *t.last {
		t.last = new(ms)
	}
	return nil
}

func (a tallied) plus(b tallied) tallied { return tallied{a.records + b.records, a.bytes + b.bytes} }

// Fit joins buckets, unless their width was chosen, until they and the gaps
// between them are at most lines, or as few as can be.
func (t *Timeline) Fit(lines int) {
	for !t.fixed && len(t.buckets) > 1 && t.lines() > lines && t.width < math.MaxInt64/10 {
		t.widen()
	}
}

// lines is the number of buckets, and of gaps between them.
func (t *Timeline) lines() int {
	at := slices.Sorted(maps.Keys(t.buckets))
	n := len(at)
	for i := 1; i < len(at); i++ {
		if at[i] != at[i-1]+1 {
			n++
		}
	}
	return n
}

// widen joins buckets to those of the next width.
func (t *Timeline) widen() {
	next := t.width * 10
	for _, rung := range ladder() {
		if rung > t.width {
			next = rung
			break
		}
	}
	joined := map[int64]tallied{}
	for at, b := range t.buckets {
		wide := floorDiv(at, next/t.width)
		joined[wide] = joined[wide].plus(b)
	}
	t.width, t.buckets = next, joined
}

// WidthMs is the width of the buckets.
func (t *Timeline) WidthMs() int64 { return t.width }

// Records is the number of records, with and without a timestamp.
func (t *Timeline) Records() int64 { return t.sum.records }

// Bytes are those of all records, as in [Bucket].
func (t *Timeline) Bytes() int64 { return t.sum.bytes }

// WithoutTimestamp is the number of records that have none, and so no bucket.
func (t *Timeline) WithoutTimestamp() int64 { return t.without }

// Bounds are the least and the greatest timestamp; nil when there is none.
func (t *Timeline) Bounds() (first, last *int64) { return t.first, t.last }

// Buckets are those that have a record, in the order of time.
func (t *Timeline) Buckets() []Bucket {
	buckets := make([]Bucket, 0, len(t.buckets))
	for _, at := range slices.Sorted(maps.Keys(t.buckets)) {
		b := t.buckets[at]
		buckets = append(buckets, Bucket{times(at, t.width), times(after(at), t.width), b.records, b.bytes})
	}
	return buckets
}

// after is the number that follows n, or the greatest there is.
func after(n int64) int64 { return max(n, n+1) }

// floorDiv is a/b rounded down; b is above 0.
func floorDiv(a, b int64) int64 {
	if a%b < 0 {
		return a/b - 1
	}
	return a / b
}

// times is a*b, or the nearest int64; b is above 0.
func times(a, b int64) int64 {
	switch {
	case a > math.MaxInt64/b:
		return math.MaxInt64
	case a < math.MinInt64/b:
		return math.MinInt64
	}
	return a * b
}
