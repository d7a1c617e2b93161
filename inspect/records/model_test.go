package records

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/kofs/kofs/inspect"
	"pgregory.net/rapid"
)

// truth is what the model knows of a record, without any wire format.
type truth struct {
	offset  int64
	control bool
	aborted bool // its transaction was
	in      int  // its transaction's number; 0: none
}

// modelBatch is records that were appended together.
type modelBatch struct {
	base, last int64
	pid        int64
	in         int
	control    bool
	kind       int16
	records    []truth
}

// model is a random log: transactions of three producers, then compaction.
type model struct {
	t       *rapid.T
	batches []*modelBatch
	next    int64
	open    map[int64]*openTransaction
	count   int // transactions so far
	ended   []ended
}

type openTransaction struct {
	number int
	first  int64
}

type ended struct {
	transaction
	number int
	abort  bool
}

func (m *model) chance(label string, percent int) bool {
	return rapid.IntRange(0, 99).Draw(m.t, label) < percent
}

func (m *model) append(b *modelBatch, n int64) {
	b.base, b.last = m.next, m.next+n-1
	for o := b.base; o <= b.last; o++ {
		b.records = append(b.records, truth{offset: o, control: b.control, in: b.in})
	}
	m.next += n
	m.batches = append(m.batches, b)
}

func (m *model) step() {
	pid := rapid.Int64Range(1, 3).Draw(m.t, "pid")
	n := rapid.Int64Range(1, 6).Draw(m.t, "records")
	switch rapid.SampledFrom([]string{"plain", "idempotent", "transactional", "transactional", "end"}).Draw(m.t, "step") {
	case "plain":
		m.append(&modelBatch{pid: -1}, n)
	case "idempotent":
		m.append(&modelBatch{pid: pid}, n)
	case "transactional":
		if m.open[pid] == nil {
			m.count++
			m.open[pid] = &openTransaction{number: m.count, first: m.next}
		}
		m.append(&modelBatch{pid: pid, in: m.open[pid].number}, n)
	case "end":
		if tx := m.open[pid]; tx != nil {
			m.end(pid, tx)
		}
	}
}

func (m *model) end(pid int64, tx *openTransaction) {
	abort := m.chance("abort", 50)
	kind := int16(1)
	if abort {
		kind = 0
	}
	m.ended = append(m.ended, ended{abortedFrom(pid, tx.first, m.next), tx.number, abort})
	delete(m.open, pid)
	m.append(&modelBatch{pid: pid, control: true, kind: kind, in: tx.number}, 1)
}

func (m *model) lastStable() int64 {
	lso := m.next
	for _, tx := range m.open {
		lso = min(lso, tx.first)
	}
	return lso
}

// compact takes records out of batches below the last stable offset, but not out
// of the last batch. A transaction may go as a whole, with its marker; the broker
// then does not list it any more.
func (m *model) compact() {
	gone := map[int]bool{}
	for _, e := range m.ended {
		gone[e.number] = m.chance("transaction gone", 20) && e.markerAt < m.lastStable()
	}
	m.ended = slices.DeleteFunc(m.ended, func(e ended) bool { return gone[e.number] })
	clean := func(b *modelBatch) bool { return b.last < m.lastStable() && b != m.batches[len(m.batches)-1] }
	m.batches = slices.DeleteFunc(m.batches, func(b *modelBatch) bool {
		if !clean(b) || b.control && !gone[b.in] {
			return false
		}
		b.records = slices.DeleteFunc(b.records, func(truth) bool { return gone[b.in] || m.chance("compacted", 30) })
		return len(b.records) == 0 && m.chance("batch gone", 50)
	})
}

// all is every record that is there.
func (m *model) all() []truth {
	aborted := map[int]bool{}
	for _, e := range m.ended {
		aborted[e.number] = e.abort
	}
	var out []truth
	for _, b := range m.batches {
		for _, r := range b.records {
			r.aborted = !r.control && aborted[r.in]
			out = append(out, r)
		}
	}
	return out
}

// broker writes the log down.
func (m *model) broker() *broker {
	b := &broker{log: inspect.Log{LastStable: m.lastStable(), HighWatermark: m.next}}
	for _, mb := range m.batches {
		b.batches = append(b.batches, m.encode(mb))
	}
	for _, e := range m.ended {
		if e.abort {
			b.aborted = append(b.aborted, e.transaction)
		}
	}
	b.size = rapid.SampledFrom([]int{0, 1, 150, 400}).Draw(m.t, "answer size")
	silent := rapid.IntRange(2, 5).Draw(m.t, "silent")
	b.tamper = func(n int, f *Fetched) {
		if n%silent == 0 {
			f.First, f.Batches, f.Aborted = false, nil, nil
		}
	}
	return b
}

func (m *model) encode(b *modelBatch) []byte {
	if b.control {
		return control(b.base, b.pid, b.kind, func(s *spec) { s.recs = s.recs[:len(b.records)] })
	}
	var offsets []int64
	for _, r := range b.records {
		offsets = append(offsets, r.offset)
	}
	kind := func(*spec) {}
	if b.in > 0 {
		kind = inTransaction(b.pid)
	} else if b.pid >= 0 {
		kind = idempotent(b.pid)
	}
	c := rapid.SampledFrom([]codec{codecNone, codecGzip, codecSnappy, codecLZ4, codecZstd}).Draw(m.t, "codec")
	name := func(s *spec) {
		for i := range s.recs {
			s.recs[i].value = fmt.Append(nil, "value ", s.recs[i].offset)
		}
		s.xerial = b.base%2 == 0
	}
	return holes(b.base, b.last, offsets, kind, compressed(c), name)
}

