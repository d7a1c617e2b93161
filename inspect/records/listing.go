package records

import (
	"context"

	"github.com/kofs/kofs/inspect"
)

// lister is what the ranges of one List, Print or Sample share.
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
	taker   taker
	turn    *turn // nil when it is now
	few     int64 // so many records are wanted, most likely; 0: all
	refusal error // what ended not only this range
	verdict verdict
	enough  bool // First records were given
}

// taker deals with the records of one range, an answer at a time.
type taker interface {
	// take is shown a batch whose records are wanted. It says why they cannot be read;
	// or has set the refusal, or enough, and returns any error.
	take(b *batch, of fate) error
	// finish deals with what take has put aside, before the memory of the answer
	// goes. An error is as one of take.
	finish() error
}

// first is list where only the first few records are wanted, or 0 for all; it is yield
// that ends it.
func (l *lister) first(ctx context.Context, r Range, few int, yield func(*Record) error) (*listing, error) {
	one := l.listing(r)
	one.taker, one.few = newGiver(one, yield), int64(few)
	return one, one.run(ctx)
}

// list gives yield the records of one range. The error, yield's or the fetcher's,
// is not about the range but ends the whole listing.
func (l *lister) list(ctx context.Context, r Range, yield func(*Record) error) (*listing, error) {
	return l.first(ctx, r, 0, yield)
}

func (l *lister) listing(r Range) *listing {
	one := &listing{lister: l, Listed: Listed{Range: r, Done: r.Span() == 0}, scan: newScan(r)}
	one.scan.committedOnly = l.options.Isolation == inspect.ReadCommitted
	return one
}

// run fetches until the range is dealt with.
func (l *listing) run(ctx context.Context) error {
	defer func() { l.Reached, l.LostToRetention = l.scan.reached(), l.scan.lost }()
	for waiting := !l.Done; waiting; waiting = l.verdict == restart {
		l.verdict = ask
		err := l.fetcher.Fetch(ctx, l.scan.isolation, []Range{l.worthAsking()}, l.visit)
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

// worthAsking is what has not been read yet, or the beginning of it where few records
// are wanted.
func (l *listing) worthAsking() Range {
	r := l.scan.remaining()
	if few := l.few - l.Records; l.few > 0 && r.Span() > few {
		r.Until = r.From + max(1, few)
	}
	return r
}

// visit takes one answer and says where to go on, and whether to.
func (l *listing) visit(f Fetched) (int64, bool) {
	if !l.turn.await() {
		return l.scan.pos, false
	}
	l.turn.callNext(f.Batches, l.Until)
	records, reached := l.Records, l.scan.reached()
	v, err := l.scan.read(f, l.decoder, l.take)
	if unfinished := l.taker.finish(); unfinished != nil {
		v, err = failed, unfinished
	}
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

// take passes on what is wanted.
func (l *listing) take(b *batch, of fate) error {
	if !l.wants(of) || b.count == 0 || b.base >= l.Until {
		return nil
	}
	return l.taker.take(b, of)
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

// reader makes Records of batches, one batch at a time.
type reader struct {
	decoder *decoder
	page    page
}

func newReader(at inspect.TopicPartition, d *decoder) reader {
	return reader{decoder: d, page: page{Record: Record{TopicPartition: at}}}
}

// each gives the records of one part.
func (r *reader) each(p *part, give func(*Record) error) error {
	r.page.begin(p)
	it, err := p.entries(r.decoder)
	if err != nil {
		return err
	}
	for !p.ends(&it) {
		more, err := it.next()
		if err != nil || !more || it.offset() >= p.until {
			return err
		}
		if it.offset() < p.from {
			continue
		}
		if err := r.page.fill(&it, p.fate); err != nil {
			return err
		}
		if err := give(&r.page.Record); err != nil {
			return err
		}
	}
	return nil
}

// giver gives one record after another to yield.
type giver struct {
	*listing
	reader
	now   part // in work
	yield func(*Record) error
}

func newGiver(l *listing, yield func(*Record) error) *giver {
	return &giver{listing: l, reader: newReader(l.TopicPartition, l.decoder), yield: yield}
}

func (g *giver) take(b *batch, of fate) error {
	g.now = g.part(b, of)
	return g.each(&g.now, g.give)
}

func (g *giver) finish() error { return nil }

func (g *giver) give(r *Record) error {
	if g.options.Keep != nil && !g.options.Keep(r) {
		return nil
	}
	g.Records++
	if g.refusal = g.yield(r); g.refusal != nil {
		return g.refusal
	}
	if g.enough = g.Records == g.options.First; g.enough {
		return errEnough
	}
	return nil
}
