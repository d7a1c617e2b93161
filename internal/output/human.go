package output

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Bytes is a size for people in binary units: 999 B, 1.4 GiB, 412 KiB. Sizes
// below ten units have one decimal.
func Bytes(n int64) string {
	if n > -1024 && n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size, unit := float64(n)/1024, 0
	for math.Abs(size) >= 1023.5 {
		size, unit = size/1024, unit+1
	}
	digits := 0
	if math.Abs(size) < 9.95 {
		digits = 1
	}
	return fmt.Sprintf("%.*f %ciB", digits, size, "KMGTPE"[unit])
}

// Count is a number as it is typed back into a command: digits only. nil, a
// number that is not known, is "-".
func Count(n *int64) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatInt(*n, 10)
}

// Duration is the two greatest units of d, cut, not rounded: 350ms, 12s, 3m20s,
// 2h5m, 4d3h. A day has 24 hours.
func Duration(d time.Duration) string {
	if d < 0 {
		return "-" + Duration(-max(d, -math.MaxInt64))
	}
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	case d < day:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%dd%dh", d/day, d%day/time.Hour)
	}
}

// Time shows milliseconds since 1970 as RFC 3339 in UTC. nil is "-"; outside the
// years 0 to 9999, which RFC 3339 cannot write, it is the number itself.
func Time(ms *int64) string {
	if t := JSONTime(ms); t != nil {
		return *t
	}
	return Count(ms)
}

const jsonTimeForm = "2006-01-02T15:04:05.000Z"

// JSONTime is the RFC 3339 field that documents have beside a timestamp_ms: nil
// for nil and outside the years 0 to 9999. It has always three decimals and Z.
func JSONTime(ms *int64) *string {
	if ms == nil {
		return nil
	}
	t := time.UnixMilli(*ms).UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		return nil
	}
	text := t.Format(jsonTimeForm)
	return &text
}