// given is what a consumer is given of a range, and what the options add.
func given(all []truth, r Range, lso int64, o ListOptions) []truth {
	var out []truth
	for _, x := range all {
		committed := o.Isolation == inspect.ReadCommitted
		inside := x.offset >= r.From && x.offset < r.Until && (!committed || x.offset < lso)
		wanted := (!x.control || o.IncludeControl) && (!x.aborted || !committed || o.IncludeAborted)
		if inside && wanted {
			out = append(out, x)
		}
	}
	return out
}

func TestCountListAndSampleAgreeWithANaiveModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{t: t, open: map[int64]*openTransaction{}}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			m.step()
		}
		if m.next == 0 {
			return
		}
		if m.chance("compaction", 60) {
			m.compact()
		}
		b, all := m.broker(), m.all()
		b.log.Start = rapid.Int64Range(0, m.next/2).Draw(t, "log start")
		r := over(rapid.Int64Range(b.log.Start, m.next).Draw(t, "from"), 0)
		r.Until = rapid.Int64Range(r.From, m.next).Draw(t, "until")
		for _, i := range []inspect.Isolation{inspect.ReadUncommitted, inspect.ReadCommitted} {
			checkCount(t, b, all, r, i)
			checkList(t, b, all, r, ListOptions{Isolation: i})
			checkList(t, b, all, r, ListOptions{Isolation: i, IncludeAborted: true, IncludeControl: true})
			checkSample(t, b, all, r, ListOptions{Isolation: i})
		}
	})
}

func checkCount(t *rapid.T, b *broker, all []truth, r Range, i inspect.Isolation) {
	out, err := Count(context.Background(), b, []Range{r}, CountOptions{Isolation: i})
	if err != nil || out[0].Err != nil || !out[0].Done || out[0].Reached != r.Until {
		t.Fatalf("%+v, %v", out, err)
	}
	c, lso := out[0], b.log.LastStable
	uncommitted := given(all, r, lso, ListOptions{})
	committed := given(all, r, lso, ListOptions{Isolation: inspect.ReadCommitted})
	both := given(all, r, lso, ListOptions{IncludeControl: true})
	below := given(all, r, lso, ListOptions{Isolation: inspect.ReadCommitted, IncludeAborted: true})
	want := [4]int{len(uncommitted), len(committed), len(both) - len(uncommitted), len(below) - len(committed)}
	if got := [4]int{int(c.ReadUncommitted), int(c.ReadCommitted), int(c.Markers), int(c.Aborted)}; got != want {
		t.Fatalf("%v: counted %v, want %v (uncommitted, committed, markers, aborted)", r, got, want)
	}
	ends := uncommitted
	if i == inspect.ReadCommitted {
		ends = committed
	}
	if len(ends) == 0 {
		if c.First != nil || c.Last != nil {
			t.Fatalf("%v: first %s, last %s of none", r, at(c.First), at(c.Last))
		}
		return
	}
	place := func(x truth) string { return fmt.Sprintf("%d@%d", x.offset, baseTime+x.offset) }
	if at(c.First) != place(ends[0]) || at(c.Last) != place(ends[len(ends)-1]) {
		t.Fatalf("%v %s: first %s, last %s, want %v", r, i, at(c.First), at(c.Last), ends)
	}
}

func checkList(t *rapid.T, b *broker, all []truth, r Range, o ListOptions) {
	want := given(all, r, b.log.LastStable, o)
	var got []Record
	out, err := List(context.Background(), b, []Range{r}, o, func(rec *Record) error {
		got = append(got, rec.Clone())
		return nil
	})
	if err != nil || out[0].Err != nil || !out[0].Done || out[0].Records != int64(len(got)) {
		t.Fatalf("%+v, %v", out, err)
	}
	if len(got) != len(want) {
		t.Fatalf("%v %+v: listed %d records, want %v", r, o, len(got), want)
	}
	for n, w := range want {
		checkRecord(t, got[n], w, b.log.LastStable)
	}
	checkPrint(t, b, r, o)
}

func checkRecord(t *rapid.T, g Record, w truth, lso int64) {
	same := g.Offset == w.offset && (g.Control != nil) == w.control && g.Aborted == w.aborted &&
		g.Transactional == (w.in > 0) && g.Undecided == (w.offset >= lso && w.in > 0 && !w.control)
	if w.offset >= lso { // aborted or not, brokers do not tell
		same = g.Offset == w.offset && !g.Aborted
	}
	if !w.control && string(g.Value) != fmt.Sprint("value ", w.offset) {
		same = false
	}
	if !same {
		t.Fatalf("listed %+v, want %+v", g, w)
	}
}

func checkSample(t *rapid.T, b *broker, all []truth, r Range, o ListOptions) {
	n := rapid.IntRange(1, 5).Draw(t, "n")
	want := given(all, r, b.log.LastStable, o)
	out, err := Sample(context.Background(), b, []Range{r}, n, o)
	if err != nil || out[0].Err != nil {
		t.Fatalf("%+v, %v", out, err)
	}
	s := out[0]
	first := want[:min(n, len(want))]
	last := want[max(len(first), len(want)-n):]
	if !slices.Equal(offsets(s.First), offsetsOf(first)) || !slices.Equal(offsets(s.Last), offsetsOf(last)) {
		t.Fatalf("%v: sampled %v and %v, want %v and %v", r, offsets(s.First), offsets(s.Last), offsetsOf(first), offsetsOf(last))
	}
	if !s.Between && len(first)+len(last) < len(want) {
		t.Fatalf("%v: %d of %d records shown, and none said to lie between", r, len(first)+len(last), len(want))
	}
}

func offsets(records []Record) (out []int64) {
	for _, r := range records {
		out = append(out, r.Offset)
	}
	return out
}

func offsetsOf(records []truth) (out []int64) {
	for _, r := range records {
		out = append(out, r.offset)
	}
	return out
}
