package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// What a signal does depends on whether the commit was sent.
func TestSignals(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "kofs")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
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
			cmd := exec.Command(binary, args...)
			cmd.Env = append(os.Environ(), "KOFS_SETTLE=0s", "KOFS_STATE_DIR="+t.TempDir())
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			select {
			case <-reached:
			case <-time.After(kafkatest.Deadline):
				t.Fatalf("kofs did not ask: %s", stderr.String())
			}
			if c.store {
				if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 0}}); err != nil {
					t.Fatal(err)
				}
			}
			begun := time.Now()
			for i, signal := range c.signals {
				if i > 0 {
					waitFor(t, func() bool { return time.Since(begun) > 300*time.Millisecond })
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

func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(kafkatest.Deadline)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatal("it did not come true")
		}
		time.Sleep(time.Millisecond)
	}
}
