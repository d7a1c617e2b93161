package records

import (
	"testing"

	"github.com/kofs/kofs/inspect"
)

// BenchmarkCount counts 8 MiB of 100-byte records; the checksum alone is what it
// is measured against.
func BenchmarkCount(b *testing.B) {
	var raw []byte
	value := make([]byte, 100)
	at := int64(0)
	for len(raw) < 8<<20 {
		raw = append(raw, dense(at, 140, func(s *spec) {
			for i := range s.recs {
				s.recs[i].value = value
			}
		})...)
		at += 140
	}
	b.Run("crc alone", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			checksum(raw)
		}
	})
	b.Run("count", func(b *testing.B) { benchmarkCount(b, raw, at) })
}

func benchmarkCount(b *testing.B, raw []byte, at int64) {
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	f := Fetched{TopicPartition: orders, Log: inspect.Log{LastStable: at, HighWatermark: at}, Batches: raw, First: true}
	d := newDecoder(0)
	for b.Loop() {
		r := newRow(over(0, at), 0)
		r.read(f, d)
		if r.ReadCommitted != at {
			b.Fatal(r.Counted)
		}
	}
}
