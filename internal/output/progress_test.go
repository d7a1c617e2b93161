package output

import (
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// screen is what a terminal shows on its last line, and everything written.
type screen struct {
	mu      sync.Mutex
	written strings.Builder
	writes  int
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	return s.written.Write(p)
}

// take returns what was written since the last take, and in how many writes.
func (s *screen) take() (string, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, n := s.written.String(), s.writes
	s.written.Reset()
	s.writes = 0
	return text, n
}

func realClock() Clock { return Clock{Now: time.Now} } // in a synctest bubble: a clock that jumps

func TestProgressOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var err screen
		s := New(nil, io.Discard, &err, Facts{ErrTerminal: true, ErrWidth: 120})
		p := s.StartProgress("counting", 4000, realClock(), false)
		p.Add(1000, 900, 512*1024)
		sleep(950 * time.Millisecond)
		if got, _ := err.take(); got != "" {
			t.Errorf("in the first second: %q", got)
		}
		sleep(time.Second)
		got, writes := err.take()
		if want := "\rcounting: 512 KiB, 900 records, 25%, 269 KiB/s, 5s left"; !strings.HasSuffix(got, want) || strings.Contains(got, "\n") {
			t.Errorf("got %q, want %q at its end", got, want)
		}
		if writes > 11 {
			t.Errorf("drawn %d times in a second", writes)
		}
		p.Stop()
		p.Stop()
		if got, _ := err.take(); strings.Trim(got, "\r\b ") != "" || !strings.HasSuffix(got, "\r") {
			t.Errorf("Stop left %q", got)
		}
		sleep(time.Minute)
		if got, _ := err.take(); got != "" {
			t.Errorf("after Stop: %q", got)
		}
	})
}

func TestProgressInALog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var err screen
		p := New(nil, io.Discard, &err, Facts{ErrWidth: 20}).StartProgress("counting", 0, realClock(), false)
		defer p.Stop()
		p.Add(1, 1, 10*1024)
		sleep(9 * time.Second)
		if got, _ := err.take(); got != "" {
			t.Errorf("before ten seconds: %q", got)
		}
		sleep(12 * time.Second)
		want := "counting: 10 KiB, 1 records, 1.0 KiB/s\ncounting: 10 KiB, 1 records, 512 B/s\n"
		if got, _ := err.take(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestProgressNotes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var terminal, log screen
		p := New(nil, io.Discard, &terminal, Facts{ErrTerminal: true, ErrWidth: 120}).StartProgress("counting", 0, realClock(), false)
		q := New(nil, io.Discard, &log, Facts{}).StartProgress("counting", 0, realClock(), false)
		defer p.Stop()
		defer q.Stop()
		for _, each := range []*Progress{nil, p, q} {
			each.Note("throttled\n", time.Now().Add(2*time.Second))
		}
		sleep(1050 * time.Millisecond)
		if got, _ := terminal.take(); got != "\rcounting: throttled\\x0a, 0 B, 0 records, 0 B/s" {
			t.Errorf("while it holds: %q", got)
		}
		sleep(time.Second)
		if got, _ := terminal.take(); !strings.Contains(got, "\rcounting: 0 B, 0 records, 0 B/s") {
			t.Errorf("after it: %q", got)
		}
		sleep(20 * time.Second)
		if got, _ := log.take(); got != "counting: throttled\\x0a, 0 B, 0 records, 0 B/s\ncounting: 0 B, 0 records, 0 B/s\n" {
			t.Errorf("in a log: %q", got)
		}
	})
}

func TestProgressFitsItsLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var err screen
		p := New(nil, io.Discard, &err, Facts{ErrTerminal: true, ErrWidth: 20}).StartProgress("注文を数える\n", 9, realClock(), false)
		defer p.Stop()
		sleep(1050 * time.Millisecond)
		got, _ := err.take()
		line := strings.TrimPrefix(got, "\r")
		if displayWidth(line) > 19 || !strings.HasSuffix(line, "…") || !strings.Contains(line, "注文") {
			t.Errorf("drew %q", got)
		}
	})
}

func TestProgressWipesALongerLine(t *testing.T) {
	var err screen
	p := &Progress{out: &err}
	p.redraw("注文 12345")
	p.redraw("1")
	p.clear()
	if got, want := func() string { s, _ := err.take(); return s }(),
		"\r注文 12345"+"\r1"+strings.Repeat(" ", 9)+strings.Repeat("\b", 9)+"\r \b\r"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProgressNearItsEnd(t *testing.T) {
	p := &Progress{what: "counting", total: 1000}
	p.Add(999, 1, 1)
	if got := p.line(2 * time.Second); got != "counting: 1 B, 1 records, 99%, 0 B/s, 1s left" {
		t.Errorf("got %q", got)
	}
	p.Add(5, 0, 0)
	if got := p.line(2 * time.Second); got != "counting: 1 B, 1 records, 100%, 0 B/s" {
		t.Errorf("past the total: %q", got)
	}
}

func TestQuietProgressShowsNothing(t *testing.T) {
	var err screen
	p := New(nil, io.Discard, &err, Facts{ErrTerminal: true}).StartProgress("counting", 1, Clock{}, true)
	p.Add(1, 1, 1)
	p.Stop()
	if got, _ := err.take(); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestProgressCountsFromManyGoroutines(t *testing.T) {
	ticks := make(chan time.Time)
	stopped := make(chan struct{})
	tick := func(time.Duration) (<-chan time.Time, func()) { return ticks, func() { close(stopped) } }
	start := time.Unix(0, 0)
	now := start
	p := New(nil, io.Discard, io.Discard, Facts{}).StartProgress("counting", 0, Clock{func() time.Time { return now }, tick}, false)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				p.Add(1, 2, 3)
			}
		})
	}
	now = start.Add(time.Minute)
	ticks <- now
	all.Wait()
	p.Stop()
	<-stopped
	if p.offsets.Load() != 8000 || p.records.Load() != 16000 || p.bytes.Load() != 24000 {
		t.Errorf("counted %s", p.line(time.Second))
	}
}

// sleep lets the bubble's time pass, and everything that is due happen.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
