package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/cluster"
	"github.com/kofs/kofs/internal/disk"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// process is what the operating system gives a run of kofs.
type process struct {
	args   []string
	in     *os.File
	out    *os.File
	err    *os.File
	getenv func(string) string
	now    func() time.Time
	// pause waits for so long by the clock of now, or ends early with the context's cause.
	pause func(ctx context.Context, d time.Duration) error
	zone  *time.Location
}

// app is what every command is given.
type app struct {
	*output.Streams
	args      []string // of the command line
	global    globalOptions
	now       func() time.Time
	pause     func(ctx context.Context, d time.Duration) error
	zone      *time.Location
	getenv    func(string) string
	interrupt *interrupt
	throttles throttles
	warned    bool // of what is odd about the configuration
}

// client is a cluster that commands read from and, through reset, write to.
type client interface {
	inspect.Source
	inspect.ProducerSource
	inspect.ConfigSource
	records.Fetcher
	reset.Committer
	io.Closer
}

// run is a whole run of kofs. It returns the exit code.
func run(p process) int {
	a := &app{
		Streams: output.New(p.in, disk.WithRoom(p.out), p.err, output.FactsOf(p.in, p.out, p.err, p.getenv)),
		args:    p.args, now: p.now, pause: p.pause, zone: p.zone, getenv: p.getenv,
		interrupt: listenForSignals(),
	}
	defer a.interrupt.stop()
	root := newRootCmd(a)
	root.SetArgs(p.args)
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	beStrict(root)
	err := root.ExecuteContext(a.interrupt.ctx)
	if errors.As(err, new(*usageError)) {
		a.global.format = formatAskedFor(p.args, p.getenv)
	}
	if err == nil {
		err = a.outputLost()
	}
	a.warnThrottled()
	return a.report(err)
}

// outputLost is an error once a line of the output was lost.
func (a *app) outputLost() error {
	if err := a.Out.Err(); err != nil {
		return outputLostError{err}
	}
	return nil
}

// dial connects to the cluster that the flags name.
func (a *app) dial(ctx context.Context) (client, error) {
	source, err := a.global.source(a.getenv)
	if err != nil {
		return nil, err
	}
	a.warnOnce(source.config.Warnings)
	options := cluster.Options{Servers: source.servers, Config: source.config, Timeout: a.global.timeout, AllowPlaintextPassword: a.global.allowPlaintextPassword}
	options.Throttled = func(t cluster.Throttle) { a.throttles.note(a.now(), t) }
	if a.global.verbose {
		options.Log = func(format string, args ...any) { output.Line(a.Err, format, args...) }
	}
	ctx, cancel := context.WithTimeoutCause(ctx, a.global.timeout, timeoutError{a.global.timeout})
	defer cancel()
	c, err := cluster.Dial(ctx, options)
	if err != nil {
		return nil, cause(ctx, err)
	}
	return c, nil
}

// warnOnce says what is to be said about the configuration, at the first dial.
func (a *app) warnOnce(warnings []string) {
	if a.warned || a.global.quiet {
		return
	}
	a.warned = true
	for _, warning := range warnings {
		a.warn("%s", warning)
	}
}

// phase gives ctx the time of one phase: reading, writing or verifying.
func (a *app) phase(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, a.global.timeout, timeoutError{a.global.timeout})
}

// timeoutError says that a phase took longer than --timeout.
type timeoutError struct{ after time.Duration }

// Error names the flag that would give it more time.
func (e timeoutError) Error() string { return fmt.Sprintf("no end after %s (--timeout)", e.after) }

// cause is err, or why ctx ended if that is the reason behind it.
func cause(ctx context.Context, err error) error {
	ended := context.Cause(ctx)
	if ended == nil || errors.Is(err, ended) {
		return err
	}
	if errors.As(ended, new(signalError)) {
		return ended
	}
	return fmt.Errorf("%w: %w", ended, err)
}

// newID is a random ID for a plan.
func newID() string { return rand.Text() }

// pause waits, or ends early with the context's cause.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
