package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// tour runs kofs in the shop, one command after the other.
type tour struct {
	binary string
	env    []string
	out    io.Writer
	server string
	steps  []step
}

// step is a command line of kofs and what to look at in its output.
type step struct {
	look string
	args string // separated by spaces; none needs a quote
	exit int    // the exit code that it must end with
}

func newTour(s *shop, binary string, out io.Writer) tour {
	return tour{
		binary: binary, env: environment(s.addr(), filepath.Dir(binary)), out: out, server: s.addr(),
		steps: steps(s),
	}
}

// steps is the story: billing ran a bad release for some time and was stopped;
// the orders since that release must be billed again.
func steps(s *shop) []step {
	released := s.opened.Add(-badRelease).UTC().Truncate(time.Minute)
	instant := released.Format(time.RFC3339)
	first := s.orders.offsetAt(0, released)
	toRelease := " --topic orders --to-datetime " + instant
	return []step{
		{"Four groups: shipping is at work, the others have no members.", "groups", 0},
		{fmt.Sprintf("billing was stopped %.0f minutes ago: how far is it behind, on each partition?", billingEnd.Minutes()),
			"lag billing", 0},
		{"It had written wrong invoices since " + released.Format("15:04") + " UTC. What would going back there do?\n" +
			"Look at CONSUMED AGAIN, counted in the log itself. Nothing is changed yet.",
			"reset billing" + toRelease, 0},
		{"Which records are these? The first five of partition 0, from its NEW offset on.",
			fmt.Sprintf("records --topic orders:0 --from-offset %d --until-offset %d", first, first+5), 0},
		{"shipping has a live member, so a reset of it is refused: exit code 4.",
			"reset shipping" + toRelease + " --execute --yes", 4},
		{"billing has none, so it is done. The journal keeps the way back.",
			"reset billing" + toRelease + " --execute --yes", 0},
		{"When billing starts again, it reads from there: its lag on orders has grown.", "lag billing", 0},
		{"And back again: undo shows what it would put back, with --execute it does.", "undo --group billing", 0},
		{"What is the matter with audit? Orders were deleted before it had read them.", "inspect audit", 0},
		{"Compaction leaves gaps: customers has fewer records than offsets.", "reset audit --topic customers --to-earliest", 0},
	}
}

// environment is ours, with the demo's broker as the only source of servers.
func environment(server, dir string) []string {
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "KOFS_") {
			env = append(env, variable)
		}
	}
	return append(env, "KOFS_BOOTSTRAP_SERVER="+server, "KOFS_STATE_DIR="+filepath.Join(dir, "state"))
}

// run goes through the steps, and ends at one that does not end as it must.
func (t tour) run(ctx context.Context) error {
	t.print("\n$ export KOFS_BOOTSTRAP_SERVER=%s\n", t.server)
	for i, step := range t.steps {
		t.print("\n%d. %s\n\n$ kofs %s\n", i+1, step.look, step.args)
		exit, err := t.kofs(ctx, step.args)
		if err != nil {
			return fmt.Errorf("running kofs %s: %w", step.args, err)
		}
		if exit != step.exit {
			return fmt.Errorf("kofs %s: exit code %d, want %d", step.args, exit, step.exit)
		}
		if exit != 0 {
			t.print("$ echo $?\n%d\n", exit)
		}
	}
	return nil
}

// kofs runs one command. Both its streams go where the tour goes, as they would
// on a terminal; it has no input, so it never asks.
func (t tour) kofs(ctx context.Context, args string) (exit int, err error) {
	cmd := exec.CommandContext(ctx, t.binary, strings.Fields(args)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = t.env, t.out, t.out
	err = cmd.Run()
	if ended := new(exec.ExitError); errors.As(err, &ended) && ended.Exited() {
		return ended.ExitCode(), nil
	}
	return 0, err
}

func (t tour) print(format string, args ...any) { fmt.Fprintf(t.out, format, args...) }
