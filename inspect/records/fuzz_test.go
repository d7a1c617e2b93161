package records

import (
	"bytes"
	"context"
	"testing"

	"github.com/kofs/kofs/inspect"
)

// seeds are batches of every kind.
func seeds() [][]byte {
	return [][]byte{
		dense(0, 3), holes(0, 9, []int64{1, 5}), holes(0, 9, nil), control(4, 1, 0), control(4, 1, 1),
		dense(0, 2, inTransaction(1)), dense(0, 3, compressed(codecGzip)), dense(0, 3, compressed(codecSnappy)),
		dense(0, 3, framed), dense(0, 3, compressed(codecLZ4)), dense(0, 3, compressed(codecZstd)),
		append(dense(0, 3), dense(3, 3)[:70]...),
		message(0, 0, nil), message(1, 0, []byte("v")), wrapper(0, codecGzip, 0, 0, 3), wrapper(1, codecLZ4, 0, 1, 3),
		append(wrapper(1, codecSnappy, 0, 0, 1), dense(2, 2)...),
		dense(0, 1, func(s *spec) { s.recs[0].headers = []Header{{"k", []byte("v")}, {"", nil}} }),
	}
}

// canned answers each first question of a Fetch at from with the same bytes, and
// all others with none. The log ends at end.
type canned struct {
	Fetched
	from int64
}

func (c canned) Fetch(_ context.Context, i inspect.Isolation, ranges []Range, visit Visit) error {
	for _, r := range ranges {
		for at, more := r.From, true; more; {
			f := c.Fetched
			f.Offset, f.First = at, true
			if at != c.from {
				f.Batches, f.Aborted = nil, nil
			}
			if i == inspect.ReadUncommitted {
				f.Aborted = nil
			}
			at, more = visit(f)
		}
	}
	return nil
}

// FuzzWalk hands wild answers to a count and to listings: no panic, an end, never
// more records than offsets, the memory bounded; and the listings have as many
// records as were counted, if nobody found anything wrong.
func FuzzWalk(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s, int64(0), int64(20), int64(20), true)
		f.Add(s, int64(1), int64(2), int64(2), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, from, span, lso int64, seal bool) {
		if raw = bytes.Clone(raw); seal {
			sealAll(raw)
		}
		r := over(from&0xffff, from&0xffff+span&0xffff)
		log := inspect.Log{LastStable: lso & 0xffff, HighWatermark: max(r.Until, lso&0xffff)}
		broker := canned{Fetched{TopicPartition: orders, Batches: raw, Log: log, Aborted: []AbortedTransaction{{ProducerID: 1}}}, r.From}
		const limit = 1 << 16
		c := countOne(t, broker, r, CountOptions{MaxDecompressed: limit})
		if c.ReadUncommitted+c.Markers > r.Span() || c.ReadCommitted+c.Aborted > c.ReadUncommitted || c.AtMost(inspect.ReadUncommitted) > r.Span() {
			t.Fatalf("%d to %d: %+v, %v", r.From, r.Until, struct {
				RU, RC, M, A, Reached int64
				Done                  bool
			}{c.ReadUncommitted, c.ReadCommitted, c.Markers, c.Aborted, c.Reached, c.Done}, c.Err)
		}
		for _, o := range []ListOptions{{}, {Isolation: inspect.ReadCommitted}, {IncludeControl: true}} {
			l := listBounded(t, broker, r, o, limit)
			want := c.Records(o.Isolation)
			if o.IncludeControl {
				want += c.Markers
			}
			if c.Done && l.Done && l.LostToRetention == nil && l.Records != want {
				t.Fatalf("%+v: listed %+v, counted %+v", o, l.Listed, c)
			}
		}
	})
}

// listBounded lists a range and makes sure that the memory stays bounded.
func listBounded(t *testing.T, f Fetcher, r Range, o ListOptions, limit int64) *listing {
	o.MaxDecompressed = limit
	lister := newLister(f, []Range{r}, o)
	l, err := lister.list(context.Background(), r, func(rec *Record) error {
		if rec.Offset < r.From || rec.Offset >= r.Until {
			t.Fatalf("%d is outside %v", rec.Offset, r)
		}
		return nil
	})
	if err != nil || l.Records > r.Span() || int64(lister.decoder.out.Cap()) > 4*limit {
		t.Fatalf("%v, %d records, a buffer of %d", err, l.Records, lister.decoder.out.Cap())
	}
	checkPrint(t, f, r, o)
	return l
}

// FuzzWrapper hands wild content of a compressed message of the old formats to
// the decoder, the checksums made right.
func FuzzWrapper(f *testing.F) {
	for _, magic := range []int8{0, 1} {
		f.Add(append(message(magic, 0, nil), message(magic, 3, []byte("v"))...), int64(9), byte(1), magic == 0)
	}
	f.Fuzz(func(t *testing.T, content []byte, offset int64, codecOf byte, first bool) {
		sealAll(content)
		c, magic := codec(1+codecOf%3), int8(1)
		if first {
			magic = 0
		}
		b := parse(oldMessage(magic, offset&0x7fffffff, byte(c), 1, compress(c, false, content)))
		d := newDecoder(1 << 16)
		if d.open(&b) != nil {
			return
		}
		n, err := d.decodeWithin(&b, b.base, b.last+1)
		if err != nil || n != b.count || n > b.last-b.base+1 {
			t.Fatalf("%d of %d in [%d, %d], %v", n, b.count, b.base, b.last, err)
		}
	})
}

// FuzzDecode hands wild content, in every codec, to the record decoder.
func FuzzDecode(f *testing.F) {
	for _, s := range seeds() {
		h := parse(s)
		if h.old() {
			continue
		}
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
	for len(raw) >= lengthOverhead+minOldLength {
		size := int64(lengthOverhead) + int64(int32be(raw, atLength))
		switch {
		case size < lengthOverhead+minOldLength || size > int64(len(raw)):
			return
		case raw[atMagic] < 2:
			sealedOld(raw[:size])
		case size >= headerSize:
			sealed(raw[:size])
		}
		raw = raw[size:]
	}
}
