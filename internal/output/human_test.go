package output

import (
	"math"
	"testing"
	"time"
)

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB",
		10188: "9.9 KiB", 10189: "10 KiB", 421888: "412 KiB",
		1<<20 - 513: "1023 KiB", 1<<20 - 512: "1.0 MiB", 1<<20 - 1: "1.0 MiB", 1 << 20: "1.0 MiB",
		1503238554: "1.4 GiB", 1 << 40: "1.0 TiB", 1 << 50: "1.0 PiB",
		math.MaxInt64: "8.0 EiB", math.MinInt64: "-8.0 EiB", -1536: "-1.5 KiB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0ms", 350*time.Millisecond + 999: "350ms", time.Second: "1s", 12*time.Second + 900*time.Millisecond: "12s",
		3*time.Minute + 20*time.Second: "3m20s", 59*time.Minute + 59*time.Second: "59m59s",
		2*time.Hour + 5*time.Minute: "2h5m", 4*24*time.Hour + 3*time.Hour + time.Minute: "4d3h",
		-90 * time.Second: "-1m30s", math.MinInt64: "-106751d23h",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%d) = %q, want %q", int64(d), got, want)
		}
	}
}

func TestTime(t *testing.T) {
	for ms, want := range map[int64]string{
		0:                "1970-01-01T00:00:00.000Z",
		1795338000012:    "2026-11-22T09:00:00.012Z",
		-1:               "1969-12-31T23:59:59.999Z",
		253402300799999:  "9999-12-31T23:59:59.999Z",
		253402300800000:  "253402300800000",
		-62167219200000:  "0000-01-01T00:00:00.000Z",
		-62167219200001:  "-62167219200001",
		math.MaxInt64:    "9223372036854775807",
		math.MinInt64:    "-9223372036854775808",
		1795338000012000: "1795338000012000", // microseconds by mistake
	} {
		if got := Time(&ms); got != want {
			t.Errorf("Time(%d) = %q, want %q", ms, got, want)
		}
	}
	if got := Time(nil); got != "-" {
		t.Errorf("Time(nil) = %q", got)
	}
	if JSONTime(nil) != nil {
		t.Error("JSONTime(nil) is not null")
	}
}

func TestCount(t *testing.T) {
	n := int64(1234567)
	if got := Count(&n) + Count(nil); got != "1234567-" {
		t.Errorf("got %q", got)
	}
}
