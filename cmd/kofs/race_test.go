package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/kofs/kofs/reset"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A record that is produced between the lookup of the ends and the lookup by
// time must not be jumped over by "no record at or after: the end".
func TestRecordWrittenBetweenTheLookupsIsNotJumpedOver(t *testing.T) {
	t.Parallel()
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 1}})
	world := kafkatest.NewWorld(t, embedded.Addrs())
	produce := func(at time.Time) {
		if _, err := world.Produce(t.Context(), "orders", 0, kafkatest.Record{Value: []byte("v"), Timestamp: at}); err != nil {
			t.Error(err)
		}
	}
	produce(seedStart)
	if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 1}}); err != nil {
		t.Fatal(err)
	}
	target := seedStart.Add(time.Hour)
	for _, c := range []struct { // in this order: the second leaves a record that later lookups find
		name string
		at   time.Time
	}{
		{"a record before the instant", target.Add(-time.Minute)},
		{"a record after the instant", target.Add(time.Minute)},
	} {
		t.Run(c.name, func(t *testing.T) {
			bounds, err := world.Bounds(t.Context(), "orders")
			if err != nil {
				t.Fatal(err)
			}
			var once sync.Once
			embedded.Cluster.ControlKey(kmsg.ListOffsets.Int16(), func(request kmsg.Request) (kmsg.Response, error, bool) {
				embedded.Cluster.KeepControl()
				if request.(*kmsg.ListOffsetsRequest).Topics[0].Partitions[0].Timestamp >= 0 {
					once.Do(func() {
						embedded.Cluster.SleepControl(func() { produce(c.at) })
					})
				}
				return nil, nil, false
			})
			plan := previewJSON(t, embedded.Addrs(), "reset", "billing", "--topic", "orders", "--to-datetime", target.Format(time.RFC3339))
			if got, end := *plan.Changes[0].NewOffset, bounds[0].HighWatermark; got != end {
				t.Errorf("new offset %d, want the end before the record was written, %d", got, end)
			}
			after, err := world.Bounds(t.Context(), "orders")
			if err != nil || after[0].HighWatermark != bounds[0].HighWatermark+1 {
				t.Fatalf("the record was not written in between: %+v, %v", after, err)
			}
		})
	}
}

// previewJSON runs kofs in this process and reads its plan.
func previewJSON(t *testing.T, addrs []string, args ...string) reset.Plan {
	t.Helper()
	code, stdout, stderr := runKofs(t, append(args, "-o", "json", "-b", strings.Join(addrs, ","))...)
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var plan reset.Plan
	if err := json.Unmarshal(stdout, &plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

// runKofs runs kofs in this process, without a terminal.
func runKofs(t *testing.T, args ...string) (code int, stdout, stderr []byte) {
	t.Helper()
	return runKofsIn(t, nil, args...)
}

// runKofsIn is runKofs with an environment.
func runKofsIn(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr []byte) {
	t.Helper()
	p := testProcess(t, env)
	p.args = args
	code = runInTime(t, p)
	for _, f := range []*os.File{p.in, p.out, p.err} { // some tests make thousands of runs
		f.Close()
	}
	return code, read(t, p.out), read(t, p.err)
}

// testProcess has nothing to read, files to write to, and an environment of its own.
func testProcess(t *testing.T, env map[string]string) process {
	t.Helper()
	dir := t.TempDir()
	open := func(path string) *os.File {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	return process{
		in: open(os.DevNull), out: open(filepath.Join(dir, "out")), err: open(filepath.Join(dir, "err")),
		getenv: testEnv(filepath.Join(dir, "state"), env), now: time.Now, pause: pause, zone: time.UTC,
	}
}

// testEnv is an environment with a journal in state, in which simple groups are
// not watched: nothing runs unseen in a test.
func testEnv(state string, env map[string]string) func(string) string {
	return func(name string) string {
		switch {
		case env[name] != "":
			return env[name]
		case name == "KOFS_STATE_DIR":
			return state
		case name == "KOFS_SETTLE":
			return "0s"
		}
		return ""
	}
}

func read(t *testing.T, f *os.File) []byte {
	t.Helper()
	b, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return b
}
