package records

import (
	"testing"

	"github.com/kofs/kofs/inspect"
)

// seeds are batches of every kind.
func seeds() [][]byte {
	return [][]byte{
		dense(0, 3), holes(0, 9, []int64{1, 5}), holes(0, 9, nil), control(4, 1, 0), control(4, 1, 1),
		dense(0, 2, inTransaction(1)), dense(0, 3, compressed(codecGzip)), dense(0, 3, compressed(codecSnappy)),
		dense(0, 3, framed), dense(0, 3, compressed(codecLZ4)), dense(0, 3, compressed(codecZstd)),
		append(dense(0, 3), dense(3, 3)[:70]...), put(dense(0, 2), atMagic, 1),
		dense(0, 1, func(s *spec) { s.recs[0].headers = []Header{{"k", []byte("v")}, {"", nil}} }),
	}
}

// FuzzWalk hands wild answers to a count and a listing: no panic, an end, and
// never more records than offsets.
func FuzzWalk(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s, int64(0), int64(20), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, from, span int64, seal bool) {
		if seal {
			sealAll(raw)
		}
		const limit = 1 << 16
		r := over(from&0xffff, from&0xffff+span&0xffff)
		answer := Fetched{TopicPartition: orders, Offset: r.From, Batches: raw, First: true,
			Log: inspect.Log{LastStable: 1 << 20, HighWatermark: 1 << 20}, Aborted: []AbortedTransaction{{ProducerID: 1}}}
		d := newDecoder(limit)
		row := newRow(r, inspect.ReadCommitted)
		row.read(answer, d)
		row.findLast(d)
		if row.ReadUncommitted+row.Markers > r.Span() || row.ReadCommitted+row.Aborted != row.ReadUncommitted {
			t.Fatalf("%+v", row.Counted)
		}
		l := &listing{lister: newLister(nil, nil, ListOptions{IncludeAborted: true, IncludeControl: true, MaxDecompressed: limit}),
			Listed: Listed{Range: r}, scan: newScan(r)}
		l.yield = func(rec *Record) error {
			if rec.Offset < r.From || rec.Offset >= r.Until {
				t.Fatalf("%d is outside %v", rec.Offset, r)
			}
			return nil
		}
		l.visit(answer)
		if l.Records > r.Span() || d.out.Cap() > 4*limit {
			t.Fatalf("%d records, a buffer of %d", l.Records, d.out.Cap())
		}
	})
}

// FuzzDecode hands wild content, in every codec, to the record decoder.
func FuzzDecode(f *testing.F) {
	for _, s := range seeds() {
		h := parseHeader(s)
		f.Add(s[headerSize:], h.attributes, int32(h.last-h.base), int32(h.count))
	}
	f.Fuzz(func(t *testing.T, content []byte, attributes uint16, last, count int32) {
		s := spec{last: int64(last), count: &count, attributes: attributes &^ codecBits, content: append([]byte{}, content...)}
		raw := s.bytes()
		raw[atAttributes+1] |= byte(attributes & codecBits)
		w := walker{rest: sealed(raw)}
		more, err := w.next()
		if err != nil || !more {
			return
		}
		d := newDecoder(1 << 16)
		n, err := d.decodeWithin(&w.batch, 0, w.batch.last+1)
		if err == nil && n != w.batch.count {
			t.Fatalf("decoded %d of %d", n, w.batch.count)
		}
	})
}

// sealAll makes the checksums of an answer right, so that a fuzzer gets past them.
func sealAll(raw []byte) {
	for len(raw) > headerSize {
		size := int64(lengthOverhead) + int64(int32be(raw, atLength))
		if size < headerSize || size > int64(len(raw)) {
			return
		}
		sealed(raw[:size])
		raw = raw[size:]
	}
}
