package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// exportWorld has two partitions with so many records of this size each.
func exportWorld(t *testing.T, n, size int) (embedded *kafkatest.Embedded, world *kafkatest.World, binary string) {
	t.Helper()
	binary = programs(t).kofs
	embedded = kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 2}})
	world = kafkatest.NewWorld(t, embedded.Addrs())
	for done := 0; done < n; done += 500 {
		for p := range int32(2) {
			batch := kafkatest.Numbered(min(500, n-done))
			for i := range batch {
				batch[i].Value = fmt.Appendf(nil, "%d %s", done+i, strings.Repeat("x", size))
			}
			if _, err := world.Produce(t.Context(), "orders", p, batch...); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: int64(n), 1: int64(n)}}); err != nil {
		t.Fatal(err)
	}
	return embedded, world, binary
}

func kofs(t *testing.T, binary string, embedded *kafkatest.Embedded, args ...string) *exec.Cmd {
	cmd := command(t, binary, append(args, "-b", strings.Join(embedded.Addrs(), ","))...)
	cmd.Env = testEnviron(t)
	cmd.Stderr = new(bytes.Buffer)
	return cmd
}

// A child that is killed at random moments, again and again, and then let run
// writes the very file of one that was left alone.
func TestExportSurvivesKill(t *testing.T) {
	t.Parallel()
	embedded, _, binary := exportWorld(t, 10_000, 4_000) // more than lies between two checkpoints
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(6, 35))
	for _, args := range [][]string{
		{"records", "billing", "--topic", "orders", "--to-earliest", "--save-as", "jsonl"},
		{"records", "billing", "--topic", "orders", "--to-earliest", "--save-as", "csv", "--grep", "^[0-9]*[^5] "},
	} {
		whole := filepath.Join(dir, "whole-"+args[6])
		begun := time.Now()
		if err := kofs(t, binary, embedded, append(args, "--save", whole)...).Run(); err != nil {
			t.Fatal(err)
		}
		took := time.Since(begun)
		path := filepath.Join(dir, "out-"+args[6])
		killed, resumed := 0, 0
		for {
			all := append(args, "--save", path)
			if _, err := os.Stat(path + ".checkpoint"); err == nil {
				all = append(all, "--resume")
				resumed++
			}
			cmd := kofs(t, binary, embedded, all...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			after := time.Hour
			if killed < 6 {
				after = time.Duration(random.Int64N(int64(took) * 8 / 10))
			}
			select {
			case err := <-ended:
				if err != nil {
					t.Fatalf("%v: %s", err, cmd.Stderr)
				}
			case <-time.After(after):
				_ = cmd.Process.Kill()
				<-ended
				killed++
			}
			if _, err := os.Stat(path); err == nil {
				break
			}
		}
		if _, err := os.Stat(path + ".checkpoint"); err == nil { // killed after the file had its name
			if err := kofs(t, binary, embedded, append(args, "--save", path, "--resume")...).Run(); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("killed %d times, resumed %d times, a whole run took %v", killed, resumed, took)
		want, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: %d bytes, want %d", err, len(got), len(want))
		}
		if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
			t.Errorf("left %q", left)
		}
	}
}

// interruptedExport is one that a signal has ended in its middle.
func interruptedExport(t *testing.T, embedded *kafkatest.Embedded, binary, path string) {
	t.Helper()
	fetched := make(chan struct{}, 1000)
	answered := 0
	embedded.Cluster.ControlKey(kmsg.Fetch.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		embedded.Cluster.KeepControl()
		if answered++; answered < 2 {
			return nil, nil, false
		}
		embedded.Cluster.DropControl()
		fetched <- struct{}{}
		return nil, nil, true
	})
	cmd := kofs(t, binary, embedded, "records", "billing", "--topic", "orders", "--to-earliest", "--save", path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitSignal(t, fetched)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	want := "kofs records billing --topic orders --to-earliest --save " + path + " -b "
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(fmt.Sprint(cmd.Stderr), want) || !strings.HasSuffix(fmt.Sprint(cmd.Stderr), " --resume\n") {
		t.Fatalf("exit %d: %s", code, cmd.Stderr)
	}
}

