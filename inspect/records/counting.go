package records

import (
	"context"
	"sync"

	"github.com/kofs/kofs/inspect"
)

// counting is one run of Count. Visits for different rows may run at the same
// time; what they share has a lock.
type counting struct {
	options  CountOptions
	tally    *tally
	decoders sync.Pool
	rows     []*row
}

func newCounting(ranges []Range, o CountOptions) *counting {
	c := &counting{options: o, tally: newTally(ranges, o.Progress)}
	c.decoders.New = func() any { return newDecoder(o.MaxDecompressed) }
	for _, r := range ranges {
		c.rows = append(c.rows, newRow(r, o.Isolation))
	}
	return c
}

// run fetches, one isolation level after the other, until no row waits.
func (c *counting) run(ctx context.Context, f Fetcher) error {
	for !c.spent() {
		i, rows := c.wave()
		if len(rows) == 0 {
			return nil
		}
		err := c.fetch(ctx, f, i, rows)
		for _, r := range rows {
			c.settle(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fetch reads the rows. Once the budget is spent no further row is begun, where
// the fetcher can do that; what goes beyond it is then no more than the answers
// that were under way.
func (c *counting) fetch(ctx context.Context, f Fetcher, i inspect.Isolation, rows []*row) error {
	if gated, ok := f.(GatedFetcher); ok {
		return gated.FetchWhile(ctx, i, remaining(rows), func() bool { return !c.spent() }, c.visit(rows))
	}
	return f.Fetch(ctx, i, remaining(rows), c.visit(rows))
}

// wave is the rows to be fetched next: those that wait for read_committed before
// those that wait for read_uncommitted.
func (c *counting) wave() (inspect.Isolation, []*row) {
	if rows := c.waiting(inspect.ReadCommitted); len(rows) > 0 {
		return inspect.ReadCommitted, rows
	}
	return inspect.ReadUncommitted, c.waiting(inspect.ReadUncommitted)
}

// waiting is the rows that wait for the isolation level, the first of each
// partition only: a Fetch reads a partition in one place.
func (c *counting) waiting(i inspect.Isolation) []*row {
	var rows []*row
	taken := map[inspect.TopicPartition]bool{}
	for _, r := range c.rows {
		if r.waiting && r.scan.isolation == i && !taken[r.scan.TopicPartition] {
			taken[r.scan.TopicPartition] = true
			rows = append(rows, r)
		}
	}
	return rows
}

func remaining(rows []*row) []Range {
	ranges := make([]Range, len(rows))
	for i, r := range rows {
		ranges[i] = r.scan.remaining()
	}
	return ranges
}

func (c *counting) visit(rows []*row) Visit {
	of := make(map[inspect.TopicPartition]*row, len(rows))
	for _, r := range rows {
		of[r.scan.TopicPartition] = r
	}
	return func(f Fetched) (int64, bool) { return c.read(of[f.TopicPartition], f) }
}

// read takes one answer for a row and says where to go on, and whether to.
func (c *counting) read(r *row, f Fetched) (int64, bool) {
	d := c.decoders.Get().(*decoder)
	defer c.decoders.Put(d)

	records, reached := r.Records(c.options.Isolation), r.scan.reached()
	r.read(f, d)
	c.tally.add(int64(len(f.Batches)), r.Records(c.options.Isolation)-records, r.scan.reached()-reached)

	more := r.verdict == ask && !c.spent()
	if !more {
		r.findLast(d)
	}
	return r.scan.pos, more
}

// settle finds out, after a Fetch, what is left to do for a row. A row whose
// reading was cut short still has its last batch to look at.
func (c *counting) settle(r *row) {
	d := c.decoders.Get().(*decoder)
	defer c.decoders.Put(d)
	r.findLast(d)
	r.settle()
}

// spent reports whether the budget is.
func (c *counting) spent() bool {
	over := c.options.MaxBytes > 0 && c.tally.bytes() >= c.options.MaxBytes
	return over || c.options.Stop != nil && c.options.Stop()
}

// counts is the result of every row, also of those that were never begun.
func (c *counting) counts() []Counted {
	out := make([]Counted, len(c.rows))
	for i, r := range c.rows {
		out[i] = r.Counted
		out[i].Reached = r.scan.reached()
		out[i].LostToRetention, out[i].Overcounted = r.lost()
	}
	return out
}
