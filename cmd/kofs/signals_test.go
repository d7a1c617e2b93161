package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// What a signal does depends on whether the commit was sent.
func TestSignals(t *testing.T) {
	t.Parallel()
	binary := programs(t).kofs
	for _, c := range []struct {
		name    string
		hang    kmsg.Key // requests that the broker takes and never answers
		store   bool     // though the new offset is stored
		signals []syscall.Signal
		args    string
		code    int
		within  time.Duration
		stderr  string
		offset  int64 // committed at the end
	}{
		{name: "SIGINT while records are counted", hang: kmsg.Fetch, signals: []syscall.Signal{syscall.SIGINT},
			args: "--execute --yes", code: 130, within: time.Second, stderr: "interrupted; nothing was changed", offset: 20},
		{name: "SIGTERM while the group is read", hang: kmsg.OffsetFetch, signals: []syscall.Signal{syscall.SIGTERM},
			args: "--execute --yes", code: 143, within: time.Second, stderr: "terminated; nothing was changed", offset: 20},
		{name: "SIGINT in a preview", hang: kmsg.Fetch, signals: []syscall.Signal{syscall.SIGINT},
			code: 130, within: time.Second, stderr: "interrupted", offset: 20},
		{name: "two SIGINT after the commit was sent leave it unknown", hang: kmsg.OffsetCommit, signals: []syscall.Signal{syscall.SIGINT, syscall.SIGINT},
			args: "--execute --yes", code: 6, within: 5 * time.Second, stderr: "at most 15s", offset: 20},
		{name: "one SIGINT after the commit was sent: it is looked at, and found", hang: kmsg.OffsetCommit, store: true, signals: []syscall.Signal{syscall.SIGINT},
			args: "--execute --yes --timeout 2s", code: 0, within: 12 * time.Second, offset: 0},
		{name: "a commit without an answer", hang: kmsg.OffsetCommit,
			args: "--execute --yes --timeout 1s -o json", code: 6, within: 5 * time.Second, stderr: `"reason":"unknown_outcome"`, offset: 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 1}})
			world := kafkatest.NewWorld(t, embedded.Addrs())
			if _, err := world.Produce(t.Context(), "orders", 0, kafkatest.Numbered(30)...); err != nil {
				t.Fatal(err)
			}
			if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 20}}); err != nil {
				t.Fatal(err)
			}
			reached := make(chan struct{}, 100)
			embedded.Cluster.ControlKey(c.hang.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
				embedded.Cluster.DropControl()
				reached <- struct{}{}
				return nil, nil, true // taken, and never answered
			})
			args := append([]string{"reset", "billing", "--topic", "orders", "--to-earliest", "-b", strings.Join(embedded.Addrs(), ",")}, strings.Fields(c.args)...)
			cmd := command(t, binary, args...)
			cmd.Env = testEnviron(t)
			stderr := &written{text: c.stderr, seen: make(chan struct{})}
			cmd.Stderr = stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			awaitSignal(t, reached)
			if c.store {
				if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 0}}); err != nil {
					t.Fatal(err)
				}
			}
			begun := time.Now()
			for i, signal := range c.signals {
				if i > 0 {
					awaitSignal(t, stderr.seen) // the first one was taken
				}
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
			}
			err := cmd.Wait()
			var exit *exec.ExitError
			code := 0
			if errors.As(err, &exit) {
				code = exit.ExitCode()
			}
			if code != c.code {
				t.Errorf("exit code %d, want %d: %s", code, c.code, stderr.String())
			}
			if took := time.Since(begun); took > c.within {
				t.Errorf("it took %v, want less than %v", took, c.within)
			}
			if !strings.Contains(stderr.String(), c.stderr) {
				t.Errorf("stderr %q, want %q", stderr.String(), c.stderr)
			}
			if n := embedded.Requests(kmsg.OffsetCommit); c.hang == kmsg.OffsetCommit && n > 3 || c.hang != kmsg.OffsetCommit && n != 1 {
				t.Errorf("%d commits reached the broker", n)
			}
			committed, err := world.Committed(t.Context(), "billing")
			if err != nil || committed["orders"][0] != c.offset {
				t.Errorf("committed %v, %v, want %d", committed, err, c.offset)
			}
		})
	}
}

