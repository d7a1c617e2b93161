package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	// Most tests here wait: for a broker, a signal, a timeout. -parallel on the
	// command line still counts.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	testscript.Main(wholeRun{m}, map[string]func(){"kofs": main})
}

// wholeRun is a run of the tests that leaves no built programs behind.
type wholeRun struct{ tests *testing.M }

// Run runs the tests.
func (r wholeRun) Run() int {
	defer func() {
		if built.dir != "" {
			_ = os.RemoveAll(built.dir)
		}
	}()
	return r.tests.Run()
}

// built are the programs, from when the first test has asked for them.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// binaries are programs that tests run, signal, kill and measure.
type binaries struct {
	kofs string
	// measure is internal/bench: small, since Linux counts the memory of whoever
	// starts a program to that program's peak.
	measure string
}

// programs builds the programs once for all tests.
func programs(t *testing.T) binaries {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "kofs-programs-"); built.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", built.dir, ".", "../../internal/bench").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return binaries{kofs: filepath.Join(built.dir, "kofs"), measure: filepath.Join(built.dir, "bench")}
}

// command is a program that has to end in time. One that does not says where it hangs,
// as Go programs do on SIGQUIT, and is then killed.
func command(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// runInTime is run in this process, which ends with all stacks if that does not.
func runInTime(t *testing.T, p process) (code int) {
	t.Helper()
	watch := time.AfterFunc(kafkatest.Deadline, func() {
		debug.SetTraceback("all")
		panic(fmt.Sprintf("%s: kofs %s did not end", t.Name(), strings.Join(p.args, " ")))
	})
	defer watch.Stop()
	return run(p)
}
