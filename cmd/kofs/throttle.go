package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kofs/kofs/internal/cluster"
	"github.com/kofs/kofs/internal/output"
)

// throttleWorth is how long brokers must have held kofs back, in all, for it to
// be said at the end.
const throttleWorth = 100 * time.Millisecond

// throttles are what brokers asked for when a quota was exceeded. They may ask on
// several connections at once: what overlaps is counted once.
type throttles struct {
	mu      sync.Mutex
	brokers map[string]throttled
	shown   *output.Progress // nil: none is under way
}

type throttled struct {
	until time.Time
	sum   time.Duration
}

// note takes a throttle that begins now, and shows it where progress is shown.
func (t *throttles) note(now time.Time, is cluster.Throttle) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.brokers == nil {
		t.brokers = map[string]throttled{}
	}
	name := throttlerInWords(is)
	b, until := t.brokers[name], now.Add(is.For)
	from := now
	if b.until.After(now) {
		from = b.until
	}
	if until.After(from) {
		b.sum, b.until = b.sum+until.Sub(from), until
	}
	t.brokers[name] = b
	t.shown.Note(fmt.Sprintf("throttled by %s for %s", name, tenths(is.For)), b.until)
}

// show lets throttles appear in p until the next call; nil lets them appear nowhere.
func (t *throttles) show(p *output.Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shown = p
}

// inWords is "throttled by broker 1 for 4.1s in all, ..."; empty when it is not
// worth a word.
func (t *throttles) inWords() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var words []string
	for _, name := range slices.Sorted(maps.Keys(t.brokers)) {
		if b := t.brokers[name]; b.sum >= throttleWorth {
			words = append(words, fmt.Sprintf("%s for %s in all", name, tenths(b.sum)))
		}
	}
	if words == nil {
		return ""
	}
	return "throttled by " + strings.Join(words, ", by ")
}

func throttlerInWords(t cluster.Throttle) string {
	if t.Node == nil {
		return "broker " + t.Addr
	}
	return fmt.Sprintf("broker %d", *t.Node)
}

// tenths is 2.3s below a minute, where a throttle nearly always lies.
func tenths(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return output.Duration(d)
}

// warnThrottled says at the end of the command by whom it was held back.
func (a *app) warnThrottled() {
	if words := a.throttles.inWords(); words != "" && !a.global.quiet {
		a.warn("%s: a quota of the cluster was exceeded", words)
	}
}