// Before anything was sent, each signal ends kofs within a second, whatever it
// waits for, and no offset has moved.
func TestSignalsWhereNothingWasSent(t *testing.T) {
	t.Parallel()
	binary := programs(t).kofs
	write := "reset billing --topic orders --to-earliest --execute"
	for _, stage := range []struct {
		name    string
		args    string
		hang    kmsg.Key // the request without an answer
		silent  bool     // the server accepts, and says nothing
		prompts bool     // on a terminal: kofs waits for an answer
	}{
		{name: "while connecting", args: write + " --yes", silent: true},
		{name: "while the bootstrap server is asked for the cluster", args: write + " --yes", hang: kmsg.Metadata},
		{name: "while the coordinator is looked for", args: write + " --yes", hang: kmsg.FindCoordinator},
		{name: "while the group is described", args: write + " --yes", hang: kmsg.DescribeGroups},
		{name: "while commits are read", args: write + " --yes", hang: kmsg.OffsetFetch},
		{name: "while the ends are listed", args: write + " --yes", hang: kmsg.ListOffsets},
		{name: "while records are counted", args: write + " --yes", hang: kmsg.Fetch},
		{name: "at the prompt", args: write, prompts: true},
		{name: "in a preview", args: "reset billing --topic orders --to-earliest -o json", hang: kmsg.Fetch},
		{name: "while records are listed", args: "records billing --topic orders --to-earliest", hang: kmsg.Fetch},
		{name: "while groups are listed", args: "groups", hang: kmsg.ListGroups},
		{name: "while lag is looked up", args: "lag --all-groups", hang: kmsg.ListOffsets},
		{name: "while a group is inspected", args: "inspect billing", hang: kmsg.OffsetFetch},
	} {
		for signal, code := range map[syscall.Signal]int{syscall.SIGINT: exitInterrupted, syscall.SIGTERM: exitTerminated} {
			t.Run(stage.name+", "+signal.String(), func(t *testing.T) {
				t.Parallel()
				embedded := oneCommit(t)
				before := embedded.Requests(kmsg.OffsetCommit)
				reached := make(chan struct{}, 100)
				server := embedded.Addrs()[0]
				switch {
				case stage.silent:
					server = accepts(t, reached)
				case !stage.prompts:
					embedded.Cluster.ControlKey(stage.hang.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
						embedded.Cluster.KeepControl()
						reached <- struct{}{}
						return nil, nil, true
					})
				}
				cmd := command(t, binary, append(strings.Fields(stage.args), "-b", server)...)
				cmd.Env = testEnviron(t)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				if stage.prompts {
					atTerminal(t, cmd, "[y/N]", reached)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				select {
				case <-reached:
				case <-time.After(kafkatest.Deadline):
					t.Fatalf("it did not come so far: %s", stderr.String())
				}
				begun := time.Now()
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				_ = cmd.Wait() // the exit code is looked at
				if got := cmd.ProcessState.ExitCode(); got != code {
					t.Errorf("exit code %d, want %d: %s", got, code, stderr.String())
				}
				if took := time.Since(begun); took > time.Second {
					t.Errorf("it took %v", took)
				}
				if !stage.prompts && !strings.Contains(stderr.String(), "nothing was changed") {
					t.Errorf("stderr %q", stderr.String())
				}
				if n := embedded.Requests(kmsg.OffsetCommit); n != before {
					t.Errorf("%d commits reached the broker", n-before)
				}
			})
		}
	}
}

// oneCommit is a broker with 30 records, of which the group billing has read 20.
func oneCommit(t *testing.T) *kafkatest.Embedded {
	t.Helper()
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 1}})
	world := kafkatest.NewWorld(t, embedded.Addrs())
	if _, err := world.Produce(t.Context(), "orders", 0, kafkatest.Numbered(30)...); err != nil {
		t.Fatal(err)
	}
	if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 20}}); err != nil {
		t.Fatal(err)
	}
	return embedded
}

