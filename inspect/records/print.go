package records

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// A Line appends the text of a record to dst.
type Line func(dst []byte, r *Record) []byte

// Print writes the records that [List] gives as text, in the same order. The text is
// made on several processors at once, by lines that newLine makes, one for each
// goroutine; Keep of the options is called by several of them, too. First of the
// options is not supported.
//
// write is given the text of one or more records, and how many; it is called by one
// goroutine, and its error ends the printing and is returned. Otherwise results and
// error are those of List. Memory is bounded by one fetch answer and, for each
// processor in use, one decompressed batch.
func Print(ctx context.Context, f Fetcher, ranges []Range, o ListOptions, newLine func() Line, write func(text []byte, records int) error) ([]Listed, error) {
	l := newLister(f, ranges, o)
	p := newPress(l, newLine, write)
	return l.all(ctx, ranges, func(one *listing) taker { return &printing{listing: one, press: p} })
}

const (
	maxPrinters = 4
	sheetBytes  = 64 << 10  // of batches, at least, that a printer takes at once
	pageBytes   = 512 << 10 // of text, at least, that is written at once
	pagesAhead  = 2         // of a sheet may be printed before its turn comes
	keepBytes   = 2 << 20   // of memory for a page that is kept for later
)

// press makes the text of all ranges.
type press struct {
	printers []printer
	write    func(text []byte, records int) error
	free     chan []byte // memory for text
}

// printer is what one goroutine needs.
type printer struct {
	decoder *decoder
	line    Line
}

func newPress(l *lister, newLine func() Line, write func([]byte, int) error) *press {
	n := min(runtime.GOMAXPROCS(0), maxPrinters)
	p := &press{write: write, free: make(chan []byte, (n+1)*(pagesAhead+2))}
	for range n {
		p.printers = append(p.printers, printer{newDecoder(l.options.MaxDecompressed), newLine()})
	}
	return p
}

// memory is empty, and has been used before if there is some.
func (p *press) memory() []byte {
	select {
	case b := <-p.free:
		return b
	default:
		return make([]byte, 0, pageBytes+pageBytes/4)
	}
}

func (p *press) giveBack(b []byte) {
	if cap(b) > keepBytes {
		return
	}
	select {
	case p.free <- b[:0]:
	default:
	}
}

// printing is the printing of one range, of whose answers one is in print at a time.
type printing struct {
	*listing
	*press
	parts  []part // not in a sheet yet
	size   int    // of their batches
	spares [][]part
	sheets []sheet
	begun  int        // so many of the sheets are given to the printers
	queue  chan sheet // nil between answers
	stop   atomic.Bool
	busy   sync.WaitGroup
}

// sheet are parts that one printer prints.
type sheet struct {
	parts []part
	text  chan printed // closed at the end
}

// printed is the text of some of a sheet's records, and why those behind them cannot
// be read.
type printed struct {
	text    []byte
	records int
	err     error
	at      int64 // with err: the offset that a consumer stops at
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

// endSheet has what was put aside printed.
func (p *printing) endSheet() {
	p.sheets = append(p.sheets, sheet{p.parts, make(chan printed, pagesAhead)})
	p.parts, p.size = p.spare(), 0
	if p.queue == nil {
		p.startPrinters()
	}
	p.feed(0)
}

// startPrinters sets the printers to work on one answer.
func (p *printing) startPrinters() {
	queue := make(chan sheet, len(p.printers)+1)
	p.queue = queue
	p.stop.Store(false)
	for _, with := range p.printers {
		p.busy.Go(func() {
			for s := range queue {
				p.print(with, s)
			}
		})
	}
}

// feed gives the printers sheets, in order: the one that is written next, and no more
// than one for each of them, so that text does not pile up.
func (p *printing) feed(written int) {
	for ; p.begun < len(p.sheets) && p.begun <= written+len(p.printers); p.begun++ {
		p.queue <- p.sheets[p.begun]
	}
}

// finish writes what is in print, and waits for the printers, who still use the
// memory of the answer.
func (p *printing) finish() error {
	if len(p.parts) > 0 {
		p.endSheet()
	}
	if p.queue == nil {
		return nil
	}
	var err error
	for i, s := range p.sheets {
		p.feed(i)
		for t := range s.text {
			if err == nil {
				err = p.put(t)
				p.stop.Store(err != nil)
			}
			p.giveBack(t.text)
		}
	}
	close(p.queue)
	p.busy.Wait()
	for _, s := range p.sheets {
		clear(s.parts) // the answer's memory
		p.spares = append(p.spares, s.parts[:0])
	}
	p.sheets, p.begun, p.queue = p.sheets[:0], 0, nil
	return err
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

// print makes the text of a sheet, as far as it can be read, unless it is told to stop.
func (p *printing) print(with printer, s sheet) {
	defer close(s.text)
	reader := newReader(p.TopicPartition, with.decoder)
	now := printed{text: p.memory()}
	for i := range s.parts {
		err := reader.each(&s.parts[i], func(r *Record) error {
			if p.stop.Load() {
				return errEnough
			}
			if p.options.Keep != nil && !p.options.Keep(r) {
				return nil
			}
			now.text, now.records = with.line(now.text, r), now.records+1
			if len(now.text) >= pageBytes {
				s.text <- now
				now = printed{text: p.memory()}
			}
			return nil
		})
		if err != nil {
			now.err, now.at = err, s.parts[i].from
			break
		}
	}
	s.text <- now
}

// put writes some text, and says why there is no more.
func (p *printing) put(t printed) error {
	if t.records > 0 {
		p.Records += int64(t.records)
		if p.refusal = p.write(t.text, t.records); p.refusal != nil {
			return p.refusal
		}
	}
	if t.err != nil {
		p.scan.pos = t.at
	}
	return t.err
}
