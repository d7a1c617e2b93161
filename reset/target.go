package reset

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Kind says how a target finds the new offset of a partition.
type Kind string

// The kinds of target, as the documents spell them.
const (
	ToEarliest Kind = "earliest" // the log start offset
	ToLatest   Kind = "latest"   // the end for the isolation level, as it is at the time of the preview
	ToOffset   Kind = "offset"
	ShiftBy    Kind = "shift" // the committed offset plus a number
	ToDatetime Kind = "datetime"
	ByDuration Kind = "duration" // a datetime counted back from now
	ToCurrent  Kind = "current"  // the committed offset itself
)

// Target is where a reset goes. It is parsed once; a duration is resolved to an
// instant then and there.
type Target struct {
	Kind    Kind
	Value   string    // as the user wrote it; "" for the kinds without a value
	Offset  int64     // of ToOffset, at least 0
	Shift   int64     // of ShiftBy
	Offsets Offsets   // of FromFile and ToGroup: what is not in it is out of scope
	Instant time.Time // of ToDatetime and ByDuration, in whole milliseconds since 1970; else zero
}

// HasInstant reports whether the target is a point in time.
func (t Target) HasInstant() bool { return t.Kind == ToDatetime || t.Kind == ByDuration }

// InstantMs is the instant in milliseconds since 1970, nil if there is none.
func (t Target) InstantMs() *int64 {
	if !t.HasInstant() {
		return nil
	}
	ms := t.Instant.UnixMilli()
	return &ms
}

var (
	offsetForm = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)
	shiftForm  = regexp.MustCompile(`^[+-]?(0|[1-9][0-9]*)$`)
	epochForm  = regexp.MustCompile(`^@([0-9]{10}|[0-9]{13})$`)
	dateForm   = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?$`)
	isoForm    = regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,3}))?S)?)?$`)
	shortForm  = regexp.MustCompile(`^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)(?:\.(\d{1,3}))?s)?$`)
)

// ParseOffset reads a plain decimal number from 0 to 2^63-1: no sign, no
// leading zeros, no other notation.
func ParseOffset(s string) (Target, error) {
	if !offsetForm.MatchString(s) {
		return Target{}, fmt.Errorf("%q is not an offset: plain decimal digits, no sign, no leading zeros", s)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return Target{}, fmt.Errorf("offset %q is larger than %d", s, int64(math.MaxInt64))
	}
	return Target{Kind: ToOffset, Value: s, Offset: n}, nil
}

// ParseShift reads a decimal number with or without a sign.
func ParseShift(s string) (Target, error) {
	if !shiftForm.MatchString(s) {
		return Target{}, fmt.Errorf("%q is not a number of offsets such as -100 or +50", s)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return Target{}, fmt.Errorf("shift %q does not fit into 64 bits", s)
	}
	return Target{Kind: ShiftBy, Value: s, Shift: n}, nil
}

// ParseDatetime reads 2026-01-02T03:04:05 with an optional fraction and Z,
// +01:00 or no zone (UTC, as in Kafka's own tool), or @ with 10 digits (seconds
// since 1970) or 13 (milliseconds). A fraction means what it says: .5 is 500 ms.
// Kafka's timestamps have milliseconds, so a finer instant is rounded up: the
// first record at or after it stays the same.
func ParseDatetime(s string) (Target, error) {
	instant, err := parseInstant(s)
	if err != nil {
		return Target{}, err
	}
	if rounded := instant.Truncate(time.Millisecond); rounded.Before(instant) {
		instant = rounded.Add(time.Millisecond)
	}
	if instant.UnixMilli() < 0 {
		return Target{}, fmt.Errorf("%q lies before 1970, where no record can be", s)
	}
	return Target{Kind: ToDatetime, Value: s, Instant: instant.UTC()}, nil
}

func parseInstant(s string) (time.Time, error) {
	if m := epochForm.FindStringSubmatch(s); m != nil {
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			return time.Time{}, fmt.Errorf("%q is not a datetime: %w", s, err)
		}
		if len(m[1]) == 13 {
			return time.UnixMilli(n), nil
		}
		return time.Unix(n, 0), nil
	}
	m := dateForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, fmt.Errorf("%q is not a datetime such as 2026-01-02T03:04:05Z, 2026-01-02T03:04:05.5+01:00 or @1767323045", s)
	}
	layout := "2006-01-02T15:04:05Z07:00"
	if m[2] == "" {
		layout = "2006-01-02T15:04:05"
	}
	instant, err := time.Parse(layout, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a datetime: there is no such day, time or zone", s)
	}
	return instant, nil
}

// ParseDuration reads how long ago: ISO-8601 with days, hours, minutes and
// seconds (PT1H30M, P2D) or 2d1h30m10s. A day is 24 hours. Months and years are
// refused, and so are zero and negative durations.
func ParseDuration(s string, now time.Time) (Target, error) {
	m := isoForm.FindStringSubmatch(s)
	if m == nil {
		m = shortForm.FindStringSubmatch(s)
	}
	if m == nil || s == "" || strings.HasSuffix(s, "T") {
		return Target{}, fmt.Errorf("%q is not a duration such as PT1H30M, P2D or 1h30m", s)
	}
	d, err := sumDuration(m[1:])
	if err != nil {
		return Target{}, fmt.Errorf("duration %q: %w", s, err)
	}
	if d == 0 {
		return Target{}, fmt.Errorf("duration %q is zero", s)
	}
	instant := time.UnixMilli(now.Add(-d).UnixMilli()).UTC()
	if instant.UnixMilli() < 0 {
		return Target{}, fmt.Errorf("duration %q reaches back before 1970", s)
	}
	return Target{Kind: ByDuration, Value: s, Instant: instant}, nil
}

// sumDuration adds days, hours, minutes, seconds and a decimal fraction of a second.
func sumDuration(parts []string) (time.Duration, error) {
	units := []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second}
	var sum time.Duration
	for i, unit := range units {
		if parts[i] == "" {
			continue
		}
		n, err := strconv.ParseInt(parts[i], 10, 64)
		if err != nil || n > int64((math.MaxInt64-sum)/unit) {
			return 0, fmt.Errorf("longer than 292 years")
		}
		sum += time.Duration(n) * unit
	}
	if fraction := parts[4]; fraction != "" {
		ms, err := strconv.ParseInt((fraction + "00")[:3], 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(ms) * time.Millisecond
	}
	return sum, nil
}
