package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// sample is one run of a program, from start to exit.
type sample struct {
	Wall    time.Duration
	PeakKiB int64 // of resident memory; 0 where the system does not tell
	Exit    int
}

// measure is the child that starts a measured program: Linux counts the memory
// of the process that *starts* a program to the program's own peak, so the
// starter has to be a small one. Arguments: file for the program's stdout, the
// program, its arguments. It writes a sample as JSON.
func measure(args []string) error {
	out, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	settle()
	began := time.Now()
	err = cmd.Run()
	s := sample{Wall: time.Since(began), PeakKiB: peakKiB(cmd.ProcessState)}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		s.Exit = exit.ExitCode()
	} else if err != nil {
		return err
	}
	return errors.Join(out.Close(), json.NewEncoder(os.Stdout).Encode(s))
}

// program is something to measure.
type program struct {
	name    string
	command []string
	rounds  int
	// check looks at the file that a run wrote its stdout to; without one nothing is kept of it.
	check func(file string) error
}

// runs are all samples of one program.
type runs struct {
	name    string
	samples []sample
}

func (r runs) median() time.Duration {
	return r.sorted()[len(r.samples)/2]
}

func (r runs) sorted() []time.Duration {
	var walls []time.Duration
	for _, s := range r.samples {
		walls = append(walls, s.Wall)
	}
	slices.Sort(walls)
	return walls
}

// peakMiB is the highest peak of all runs.
func (r runs) peakMiB() float64 {
	var most int64
	for _, s := range r.samples {
		most = max(most, s.PeakKiB)
	}
	return float64(most) / 1024
}

// alternate runs the programs in turns, each as often as it wants, after one
// run of each that is not counted: it warms the page cache.
func (b *stage) alternate(ctx context.Context, programs ...program) ([]runs, error) {
	all := make([]runs, len(programs))
	for round := -1; ; round++ {
		ran := false
		for i, p := range programs {
			if round >= p.rounds {
				continue
			}
			ran = true
			s, err := b.once(ctx, p)
			if err != nil {
				return nil, fmt.Errorf("running %s: %w", p.name, err)
			}
			if all[i].name = p.name; round >= 0 {
				all[i].samples = append(all[i].samples, s)
			}
		}
		if !ran {
			return all, nil
		}
	}
}

// once runs a program once and checks what it said.
func (b *stage) once(ctx context.Context, p program) (s sample, err error) {
	file := os.DevNull
	if p.check != nil {
		file = filepath.Join(b.dir, "stdout")
	}
	cmd := exec.CommandContext(ctx, b.self, append([]string{"measure", file}, p.command...)...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return s, fmt.Errorf("%w\n%s", err, said.String())
	}
	if err := json.Unmarshal(out, &s); err != nil {
		return s, err
	}
	if s.Exit != 0 {
		return s, fmt.Errorf("exit code %d\n%s", s.Exit, said.String())
	}
	if p.check == nil {
		return s, nil
	}
	return s, p.check(file)
}
