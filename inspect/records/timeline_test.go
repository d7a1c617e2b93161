package records

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func timed(ms int64) *Record { return &Record{TimestampMs: &ms, Value: []byte("12345")} }

func TestTimelineFits(t *testing.T) {
	for name, c := range map[string]struct {
		ms      []int64
		width   int64
		buckets []Bucket
	}{
		"a second":    {[]int64{1500, 1100, 2000}, 1000, []Bucket{{1000, 2000, 2, 10}, {2000, 3000, 1, 5}}},
		"before 1970": {[]int64{-2, -1000, -1001}, 1000, []Bucket{{-2000, -1000, 1, 5}, {-1000, 0, 2, 10}}},
		"one wild timestamp does not widen the rest": {[]int64{math.MaxInt64, 1000, 2000}, 1000,
			[]Bucket{{1000, 2000, 1, 5}, {2000, 3000, 1, 5}, {math.MaxInt64 / 1000 * 1000, math.MaxInt64, 1, 5}}},
		"the least timestamp": {[]int64{math.MinInt64}, 1000, []Bucket{{math.MinInt64, math.MinInt64 / 1000 * 1000, 1, 5}}},
		"more lines than fit": {[]int64{0, 10_000, 20_000, 30_000, 61_000}, 60_000, []Bucket{{0, 60_000, 4, 20}, {60_000, 120_000, 1, 5}}},
		"nothing":             {nil, 1000, []Bucket{}},
	} {
		line := NewTimeline(nil)
		for _, ms := range c.ms {
			if err := line.Add(timed(ms)); err != nil {
				t.Fatal(err)
			}
		}
		line.Fit(4)
		got := line.Buckets()
		if line.WidthMs() != c.width || len(got) != len(c.buckets) {
			t.Errorf("%s: %v of %d ms", name, got, line.WidthMs())
			continue
		}
		for i := range got {
			if got[i] != c.buckets[i] {
				t.Errorf("%s: bucket %d is %+v, want %+v", name, i, got[i], c.buckets[i])
			}
		}
	}
}

func TestTimelineKeepsABoundedNumberOfBuckets(t *testing.T) {
	line, fixed := NewTimeline(nil), NewTimeline(new(int64(1)))
	var refused error
	for i := range int64(3 * maxBuckets) {
		r := timed(i * (math.MaxInt64 / (3 * maxBuckets))) // from 1970 to the year 292 million
		if err := line.Add(r); err != nil {
			t.Fatal(err)
		}
		if err := fixed.Add(r); err != nil {
			refused = err
		}
		if len(line.buckets) > maxBuckets || len(fixed.buckets) > maxBuckets {
			t.Fatalf("%d and %d buckets", len(line.buckets), len(fixed.buckets))
		}
	}
	if line.Records() != 3*maxBuckets || !errors.As(refused, new(*TooManyBucketsError)) || fixed.Records() != maxBuckets {
		t.Errorf("%d records; with a fixed width %d, %v", line.Records(), fixed.Records(), refused)
	}
	line.Fit(40)
	if n := line.lines(); n > 40 {
		t.Errorf("%d lines", n)
	}
}

// Whatever the timestamps, their order and the width: every record is in the one
// bucket that holds its timestamp, or among those without.
func TestTheLastMillisecondHasABucket(t *testing.T) {
	line := NewTimeline(new(int64(1)))
	if err := line.Add(&Record{TimestampMs: new(int64(math.MaxInt64))}); err != nil {
		t.Fatal(err)
	}
	if b := line.Buckets(); len(b) != 1 || b[0].FromMs != math.MaxInt64 || b[0].UntilMs != math.MaxInt64 {
		t.Errorf("%+v", b)
	}
}

func TestTimelineAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var width *int64
		if rapid.Bool().Draw(t, "fixed") {
			width = new(rapid.Int64Range(1, math.MaxInt64).Draw(t, "width"))
		}
		line := NewTimeline(width)
		times := rapid.SliceOf(rapid.Ptr(rapid.OneOf(rapid.Int64(), rapid.Int64Range(0, 1e7)), true)).Draw(t, "times")
		without := int64(0)
		for _, ms := range times {
			if ms == nil {
				without++
			}
			if err := line.Add(&Record{TimestampMs: ms, Key: []byte("k")}); err != nil {
				t.Fatal(err)
			}
		}
		line.Fit(rapid.IntRange(1, 20).Draw(t, "lines"))
		sum := line.WithoutTimestamp()
		for _, b := range line.Buckets() {
			in := int64(0)
			for _, ms := range times {
				if ms != nil && *ms >= b.FromMs && (*ms < b.UntilMs || b.UntilMs == math.MaxInt64) {
					in++
				}
			}
			if in != b.Records || b.Bytes != in {
				t.Fatalf("%+v holds %d", b, in)
			}
			sum += b.Records
		}
		if sum != line.Records() || sum != int64(len(times)) || without != line.WithoutTimestamp() {
			t.Fatalf("%d records in buckets, %d counted, %d given", sum, line.Records(), len(times))
		}
	})
}