// accepts is a server that takes connections, and tells, and does nothing else.
func accepts(t *testing.T, accepted chan<- struct{}) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			accepted <- struct{}{}
		}
	}()
	return listener.Addr().String()
}

// atTerminal gives the command a terminal for all three streams, and tells when
// text has come out of it.
func atTerminal(t *testing.T, cmd *exec.Cmd, text string, seen chan<- struct{}) {
	t.Helper()
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { screen.Close(); terminal.Close() })
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	go func() {
		var all []byte
		for buf := make([]byte, 4096); ; {
			n, err := screen.Read(buf)
			if err != nil {
				return
			}
			if all = append(all, buf[:n]...); bytes.Contains(all, []byte(text)) {
				seen <- struct{}{}
				text = "\x00 once is enough"
			}
		}
	}()
}

// Once the commit is acknowledged, a signal waits for the look at what became of
// it; a second one does not.
func TestSignalsDuringTheReadBack(t *testing.T) {
	t.Parallel()
	binary := programs(t).kofs
	for _, c := range []struct {
		name    string
		signals []syscall.Signal
		answers bool // the broker answers after the first signal
		code    int
	}{
		{"SIGINT, and the answer comes", []syscall.Signal{syscall.SIGINT}, true, exitDone},
		{"SIGTERM, and the answer comes", []syscall.Signal{syscall.SIGTERM}, true, exitDone},
		{"two SIGINT, and no answer", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, false, exitUnknown},
		{"SIGTERM after SIGINT, and no answer", []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, false, exitUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			embedded := oneCommit(t)
			before := embedded.Requests(kmsg.OffsetCommit)
			reached, signalled := make(chan struct{}, 100), make(chan struct{})
			embedded.Cluster.ControlKey(kmsg.OffsetFetch.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
				embedded.Cluster.KeepControl()
				if embedded.Requests(kmsg.OffsetCommit) == before {
					return nil, nil, false
				}
				reached <- struct{}{}
				if c.answers {
					embedded.Cluster.SleepControl(func() { <-signalled })
				}
				return nil, nil, !c.answers
			})
			cmd := command(t, binary, "reset", "billing", "--topic", "orders", "--to-earliest", "--execute", "--yes", "-b", embedded.Addrs()[0])
			cmd.Env = testEnviron(t)
			stderr := &written{text: "looking at what became of it", seen: make(chan struct{})}
			cmd.Stderr = stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			awaitSignal(t, reached)
			begun := time.Now()
			for i, signal := range c.signals {
				if i > 0 {
					awaitSignal(t, stderr.seen) // the first one was taken
				}
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
			}
			awaitSignal(t, stderr.seen)
			close(signalled)
			_ = cmd.Wait() // the exit code is looked at
			if got := cmd.ProcessState.ExitCode(); got != c.code {
				t.Errorf("exit code %d, want %d: %s", got, c.code, stderr.String())
			}
			if took := time.Since(begun); took > 2*time.Second {
				t.Errorf("it took %v", took)
			}
			if n := embedded.Requests(kmsg.OffsetCommit) - before; n != 1 {
				t.Errorf("%d commits reached the broker", n)
			}
		})
	}
}

// written keeps what is written, and tells when text is there.
type written struct {
	mu   sync.Mutex
	all  bytes.Buffer
	text string
	seen chan struct{}
	told bool
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.all.Write(p)
	if !w.told && strings.Contains(w.all.String(), w.text) {
		w.told = true
		close(w.seen)
	}
	return n, err
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all.String()
}

// testEnviron is the environment of a child with a journal of its own.
func testEnviron(t *testing.T) []string {
	t.Helper()
	return append(os.Environ(), "KOFS_SETTLE=0s", "KOFS_STATE_DIR="+t.TempDir())
}

func awaitSignal(t *testing.T, reached <-chan struct{}) {
	t.Helper()
	select {
	case <-reached:
	case <-time.After(kafkatest.Deadline):
		t.Fatal("kofs did not ask what was expected")
	}
}
