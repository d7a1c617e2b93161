package duplicates

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// generated is a Fetcher of one partition whose records are made as they are
// read. Each is one of a kind, but every step-th repeats the one before it by
// half a step.
type generated struct{ size, step int64 }

const perBatch = 1000

func (g generated) Fetch(ctx context.Context, _ inspect.Isolation, ranges []records.Range, visit records.Visit) error {
	var batches []byte
	for _, r := range ranges {
		for at, more := r.From, true; more; {
			f := records.Fetched{TopicPartition: r.TopicPartition, Offset: at, First: true, Log: inspect.Log{LastStable: g.size, HighWatermark: g.size}}
			batches = batches[:0]
			for base := at - at%perBatch; base < min(g.size, at+10*perBatch); base += perBatch {
				batches = append(batches, g.batch(base)...)
			}
			f.Batches = batches
			at, more = visit(f)
		}
	}
	return ctx.Err()
}

// identity is the number that the record's contents are made from.
func (g generated) identity(offset int64) int64 {
	if offset > 0 && offset%g.step == 0 {
		return offset - g.step/2
	}
	return offset
}

func (g generated) batch(base int64) []byte {
	var content []byte
	for i := range int64(perBatch) {
		n := g.identity(base + i)
		body := binary.AppendVarint([]byte{0, 0}, i)
		body = appendBytes(body, fmt.Appendf(nil, "key-%012d", n))
		body = appendBytes(body, fmt.Appendf(nil, `{"order":"%012d","customer":"somebody","amount":1200}`, n))
		body = append(body, 0) // headers
		content = append(binary.AppendVarint(content, int64(len(body))), body...)
	}
	return written{time: 1000}.sealed(base, perBatch, content)
}

// findPlanted finds exactly what was planted, or ends the test.
func findPlanted(t testing.TB, g generated) {
	t.Helper()
	o := generous(t, "key+value")
	o.MaxRecords, o.MaxDuplicates = 10_000_000, 500_000
	found, err := Find(t.Context(), g, []records.Range{{TopicPartition: inspect.TopicPartition{Topic: "t"}, Until: g.size}}, o)
	if err != nil || found.Scanned != g.size || int64(len(found.Sets)) != (g.size-1)/g.step {
		t.Fatalf("%v: %d compared, %d sets", err, found.Scanned, len(found.Sets))
	}
	for i, s := range found.Sets {
		second := int64(i+1) * g.step
		if len(s.Records) != 2 || s.Records[0].Offset != second-g.step/2 || s.Records[1].Offset != second {
			t.Fatalf("set %d: %+v", i, s)
		}
	}
}

func TestFindsWhatWasPlanted(t *testing.T) { findPlanted(t, generated{size: 100_000, step: 97}) }

// Five million records with a thousand duplicates, in less than 300 MiB. What the
// runtime has from the operating system never shrinks, so that it is the peak.
func BenchmarkFiveMillion(b *testing.B) {
	for b.Loop() {
		findPlanted(b, generated{size: 5_000_000, step: 4996})
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-peak")
	if m.Sys > 300<<20 {
		b.Errorf("%d MiB", m.Sys>>20)
	}
}
