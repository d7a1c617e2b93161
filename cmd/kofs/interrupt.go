package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// graceAfterSignal is how long a write that was sent is still looked after when
// the user wants to stop.
const graceAfterSignal = 15 * time.Second

// signalError says that a signal ended the work.
type signalError struct{ signal syscall.Signal }

// Error says that nothing was changed: after a write was sent, the end is its
// outcome and not the signal.
func (e signalError) Error() string {
	if e.signal == syscall.SIGTERM {
		return "terminated; nothing was changed"
	}
	return "interrupted; nothing was changed"
}

// interrupt turns signals into contexts.
type interrupt struct {
	ctx    context.Context // ends at the first signal
	second context.Context // ends at the second
	stop   func()
}

// listenForSignals begins to listen for SIGINT and SIGTERM. SIGPIPE is ignored,
// so that a closed pipe is an error of a write and never stops the process half-way.
func listenForSignals() *interrupt {
	signal.Ignore(syscall.SIGPIPE)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	first, cancelFirst := context.WithCancelCause(context.Background())
	second, cancelSecond := context.WithCancelCause(context.Background())
	done := make(chan struct{})
	go func() {
		for _, cancel := range []context.CancelCauseFunc{cancelFirst, cancelSecond} {
			select {
			case s := <-signals:
				cancel(signalError{s.(syscall.Signal)})
			case <-done:
				return
			}
		}
	}()
	return &interrupt{ctx: first, second: second, stop: func() {
		signal.Stop(signals)
		close(done)
		cancelFirst(nil)
		cancelSecond(nil)
	}}
}

// writing is the context of a write and of the look at what became of it: it
// outlives the first signal by the grace time, and calls said when that begins.
func (i *interrupt) writing(said func()) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(i.second)
	unhook := context.AfterFunc(i.ctx, func() {
		said()
		timer := time.AfterFunc(graceAfterSignal, cancel)
		context.AfterFunc(ctx, func() { timer.Stop() })
	})
	return ctx, func() { unhook(); cancel() }
}
