package output

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	progressQuiet  = time.Second            // what takes less than this is not worth a word
	progressRedraw = 100 * time.Millisecond // on a terminal
	progressLine   = 10 * time.Second       // in a log
	// progressWidth is assumed for a terminal that does not tell its width: a
	// line that wraps could not be redrawn in place.
	progressWidth = 80
)

// Clock is where a [Progress] has its time from.
type Clock struct {
	Now func() time.Time
	// Tick starts a ticker and returns how to stop it; nil takes time.NewTicker.
	Tick func(time.Duration) (ticks <-chan time.Time, stop func())
}

// Progress says on standard error how far a long reading has come: nothing in
// the first second, then on a terminal one line that is redrawn in place, and
// elsewhere a line every ten seconds. A nil Progress shows nothing.
type Progress struct {
	what     string
	total    int64
	clock    Clock
	started  time.Time
	out      io.Writer
	terminal bool
	width    int
	shown    int // columns of the line on the terminal

	offsets, records, bytes atomic.Int64

	mu        sync.Mutex
	note      string // to be said with the next line, and until noteUntil
	noteUntil time.Time

	stop        func()
	done, ended chan struct{}
}

// StartProgress begins to show what is being done. total is the number of
// offsets there are to go through, 0 if that is not known: percentage and
// remaining time are left out then. With quiet it returns nil. Stop must be
// called, and before anything else is written to Err.
func (s *Streams) StartProgress(what string, total int64, clock Clock, quiet bool) *Progress {
	if quiet {
		return nil
	}
	if clock.Tick == nil {
		clock.Tick = systemTick
	}
	p := &Progress{
		what: Safe(what), total: total, clock: clock, started: clock.Now(),
		out: s.Err, terminal: s.ErrTerminal, width: s.ErrWidth,
		done: make(chan struct{}), ended: make(chan struct{}),
	}
	p.stop = sync.OnceFunc(func() {
		close(p.done)
		<-p.ended
	})
	go p.show()
	return p
}

// Add counts what was done since the last Add. It costs three atomic additions
// and may be called from any number of goroutines.
func (p *Progress) Add(offsets, records, bytes int64) {
	if p == nil {
		return
	}
	p.offsets.Add(offsets)
	p.records.Add(records)
	p.bytes.Add(bytes)
}

// Note puts a text in front of the numbers until the time has come, in a log
// into the next line: why nothing moves.
func (p *Progress) Note(text string, until time.Time) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note, p.noteUntil = Safe(text), until
}

// noted is the text of Note with what follows it, as long as it holds. In a log
// it is said once even if it has passed.
func (p *Progress) noted() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := p.note
	if text == "" {
		return ""
	}
	over := !p.clock.Now().Before(p.noteUntil)
	if over {
		p.note = ""
	}
	if over && p.terminal {
		return ""
	}
	return text + ", "
}

// Stop ends the showing and takes the line off the terminal. When it returns
// nothing more is written. It may be called more than once.
func (p *Progress) Stop() {
	if p != nil {
		p.stop()
	}
}

func (p *Progress) show() {
	defer close(p.ended)
	every := progressLine
	if p.terminal {
		every = progressRedraw
	}
	ticks, stop := p.clock.Tick(every)
	defer stop()
	for {
		select {
		case <-ticks:
			p.draw()
		case <-p.done:
			p.clear()
			return
		}
	}
}

func (p *Progress) draw() {
	elapsed := p.clock.Now().Sub(p.started)
	if elapsed < progressQuiet {
		return
	}
	line := p.line(elapsed)
	if !p.terminal {
		_, _ = io.WriteString(p.out, line+"\n")
		return
	}
	limit := progressWidth
	if p.width > 0 {
		limit = p.width
	}
	line = narrow().Truncate(line, limit-1, ellipsis)
	p.redraw(line)
}

// redraw puts line in the place of the one before. Blanks wipe what was longer,
// because not every terminal knows an escape for it.
func (p *Progress) redraw(line string) {
	width := displayWidth(line)
	rest := max(0, p.shown-width)
	_, _ = io.WriteString(p.out, "\r"+line+strings.Repeat(" ", rest)+strings.Repeat("\b", rest))
	p.shown = width
}

func (p *Progress) clear() {
	if p.shown > 0 {
		p.redraw("")
		_, _ = io.WriteString(p.out, "\r")
	}
}

// line reads "counting: 412 KiB, 2617 records, 37%, 41 KiB/s, 18s left".
func (p *Progress) line(elapsed time.Duration) string {
	bytes, offsets, total := p.bytes.Load(), p.offsets.Load(), p.total
	rate := int64(float64(bytes) / elapsed.Seconds())
	parts := []string{Bytes(bytes), fmt.Sprintf("%d records", p.records.Load())}
	if total > 0 {
		parts = append(parts, fmt.Sprintf("%d%%", int(100*min(1, float64(offsets)/float64(total)))))
	}
	parts = append(parts, Bytes(rate)+"/s")
	if total > 0 && offsets > 0 && offsets < total {
		left := elapsed.Seconds() * float64(total-offsets) / float64(offsets)
		parts = append(parts, fmt.Sprintf("%s left", Duration(seconds(left))))
	}
	return p.what + ": " + p.noted() + strings.Join(parts, ", ")
}

// seconds is s as a Duration in whole seconds, at least one, at most a century.
func seconds(s float64) time.Duration {
	const century = 100 * 365 * 24 * 3600
	return time.Duration(max(1, min(s, century))) * time.Second
}

func systemTick(every time.Duration) (<-chan time.Time, func()) {
	t := time.NewTicker(every)
	return t.C, t.Stop
}