// What may have happened between an interrupted export and the rest of it.
func TestResumedExport(t *testing.T) {
	t.Parallel()
	embedded, world, binary := exportWorld(t, 2000, 700)
	for _, c := range []struct {
		name   string
		happen func(path string) error
		args   []string
		code   int
		said   string
	}{
		{name: "nothing", code: exitDone, said: "4000 records"},
		{name: "records were added, and the group moved", code: exitDone, said: "4000 records", happen: func(string) error {
			_, err := world.Produce(t.Context(), "orders", 0, kafkatest.Numbered(10)...)
			if err == nil {
				err = world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 2005, 1: 1}})
			}
			return err
		}},
		{name: "another command", args: []string{"--key", "k1"}, code: exitUsage, said: `--key was not given, is "k1"`},
		{name: "another isolation level", args: []string{"--isolation-level", "read_committed"}, code: exitUsage, said: `was "read_uncommitted", is "read_committed"`},
		{name: "the partial file was cut", code: exitRefused, said: "is damaged", happen: func(path string) error { return os.Truncate(path+".partial", 3) }},
		{name: "retention removed the rest of a partition", code: exitIncomplete, said: "orders:1: records below offset 1500 were deleted", happen: func(string) error {
			return world.DeleteRecords(t.Context(), "orders", 1, 1500)
		}},
		{name: "the topic was made anew", code: exitRefused, said: "deleted and made anew", happen: func(string) error {
			if err := world.DeleteTopic(t.Context(), "orders"); err != nil {
				return err
			}
			return world.CreateTopic(t.Context(), "orders", 2, nil)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 2000, 1: 2000}}); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "out.jsonl")
			interruptedExport(t, embedded, binary, path)
			if c.happen != nil {
				if err := c.happen(path); err != nil {
					t.Fatal(err)
				}
			}
			cmd := kofs(t, binary, embedded, append([]string{"records", "billing", "--topic", "orders", "--to-earliest", "--save", path, "--resume"}, c.args...)...)
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(fmt.Sprint(cmd.Stderr), c.said) {
				t.Errorf("exit %d, want %d: %s", code, c.code, cmd.Stderr)
			}
			if _, err := os.Stat(path); (err == nil) != (c.code == exitDone || c.code == exitIncomplete) {
				t.Errorf("the file: %v", err)
			}
		})
	}
}

// When the skipped records cannot be saved, nothing is written, and nothing is left
// behind.
func TestNothingIsWrittenUnlessTheSkippedAreSaved(t *testing.T) {
	t.Parallel()
	embedded, world, binary := exportWorld(t, 500, 700)
	if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 100, 1: 100}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		signal syscall.Signal
		code   int
	}{
		{"the broker does not answer", 0, exitFailed},
		{"SIGINT", syscall.SIGINT, exitInterrupted},
		{"SIGTERM", syscall.SIGTERM, exitTerminated},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, before := filepath.Join(t.TempDir(), "skipped.jsonl"), embedded.Requests(kmsg.OffsetCommit)
			hung, over := make(chan struct{}, 1000), new(atomic.Bool)
			embedded.Cluster.ControlKey(kmsg.Fetch.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
				if over.Load() {
					embedded.Cluster.DropControl()
					return nil, nil, false
				}
				embedded.Cluster.KeepControl()
				hung <- struct{}{}
				return nil, nil, true
			})
			cmd := kofs(t, binary, embedded, "reset", "billing", "--topic", "orders", "--to-latest", "--count", "none", "--execute", "--yes", "--timeout", "1s", "--save-skipped", path)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			awaitSignal(t, hung)
			if c.signal != 0 {
				if err := cmd.Process.Signal(c.signal); err != nil {
					t.Fatal(err)
				}
			}
			_ = cmd.Wait()
			over.Store(true)
			if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(fmt.Sprint(cmd.Stderr), "nothing was written") {
				t.Errorf("exit %d, want %d: %s", code, c.code, cmd.Stderr)
			}
			if n := embedded.Requests(kmsg.OffsetCommit) - before; n != 0 {
				t.Errorf("%d commits reached the broker", n)
			}
			if left, _ := filepath.Glob(path + "*"); len(left) > 0 {
				t.Errorf("left %q", left)
			}
		})
	}
}
