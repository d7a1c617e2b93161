package reset

import (
	"testing"
	"time"
)

func TestParseDatetime(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"2026-01-02T03:04:05", "2026-01-02T03:04:05.000Z"}, // no zone is UTC, as in Kafka's tool
		{"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"},
		{"2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05.000Z"},
		{"2026-01-02T03:04:05-09:30", "2026-01-02T12:34:05.000Z"},
		{"2026-01-02T03:04:05.5", "2026-01-02T03:04:05.500Z"}, // Kafka's tool reads 5 ms here
		{"2026-01-02T03:04:05.123456Z", "2026-01-02T03:04:05.124Z"},
		{"2026-01-02T03:04:05.123000000Z", "2026-01-02T03:04:05.123Z"},
		{"@1767323045", "2026-01-02T03:04:05.000Z"},
		{"@1767323045678", "2026-01-02T03:04:05.678Z"},
		{"2024-02-29T00:00:00", "2024-02-29T00:00:00.000Z"},
		{"1970-01-01T00:00:00", "1970-01-01T00:00:00.000Z"},
		{"2026-01-02 03:04:05", ""},
		{"2026-01-02", ""},
		{"2026-01-02T03:04", ""},
		{"2026-01-02T03:04:05+0100", ""}, // Kafka's tool is silently half an hour off
		{"2026-01-02T03:04:05+01", ""},
		{"2026-01-02T03:04:05 Z", ""},
		{"2026-01-02t03:04:05z", ""},
		{"2026-01-02T24:00:00", ""},
		{"2026-01-02T03:60:00", ""},
		{"2026-13-02T03:04:05", ""},
		{"2026-02-29T03:04:05", ""},
		{"2026-01-02T03:04:05.", ""},
		{"2026-01-02T03:04:05,5", ""},
		{"26-01-02T03:04:05", ""},
		{"1969-12-31T23:59:59", ""},
		{"1767323045", ""},
		{"@176732304", ""},
		{"@17673230456", ""},
		{"@1767323045.5", ""},
		{"@-176732304", ""},
		{"now", ""},
		{"", ""},
		{" 2026-01-02T03:04:05", ""},
		{"2026-01-02T03:04:05Z\n", ""},
	} {
		target, err := ParseDatetime(c.in)
		got := ""
		if err == nil {
			got = target.Instant.Format(timestampForm)
		}
		if got != c.want {
			t.Errorf("ParseDatetime(%q) = %q (%v), want %q", c.in, got, err, c.want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	for _, c := range []struct {
		in   string
		want time.Duration // 0 for an error
	}{
		{"PT1H30M", 90 * time.Minute},
		{"P2D", 48 * time.Hour},
		{"P1DT12H", 36 * time.Hour},
		{"PT0.5S", 500 * time.Millisecond},
		{"PT90S", 90 * time.Second},
		{"1h30m", 90 * time.Minute},
		{"2d", 48 * time.Hour},
		{"1d2h3m4s", 26*time.Hour + 3*time.Minute + 4*time.Second},
		{"1.25s", 1250 * time.Millisecond},
		{"5", 0}, {"0", 0}, {"0s", 0}, {"PT0S", 0}, {"P0D", 0}, {"", 0}, {"P", 0}, {"PT", 0}, {"P1DT", 0},
		{"-1h", 0}, {"PT-1H", 0}, {"-PT1H", 0}, {"P1M", 0}, {"P1Y", 0}, {"P1W", 0}, {"1y", 0}, {"1w", 0},
		{"1m1h", 0}, {"PT1M1H", 0}, {"1h ", 0}, {"1 h", 0}, {"1.5h", 0}, {"pt1h", 0}, {"1H", 0}, {"1ms", 0},
		{"999999999999d", 0}, {"300000d", 0}, {"106752d", 0},
	} {
		target, err := ParseDuration(c.in, now)
		var got time.Duration
		if err == nil {
			got = now.Sub(target.Instant)
		}
		if got != c.want {
			t.Errorf("ParseDuration(%q) = %v (%v), want %v", c.in, got, err, c.want)
		}
	}
}

func TestParseOffsetAndShift(t *testing.T) {
	for _, c := range []struct {
		in            string
		offset, shift string // printed; "" for an error
	}{
		{"0", "0", "0"},
		{"17002", "17002", "17002"},
		{"9223372036854775807", "9223372036854775807", "9223372036854775807"},
		{"-100", "", "-100"},
		{"+100", "", "100"},
		{"-9223372036854775808", "", "-9223372036854775808"},
		{"9223372036854775808", "", ""},
		{"007", "", ""}, {"-07", "", ""}, {"0x10", "", ""}, {"1_000", "", ""}, {"1e3", "", ""}, {"1.0", "", ""},
		{"٣", "", ""}, {"", "", ""}, {" 1", "", ""}, {"1\n", "", ""}, {"--1", "", ""}, {"+", "", ""},
	} {
		offset, shift := "", ""
		if target, err := ParseOffset(c.in); err == nil {
			offset = itoa(target.Offset)
		}
		if target, err := ParseShift(c.in); err == nil {
			shift = itoa(target.Shift)
		}
		if offset != c.offset || shift != c.shift {
			t.Errorf("%q: offset %q shift %q, want %q %q", c.in, offset, shift, c.offset, c.shift)
		}
	}
}

func FuzzParseTargets(f *testing.F) {
	f.Add("2026-01-02T03:04:05.5+01:00")
	f.Add("P1DT2H3M4.5S")
	f.Add("-100")
	now := time.UnixMilli(1_800_000_000_000)
	f.Fuzz(func(t *testing.T, s string) {
		for _, parse := range []func(string) (Target, error){
			ParseDatetime, ParseOffset, ParseShift, func(s string) (Target, error) { return ParseDuration(s, now) },
		} {
			target, err := parse(s)
			if err != nil {
				continue
			}
			if target.Value != s || target.Offset < 0 {
				t.Fatalf("%q became %+v", s, target)
			}
			if ms := target.InstantMs(); ms != nil && (*ms < 0 || target.Instant.Nanosecond()%1e6 != 0) {
				t.Fatalf("%q became %v", s, target.Instant)
			}
		}
	})
}
