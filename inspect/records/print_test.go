package records

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/kofs/kofs/inspect"
)

// plainLine is a record's every field.
func plainLine(dst []byte, r *Record) []byte {
	return fmt.Appendf(dst, "%s %d %v %s %t %s %t %s %v %t %v %v %v %t %t %v\n", r.TopicPartition, r.Offset, valueOf(r.TimestampMs), r.TimestampType,
		r.Key == nil, r.Key, r.Value == nil, r.Value, r.Headers, r.Transactional, valueOf(r.ProducerID), valueOf(r.ProducerEpoch), valueOf(r.Sequence),
		r.Aborted, r.Undecided, valueOf(r.Control))
}

func valueOf[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func printRanges(f Fetcher, ranges []Range, o ListOptions) (text string, listed []Listed, err error) {
	var out bytes.Buffer
	total := 0
	listed, err = Print(context.Background(), f, ranges, o, func() Line { return plainLine }, func(text []byte, n int) error {
		if got := bytes.Count(text, []byte("\n")); got < n {
			return fmt.Errorf("%d lines are said to be %d", got, n)
		}
		total += n
		out.Write(text)
		return nil
	})
	for _, l := range listed {
		total -= int(l.Records)
	}
	if err == nil && total != 0 {
		err = fmt.Errorf("%d records more were written than listed", total)
	}
	return out.String(), listed, err
}

func listRanges(f Fetcher, ranges []Range, o ListOptions) (text string, listed []Listed, err error) {
	var out []byte
	listed, err = List(context.Background(), f, ranges, o, func(r *Record) error {
		out = plainLine(out, r)
		return nil
	})
	return string(out), listed, err
}

// checkPrint makes sure that Print says what List says.
func checkPrint(t interface{ Fatalf(string, ...any) }, f Fetcher, r Range, o ListOptions) {
	want, listed, err := listRanges(f, []Range{r}, o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	got, printed, err := printRanges(f, []Range{r}, o)
	if err != nil || got != want || inWords(printed) != inWords(listed) {
		t.Fatalf("%v %+v: printed, %v:\n%s%s\nlisted:\n%s%s", r, o, err, got, inWords(printed), want, inWords(listed))
	}
}

// inWords are results that can be compared.
func inWords(listed []Listed) (out string) {
	for _, l := range listed {
		out += fmt.Sprintf("%s: %d records up to %d, done %t, lost %v, %v\n", l.TopicPartition, l.Records, l.Reached, l.Done, valueOf(l.LostToRetention), l.Err)
	}
	return out
}

// many is a log of many sheets, compressed or not, in several answers. One batch in
// ten has nothing in it.
func many(c codec, spoil func(n int64, batch []byte) []byte) *broker {
	var batches [][]byte
	for n := range int64(60) {
		batch := dense(n*50, 50, compressed(c), func(s *spec) {
			for i := range s.recs {
				s.recs[i].value = bytes.Repeat([]byte{byte('a' + s.recs[i].offset%26)}, 40+int(s.recs[i].offset%900))
			}
		})
		if n%10 == 7 {
			batch = holes(n*50, n*50+49, nil)
		}
		if spoil != nil {
			batch = spoil(n, batch)
		}
		batches = append(batches, batch)
	}
	b := logOf(batches...)
	b.size = 400_000
	return b
}

func TestPrintWritesInOrder(t *testing.T) {
	for _, c := range []codec{codecNone, codecGzip, codecZstd} {
		for _, o := range []ListOptions{{}, {Isolation: inspect.ReadCommitted}, {Keep: func(r *Record) bool { return r.Offset%7 == 0 }}} {
			checkPrint(t, many(c, nil), over(17, 2_990), o)
		}
	}
}

// What stands before the record that cannot be read is printed, wherever it is met.
func TestPrintEndsWhereListEnds(t *testing.T) {
	for _, bad := range []int64{0, 1, 33, 59} {
		for what, spoil := range map[string]func([]byte) []byte{
			"checksum": func(b []byte) []byte { b[len(b)-1]++; return b },
			"content":  func([]byte) []byte { return holes(bad*50, bad*50+49, []int64{bad * 50, bad*50 + 1}, counting32(3)) },
			"bomb":     func([]byte) []byte { return dense(bad*50, 50, compressed(codecZstd), huge) },
		} {
			t.Run(fmt.Sprint(what, " of batch ", bad), func(t *testing.T) {
				b := many(codecNone, func(n int64, batch []byte) []byte {
					if n == bad {
						return spoil(batch)
					}
					return batch
				})
				o := ListOptions{MaxDecompressed: 1 << 20}
				checkPrint(t, b, over(0, 3_000), o)
				if _, listed, _ := printRanges(b, []Range{over(0, 3_000)}, o); listed[0].Err == nil || listed[0].Done {
					t.Errorf("%+v", listed)
				}
			})
		}
	}
}

func huge(s *spec) { s.recs[0].value = make([]byte, 2<<20) }

func TestPrintEndsWithTheErrorOfWrite(t *testing.T) {
	full := errors.New("the disk is full")
	calls := 0
	_, err := Print(context.Background(), many(codecNone, nil), []Range{over(0, 3_000)}, ListOptions{}, func() Line { return plainLine },
		func([]byte, int) error {
			if calls++; calls == 3 {
				return full
			}
			return nil
		})
	if !errors.Is(err, full) || calls != 3 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

// A large batch is printed in parts. What is wrong in it is told as when it is read
// from one end to the other.
func TestPrintCutsUpALargeBatch(t *testing.T) {
	const n = 8000
	in := func(offsets []int64, more ...with) []byte {
		fill := func(s *spec) {
			for i := range s.recs {
				s.recs[i].value = bytes.Repeat([]byte{'x'}, 100+i%50)
			}
		}
		return holes(10, 10+n, offsets, append([]with{fill}, more...)...)
	}
	all := make([]int64, n)
	for i := range all {
		all[i] = 10 + int64(i)
	}
	swapped := func(i int) []byte {
		offsets := slices.Clone(all)
		offsets[i], offsets[i+1] = offsets[i+1], offsets[i]
		return in(offsets)
	}
	rows := map[string][]byte{
		"whole":                   in(all),
		"with holes":              in(slices.Concat(all[:1000], all[1100:])),
		"zstd":                    in(all, compressed(codecZstd)),
		"the first two swapped":   swapped(0),
		"two of the last swapped": swapped(n - 2),
		"one too many":            in(all, counting32(n+1)),
		"one too few":             in(all, counting32(n-1)),
	}
	for i := range n/400 - 1 { // also across the bounds of parts
		rows[fmt.Sprint("swapped at ", i)] = swapped(i*400 + 7*i)
	}
	for name, batch := range rows {
		t.Run(name, func(t *testing.T) {
			for _, r := range []Range{over(0, n+200), over(2000, 3000)} {
				checkPrint(t, logOf(dense(0, 10), batch, dense(11+n, 100)), r, ListOptions{})
			}
		})
	}
	l := newLister(nil, nil, ListOptions{})
	p := &printing{listing: l.listing(over(0, n+200)), press: newPress(l, func() Line { return plainLine }, func([]byte, int) error { return nil })}
	b := parse(in(all))
	if err := p.take(&b, delivered); err != nil || len(p.sheets) < 5 {
		t.Errorf("%d sheets, %v", len(p.sheets), err)
	}
	if err := errors.Join(p.finish(), p.end()); err != nil || p.Records != n {
		t.Errorf("%d records, %v", p.Records, err)
	}
}

// Where the reader is slow, text does not pile up, however large the records are.
func TestPrintDoesNotPileUpText(t *testing.T) {
	const batches, size = 40, 1 << 20
	value := bytes.Repeat([]byte("x"), size)
	var log [][]byte
	for n := range int64(batches) {
		log = append(log, dense(n, 1, func(s *spec) { s.recs[0].value = value }))
	}
	synctest.Test(t, func(t *testing.T) {
		var made, written atomic.Int64
		line := func(dst []byte, r *Record) []byte {
			made.Add(int64(len(r.Value)))
			return append(dst, r.Value...)
		}
		_, err := Print(t.Context(), logOf(log...), []Range{over(0, batches)}, ListOptions{}, func() Line { return line }, func(text []byte, _ int) error {
			synctest.Wait() // until nobody else can go on
			if ahead, most := made.Load()-written.Load(), int64(textAhead+(maxPrinters+2)*size); ahead > most {
				t.Errorf("%d bytes wait, want at most %d", ahead, most)
			}
			written.Add(int64(len(text)))
			return nil
		})
		if err != nil || written.Load() != batches*size {
			t.Errorf("%d bytes, %v", written.Load(), err)
		}
	})
}
