package records

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Sizes. The text of a sheet of 100-byte values fits one page. Smaller sheets have the
// goroutines wake each other more often, and larger ones have them wait.
const (
	maxPrinters = 4
	sheetBytes  = 128 << 10 // of batches, at least, that a printer takes at once
	sheetsAhead = 16        // may wait for being written
	textAhead   = 8 << 20   // bytes of text may, and a page for each printer
	pageBytes   = 640 << 10 // of text, at least, that is written at once if a sheet has more
	pagesAhead  = 2         // of one sheet may wait
	keepBytes   = 2 << 20   // of memory for a page that is kept for later
)

// press makes the text of all ranges. Sheets go to the printers, who make the text of
// several at once, and in the same order to the writer, who waits for that of each.
type press struct {
	options *ListOptions
	write   func(text []byte, records int) error
	toPrint chan *sheet
	toWrite chan *sheet
	free    chan []byte // memory for text
	busy    sync.WaitGroup
	failed  error // of write
	stop    atomic.Bool

	mu      sync.Mutex
	moved   sync.Cond // what follows has changed
	ahead   int       // bytes of text that wait for being written
	writing *sheet
}

// sheet are parts of one answer that one printer prints.
type sheet struct {
	*answer
	parts []part
	text  chan printed // closed at the end

	records int64 // printed
	err     error // why the others cannot be read
	at      int64 // with err: the offset that a consumer stops at
}

// answer is what its sheets have in common.
type answer struct {
	listing *listing
	printed sync.WaitGroup // counts sheets
	ended   bool           // for the writer: an err was met
}

// printed is the text of some of a sheet's records.
type printed struct {
	text    []byte
	records int
}

// newPress sets printers and writer to work.
func newPress(l *lister, newLine func() Line, write func([]byte, int) error) *press {
	n := min(runtime.GOMAXPROCS(0), maxPrinters)
	p := &press{
		options: &l.options, write: write,
		toPrint: make(chan *sheet, n+1), toWrite: make(chan *sheet, sheetsAhead),
		free: make(chan []byte, sheetsAhead+n+1),
	}
	p.moved.L = &p.mu
	for range n {
		decoder, line := newDecoder(l.options.MaxDecompressed), newLine()
		p.busy.Go(func() {
			for s := range p.toPrint {
				p.print(s, decoder, line)
				s.printed.Done()
			}
		})
	}
	p.busy.Go(func() {
		for s := range p.toWrite {
			p.writeSheet(s)
		}
	})
	return p
}

// end waits until everything is written, and says why it is not.
func (p *press) end() error {
	close(p.toPrint)
	close(p.toWrite)
	p.busy.Wait()
	return p.failed
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

// print makes the text of a sheet, as far as it can be read, unless it is told to stop.
func (p *press) print(s *sheet, with *decoder, line Line) {
	defer close(s.text)
	reader := newReader(s.listing.TopicPartition, with)
	now := printed{text: p.memory()}
	for i := range s.parts {
		s.err = reader.each(&s.parts[i], func(r *Record) error {
			if p.stop.Load() {
				return errEnough
			}
			if p.options.Keep != nil && !p.options.Keep(r) {
				return nil
			}
			now.text, now.records = line(now.text, r), now.records+1
			s.records++
			if len(now.text) >= pageBytes {
				p.hand(s, now)
				now = printed{text: p.memory()}
			}
			return nil
		})
		if s.err != nil {
			s.at = s.parts[i].from
			break
		}
	}
	p.hand(s, now)
}

// hand gives the writer a page. It waits while there is much to write already, unless
// it is this sheet that is written: text does not pile up where the reader is slow.
func (p *press) hand(s *sheet, page printed) {
	p.mu.Lock()
	for p.ahead >= textAhead && p.writing != s {
		p.moved.Wait()
	}
	p.ahead += len(page.text)
	p.mu.Unlock()
	s.text <- page
}

// writes tells which sheet is being written, and of how many bytes more that is over.
func (p *press) writes(s *sheet, done int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ahead -= done
	p.writing = s
	p.moved.Broadcast()
}

// writeSheet writes the text of a sheet, unless one before it in the same answer could
// not be read to its end.
func (p *press) writeSheet(s *sheet) {
	p.writes(s, 0)
	for t := range s.text {
		if t.records > 0 && !s.ended && !p.stop.Load() {
			p.failed = p.write(t.text, t.records)
			p.stop.Store(p.failed != nil)
		}
		p.writes(s, len(t.text))
		p.giveBack(t.text)
	}
	s.ended = s.ended || s.err != nil
}
