// Command demo is `make demo`: a Kafka broker inside this process, filled like a
// small shop, and a guided tour of kofs in it. The tour runs the real binary as
// a child process, as a user would at a prompt.
//
// It is a program of its own and never linked into kofs: the embedded broker and
// its client are for tests and for this.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	os.Exit(exitCode(run(ctx, os.Stdout, atTerminal())))
}

// atTerminal reports whether somebody is there to look around after the tour,
// and to end the demo.
func atTerminal() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
}

// errInterrupted is a signal before the tour was over; after it, a signal is how
// the demo is meant to end.
var errInterrupted = errors.New("interrupted")

func exitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errInterrupted):
		return 130
	}
	fmt.Fprintln(os.Stderr, "demo:", err)
	return 1
}

// run is the whole demo. With stay the shop stays open after the tour, until ctx
// ends.
func run(ctx context.Context, out io.Writer, stay bool) (err error) {
	fmt.Fprintln(out, "Building kofs, and filling a small shop on a Kafka broker inside this process ...")
	dir, err := os.MkdirTemp("", "kofs-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "kofs")
	s, err := prepare(ctx, binary)
	if err != nil {
		return unlessInterrupted(ctx, err)
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := newTour(s, binary, out).run(ctx); err != nil {
		return unlessInterrupted(ctx, err)
	}
	if stay {
		stayOpen(ctx, out, s, dir)
	}
	return nil
}

// unlessInterrupted is err, or the interruption that is behind it.
func unlessInterrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	return err
}

// prepare builds kofs while the shop is filled.
func prepare(ctx context.Context, binary string) (*shop, error) {
	built := make(chan error, 1)
	go func() { built <- build(ctx, binary) }()
	s, err := openShop(ctx, time.Now())
	if err := errors.Join(<-built, err); err != nil {
		if s != nil {
			_ = s.close() // the first error says more
		}
		return nil, err
	}
	return s, nil
}

// stayOpen says how to go on by hand, and waits for the end of ctx.
func stayOpen(ctx context.Context, out io.Writer, s *shop, dir string) {
	fmt.Fprintf(out, `
The shop stays open until Ctrl-C. In another terminal:

  export KOFS_BOOTSTRAP_SERVER=%s
  export PATH=%s:$PATH

  # who is in shipping, and what it was assigned
  kofs inspect shipping
  # a commit for a topic that is not there
  kofs inspect legacy
  # forward instead of back: what billing would never read
  kofs reset billing --topic orders --by-duration 10m
  # aborted payments are in the log, but these consumers are not given them
  kofs reset billing --topic payments --to-earliest --isolation-level read_committed
  # the records themselves, with transaction markers
  kofs records --topic payments:0 --from-offset 0 --until-offset 12 --include-control
  # a reset that asks before it writes
  kofs reset billing --topic orders:0 --shift-by -5 --execute
`, s.addr(), dir)
	<-ctx.Done()
	fmt.Fprintln(out, "\nclosing the shop")
}
