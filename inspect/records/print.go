package records

import "context"

// A Line appends the text of a record to dst.
type Line func(dst []byte, r *Record) []byte

// Print writes the records that [List] gives as text, in the same order. The text is
// made on several processors at once, by lines that newLine makes, one for each
// goroutine; Keep of the options is called by several of them, too. First of the
// options is not supported.
//
// write is given the text of one or more records, and how many; it is called by one
// goroutine, which is not the caller's, and its error ends the printing and is
// returned. Nothing is left to be written when Print returns. Otherwise results and
// error are those of List. Memory is bounded by fetch answers as there, some text and,
// for each processor in use, one decompressed batch.
func Print(ctx context.Context, f Fetcher, ranges []Range, o ListOptions, newLine func() Line, write func(text []byte, records int) error) ([]Listed, error) {
	l := newLister(f, ranges, o)
	p := newPress(l, newLine, write)
	listed, err := l.all(ctx, ranges, func(one *listing) taker { return &printing{listing: one, press: p} })
	if failed := p.end(); failed != nil {
		err = failed
	}
	return listed, err
}

// printing is the printing of one range.
type printing struct {
	*listing
	*press
	parts  []part // not in a sheet yet
	size   int    // of their batches
	sheets []*sheet
	answer *answer // of the sheets; nil before the first
	spares [][]part
}

// take puts a batch into a sheet. A large one whose records need not be decompressed is
// cut up, for several printers; from where it cannot be read on it stays whole, for one
// of them to say so.
func (p *printing) take(b *batch, of fate) error {
	rest := p.part(b, of)
	for first, more := rest.cut(); more; first, more = rest.cut() {
		p.add(first)
	}
	p.add(rest)
	return nil
}

func (p *printing) add(one part) {
	p.parts = append(p.parts, one)
	if p.size += one.size(); p.size >= sheetBytes {
		p.endSheet()
	}
}

// endSheet has what was put aside printed and written. It waits while there is much to
// print or write already.
func (p *printing) endSheet() {
	if p.answer == nil {
		p.answer = &answer{listing: p.listing}
	}
	s := &sheet{answer: p.answer, parts: p.parts, text: make(chan printed, pagesAhead)}
	p.sheets, p.parts, p.size = append(p.sheets, s), p.spare(), 0
	p.answer.printed.Add(1)
	p.toWrite <- s
	p.toPrint <- s
}

// finish waits for the printers, who use the memory of the answer. What they made may
// still have to be written.
func (p *printing) finish() error {
	if len(p.parts) > 0 {
		p.endSheet()
	}
	if p.answer == nil {
		return nil
	}
	p.answer.printed.Wait()
	err := p.account()
	for _, s := range p.sheets {
		clear(s.parts) // the answer's memory
		p.spares = append(p.spares, s.parts[:0])
	}
	p.sheets, p.answer = p.sheets[:0], nil
	if p.stop.Load() {
		p.refusal = p.failed
		return p.refusal
	}
	return err
}

// account adds up what was printed of an answer, up to where it cannot be read.
func (p *printing) account() error {
	for _, s := range p.sheets {
		p.Records += s.records
		if s.err != nil {
			p.scan.pos = s.at
			return s.err
		}
	}
	return nil
}

// spare is memory for the parts of a sheet, used before if there is some.
func (p *printing) spare() []part {
	last := len(p.spares) - 1
	if last < 0 {
		return nil
	}
	parts := p.spares[last]
	p.spares = p.spares[:last]
	return parts
}
