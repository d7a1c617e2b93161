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
	pageBytes   = 256 << 10 // of text, at least, that is written at once
	pagesAhead  = 2         // of a sheet may be printed before its turn comes
	keepBytes   = 1 << 20   // of memory for a page that is kept for later
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

// printing is the printing of one range: the parts of one answer are put aside, and
// printed before its memory goes.
type printing struct {
	*listing
	*press
	parts []part
}

// take puts a batch aside. A large one whose records need not be decompressed is cut
// up, for several printers; from where it cannot be read on it stays whole, for one of
// them to say so.
func (p *printing) take(b *batch, of fate) error {
	rest := p.part(b, of)
	for first, more := rest.cut(); more; first, more = rest.cut() {
		p.parts = append(p.parts, first)
	}
	p.parts = append(p.parts, rest)
	return nil
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

// finish prints what was put aside. So that text does not pile up, no more sheets
// are in print than the one to be written, and one for each printer.
func (p *printing) finish() error {
	sheets := sheetsOf(p.parts)
	var stop atomic.Bool
	queue := make(chan sheet, len(sheets))
	defer p.printAll(queue, &stop)()
	begun := 0
	var err error
	for i, s := range sheets {
		for ; begun < len(sheets) && begun <= i+len(p.printers); begun++ {
			queue <- sheets[begun]
		}
		for t := range s.text {
			if err == nil {
				err = p.put(t)
				stop.Store(err != nil)
			}
			p.giveBack(t.text)
		}
	}
	clear(p.parts) // the answer's memory
	p.parts = p.parts[:0]
	return err
}

// sheetsOf shares out what was put aside.
func sheetsOf(parts []part) []sheet {
	var sheets []sheet
	for len(parts) > 0 {
		n, size := 0, 0
		for ; n < len(parts) && size < sheetBytes; n++ {
			size += parts[n].size()
		}
		sheets = append(sheets, sheet{parts[:n], make(chan printed, pagesAhead)})
		parts = parts[n:]
	}
	return sheets
}

// printAll sets the printers to work; what it returns lets them go.
func (p *printing) printAll(queue chan sheet, stop *atomic.Bool) (letGo func()) {
	var busy sync.WaitGroup
	for _, with := range p.printers {
		busy.Go(func() {
			for s := range queue {
				p.print(with, s, stop)
			}
		})
	}
	return func() {
		close(queue)
		busy.Wait()
	}
}

// print makes the text of a sheet, as far as it can be read, unless it is told to stop.
func (p *printing) print(with printer, s sheet, stop *atomic.Bool) {
	defer close(s.text)
	reader := newReader(p.TopicPartition, with.decoder)
	now := printed{text: p.memory()}
	for i := range s.parts {
		err := reader.each(&s.parts[i], func(r *Record) error {
			if stop.Load() {
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
