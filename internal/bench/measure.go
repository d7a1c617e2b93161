package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
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
	settle() // now, because memory does not stay at hand while that takes long
	out, err := warmed(args[0])
	if err != nil {
		return err
	}
	settle()
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
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

// warmed opens a file, and has as much memory at hand for what is written to it as it
// took the last time. A virtual machine gives its host memory that is free for a while,
// and getting that back took up to ten times as long as writing what goes into it.
func warmed(name string) (*os.File, error) {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := out.Stat()
	if err == nil && info.Mode().IsRegular() {
		err = warm(out, info.Size())
	}
	return out, err
}

func warm(out *os.File, size int64) error {
	if err := out.Truncate(0); err != nil {
		return err
	}
	block := make([]byte, 256<<10)
	for done := int64(0); done < size; done += int64(len(block)) {
		if _, err := out.Write(block); err != nil {
			return err
		}
	}
	if err := out.Truncate(0); err != nil {
		return err
	}
	_, err := out.Seek(0, io.SeekStart)
	return err
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
			s, err := b.once(ctx, p, b.output(i))
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

// output is where the stdout of the program with this number goes.
func (b *stage) output(i int) string { return filepath.Join(b.dir, "stdout-"+strconv.Itoa(i)) }

// once runs a program once and checks what it said to the file.
func (b *stage) once(ctx context.Context, p program, file string) (s sample, err error) {
	if p.check == nil {
		file = os.DevNull
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
