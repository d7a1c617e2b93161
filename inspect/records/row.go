package records

import (
	"errors"

	"github.com/kofs/kofs/inspect"
)

// row is the count of one range while it runs.
type row struct {
	Counted
	scan      scan
	isolation inspect.Isolation // for First and Last
	waiting   bool              // for a Fetch at scan.isolation
	verdict   verdict           // of the last answer

	// The last batch with a record for Last: within the answer, then a copy, so
	// that only one is ever decompressed. From is the position it was met at,
	// Before the numbers until then.
	tail, kept             []byte
	tailFrom, keptFrom     int64
	tailBefore, keptBefore Counted
}

func newRow(r Range, i inspect.Isolation) *row {
	return &row{
		Counted: Counted{Range: r, Done: r.Span() == 0},
		scan:    newScan(r), isolation: i, waiting: r.Span() > 0,
	}
}

// read adds up one answer.
func (r *row) read(f Fetched, d *decoder) {
	r.tail = nil
	r.BytesRead += int64(len(f.Batches))
	lost := r.scan.lost
	v, err := r.scan.read(f, d, func(b *batch, of fate) error { return r.take(b, of, d) })
	r.verdict, r.Err = v, err
	if r.scan.lost != lost { // all that was counted lies before the new log start
		r.goBack(Counted{})
		r.First, r.Last, r.kept = nil, nil, nil
	}
	if r.tail != nil {
		r.kept, r.keptFrom, r.keptBefore = append(r.kept[:0], r.tail...), r.tailFrom, r.tailBefore
	}
}

// goBack takes the numbers of an earlier time.
func (r *row) goBack(to Counted) {
	r.ReadUncommitted, r.ReadCommitted, r.Markers, r.Aborted = to.ReadUncommitted, to.ReadCommitted, to.Markers, to.Aborted
}

// lost is where the log has come to start if that is within the range, and
// whether something counted lies before it.
func (r *row) lost() (start *int64, overcounted bool) {
	if now := r.scan.log.Start; now > r.From && (r.scan.lost == nil || now > *r.scan.lost) {
		return &now, true
	}
	return r.scan.lost, false
}

// take adds up one batch.
func (r *row) take(b *batch, of fate, d *decoder) error {
	n, err := d.within(b, r.scan.pos, r.scan.Until)
	if err != nil || n == 0 {
		return err
	}
	if r.gives(of) {
		if err := r.mark(b, d); err != nil {
			return err
		}
	}
	switch {
	case of == marker:
		r.Markers += n
		return nil
	case of == aborted:
		r.Aborted += n
	case r.scan.isolation == inspect.ReadCommitted:
		r.ReadCommitted += n
	}
	r.ReadUncommitted += n
	return nil
}

// gives reports whether a consumer of the row's isolation level is given the batch.
func (r *row) gives(of fate) bool {
	if r.isolation == inspect.ReadCommitted {
		return of == delivered && r.scan.isolation == inspect.ReadCommitted
	}
	return of != marker
}

// mark remembers a batch that has a record for First or Last.
func (r *row) mark(b *batch, d *decoder) (err error) {
	if r.First == nil {
		r.First, _, err = d.ends(b, r.scan.pos, r.scan.Until)
	}
	r.tail, r.tailFrom, r.tailBefore = b.raw, r.scan.pos, r.Counted
	return err
}

// findLast looks into the last batch that was kept. One that cannot be read is
// where a consumer stops, so the row ends there.
func (r *row) findLast(d *decoder) {
	if r.kept == nil {
		return
	}
	b := parse(r.kept)
	_, last, err := d.ends(&b, r.keptFrom, r.scan.Until)
	r.kept = nil
	if err != nil && r.Err == nil {
		r.Err, r.verdict, r.scan.pos = err, failed, r.keptFrom
		r.goBack(r.keptBefore)
		return
	}
	r.Last = last
}

// settle says, after a Fetch, whether the row is done or waits for another.
func (r *row) settle() {
	r.waiting, r.Done = r.verdict == restart, r.verdict == covered
	r.verdict = ask
}

// within is the number of a batch's records with offsets in [from, until). Only a
// batch with gaps that crosses a bound is decompressed. One that begins at or
// beyond until has none: a gap may span the bound.
func (d *decoder) within(b *batch, from, until int64) (int64, error) {
	switch {
	case b.base >= until || b.count == 0:
		return 0, nil
	case b.base >= from && b.last < until:
		return b.count, nil
	case b.dense():
		return min(b.last+1, until) - max(b.base, from), nil
	}
	return d.decodeWithin(b, from, until)
}

func (d *decoder) decodeWithin(b *batch, from, until int64) (n int64, err error) {
	it, err := d.entries(b)
	if err != nil {
		return 0, err
	}
	for {
		more, err := it.next()
		if err != nil || !more {
			return n, err
		}
		if at := it.offset(); at >= from && at < until {
			n++
		}
	}
}

// ends is the places of the first and the last record of a batch with offsets in
// [from, until). Where the batch is too large to look into, arithmetic gives the
// offsets of a dense one.
func (d *decoder) ends(b *batch, from, until int64) (first, last *Position, err error) {
	it, err := d.entries(b)
	var large *TooLargeError
	if errors.As(err, &large) && b.dense() {
		return &Position{Offset: max(b.base, from)}, &Position{Offset: min(b.last, until-1)}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for {
		more, err := it.next()
		if err != nil || !more {
			return first, last, err
		}
		if at := it.offset(); at >= from && at < until {
			last = &Position{Offset: at, TimestampMs: it.entry.timestampMs()}
			if first == nil {
				first = last
			}
		}
	}
}
