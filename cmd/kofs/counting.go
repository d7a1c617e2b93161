package main

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/pflag"
)

// countOptions bound the reading that a preview does.
type countOptions struct {
	mode      string
	limitText string
	timeText  string

	maxBytes int64
	maxTime  time.Duration
}

func (o *countOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.mode, "count", "limited", "how records are counted, `mode`: exact (to the end), limited (within the limits below), none")
	f.StringVar(&o.limitText, "count-limit", "1GiB", "read at most this many `bytes` for the count")
	f.StringVar(&o.timeText, "count-time", "10s", "count for at most this `duration`")
}

func (o *countOptions) validate() error {
	if !slices.Contains(countModes(), o.mode) {
		return usagef("--count %q is not exact, limited or none", o.mode)
	}
	var err error
	if o.maxBytes, err = parseBytes(o.limitText); err != nil {
		return err
	}
	o.maxTime, err = time.ParseDuration(o.timeText)
	if err != nil || o.maxTime <= 0 {
		return usagef("--count-time %q is not a duration above zero such as 10s", o.timeText)
	}
	return nil
}

// half leaves as much of the limits for something else.
func (o countOptions) half() countOptions {
	o.maxBytes, o.maxTime = (o.maxBytes+1)/2, (o.maxTime+1)/2
	return o
}

// less is what is left of the limits after so much was read.
func (o countOptions) less(bytes int64, took time.Duration) countOptions {
	o.maxBytes, o.maxTime = max(1, o.maxBytes-bytes), max(1, o.maxTime-took)
	return o
}

func countModes() []string { return []string{"exact", "limited", "none"} }

// parseBytes reads 512MiB, 1GiB, 10MB or a plain number of bytes.
func parseBytes(s string) (int64, error) {
	m := regexp.MustCompile(`^([1-9][0-9]{0,9})(B|KiB|MiB|GiB|kB|MB|GB)?$`).FindStringSubmatch(s)
	if m == nil {
		return 0, usagef("--count-limit %q is not a size such as 512MiB or 1GiB", s)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return 0, err
	}
	units := map[string]int64{"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 1e3, "MB": 1e6, "GB": 1e9}
	return n * units[m[2]], nil
}

// errCountTime ends a count whose time is over.
var errCountTime = errors.New("the time for counting is over")

// count is the plan with the numbers of records. An error means that the user
// interrupted; the plan then has what was counted until then.
func (a *app) count(ctx context.Context, c client, plan reset.Plan, o countOptions) (reset.Plan, error) {
	ranges := plan.Ranges()
	if o.mode == "none" || len(ranges) == 0 {
		return plan, nil
	}
	counts, err := a.countRanges(ctx, c, ranges, o)
	if err != nil {
		a.warnCounted(counts)
	}
	return reset.WithCounts(plan, counts), err
}

// countRanges counts within the limits; that one was reached is no error.
func (a *app) countRanges(ctx context.Context, c client, ranges []records.Range, o countOptions) ([]records.Counted, error) {
	options := records.CountOptions{Isolation: a.global.isolation}
	if o.mode == "limited" {
		options.MaxBytes = o.maxBytes
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.maxTime, errCountTime)
		defer cancel()
	}
	progress := a.startProgress("counting records", ranges)
	options.Progress = progress.update
	counts, err := records.Count(ctx, c, ranges, options)
	progress.stop()
	if errors.Is(context.Cause(ctx), errCountTime) {
		err = nil
	}
	return counts, err
}

// warnCounted says what was counted until the count was cut short.
func (a *app) warnCounted(counts []records.Counted) {
	var atLeast, atMost int64
	for _, c := range counts {
		atLeast += c.Records(a.global.isolation)
		atMost += c.AtMost(a.global.isolation)
	}
	a.warn("counted until then: at least %d, at most %d records", atLeast, atMost)
}

// progress turns the running totals of a reading into what is shown.
type progress struct {
	app   *app
	shown *output.Progress
	last  records.Progress
}

func (a *app) startProgress(what string, ranges []records.Range) *progress {
	return a.progressOf(what, ranges, a.global.quiet || a.global.isJSON() && !a.ErrTerminal)
}

// startListProgress is startProgress for records that are shown as they come:
// where they go to the terminal they are progress enough, and a log of a pipe's
// progress nobody asked for.
func (a *app) startListProgress(ranges []records.Range) *progress {
	return a.progressOf("listing records", ranges, a.global.quiet || a.OutTerminal || !a.ErrTerminal)
}

func (a *app) progressOf(what string, ranges []records.Range, quiet bool) *progress {
	var span int64
	for _, r := range ranges {
		span += r.Span()
	}
	p := &progress{app: a, shown: a.StartProgress(what, span, output.Clock{Now: a.now}, quiet)}
	a.throttles.show(p.shown)
	return p
}

func (p *progress) update(now records.Progress) {
	p.shown.Add(now.Offsets-p.last.Offsets, now.Records-p.last.Records, now.Bytes-p.last.Bytes)
	p.last = now
}

func (p *progress) stop() {
	p.app.throttles.show(nil)
	p.shown.Stop()
}
