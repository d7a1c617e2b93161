package records

import (
	"context"

	"github.com/kofs/kofs/inspect"
)

// lister is what the ranges of one List or Sample share.
type lister struct {
	fetcher Fetcher
	options ListOptions
	tally   *tally
	decoder *decoder
}

func newLister(f Fetcher, ranges []Range, o ListOptions) *lister {
	return &lister{fetcher: f, options: o, tally: newTally(ranges, o.Progress), decoder: newDecoder(o.MaxDecompressed)}
}

// listing is the listing of one range while it runs.
type listing struct {
	*lister
	Listed
	scan    scan
	page    page
	yield   func(*Record) error
	refusal error // what yield returned
	verdict verdict
	enough  bool // First records were given
}

// list lists one range. The error, yield's or the fetcher's, is not about the
// range but ends the whole listing.
func (l *lister) list(ctx context.Context, r Range, yield func(*Record) error) (*listing, error) {
	one := &listing{lister: l, Listed: Listed{Range: r, Done: r.Span() == 0}, scan: newScan(r), yield: yield}
	one.page.TopicPartition = r.TopicPartition
	one.scan.committedOnly = l.options.Isolation == inspect.ReadCommitted
	err := one.run(ctx)
	one.Reached, one.LostToRetention = one.scan.reached(), one.scan.lost
	return one, err
}

// run fetches until the range is dealt with.
func (l *listing) run(ctx context.Context) error {
	for waiting := !l.Done; waiting; waiting = l.verdict == restart {
		l.verdict = ask
		err := l.fetcher.Fetch(ctx, l.scan.isolation, []Range{l.scan.remaining()}, l.visit)
		if l.refusal != nil {
			return l.refusal
		}
		if err != nil {
			return err
		}
	}
	l.Done = l.Done || l.verdict == covered
	return nil
}

// visit takes one answer and says where to go on, and whether to.
func (l *listing) visit(f Fetched) (int64, bool) {
	records, reached := l.Records, l.scan.reached()
	v, err := l.scan.read(f, l.decoder, l.take)
	l.verdict = v
	switch {
	case l.enough:
		l.verdict = covered
	case l.refusal == nil:
		l.Err = err
	}
	l.tally.add(int64(len(f.Batches)), l.Records-records, l.scan.reached()-reached)
	return l.scan.pos, l.verdict == ask
}

// take gives yield the records of one batch that lie in the range.
func (l *listing) take(b *batch, of fate) error {
	if !l.wants(of) || b.count == 0 || b.base >= l.Until {
		return nil
	}
	it, err := l.decoder.entries(b)
	if err != nil {
		return err
	}
	for {
		more, err := it.next()
		if err != nil || !more || it.offset() >= l.Until {
			return err
		}
		if it.offset() < l.scan.pos {
			continue
		}
		if err := l.give(&it, of); err != nil {
			return err
		}
	}
}

// give is one record for yield.
func (l *listing) give(it *entries, of fate) error {
	beyond := l.scan.isolation == inspect.ReadUncommitted
	if err := l.page.fill(it, of, beyond); err != nil {
		return err
	}
	if l.options.Keep != nil && !l.options.Keep(&l.page.Record) {
		return nil
	}
	l.Records++
	if l.refusal = l.yield(&l.page.Record); l.refusal != nil {
		return l.refusal
	}
	if l.enough = l.Records == l.options.First; l.enough {
		return errEnough
	}
	return nil
}

// wants reports whether records of this fate are to be listed.
func (l *listing) wants(of fate) bool {
	switch of {
	case marker:
		return l.options.IncludeControl
	case aborted:
		return l.options.IncludeAborted || l.options.Isolation == inspect.ReadUncommitted
	}
	return true
}
