package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/cluster"
	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// screen80 is a terminal of 80 columns, and all that came out of it.
type screen80 struct {
	mu   sync.Mutex
	seen bytes.Buffer
	tty  *os.File
	read chan struct{}
}

func newScreen80(t *testing.T) *screen80 {
	t.Helper()
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { screen.Close(); terminal.Close() })
	if err := pty.Setsize(screen, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	s := &screen80{tty: terminal, read: make(chan struct{})}
	go func() {
		defer close(s.read)
		_, _ = io.Copy(s, screen) // it ends with an error when the other side is closed
	}()
	return s
}

func (s *screen80) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.Write(p)
}

func (s *screen80) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()
}

// all is everything that came out of it until the program ended.
func (s *screen80) all() string {
	s.tty.Close()
	<-s.read
	return s.text()
}

// twoPartitions has 1000 records in each; answer is asked about every Fetch of
// the second.
func twoPartitions(t *testing.T, answer func(*kmsg.FetchRequest) (kmsg.Response, bool)) *kafkatest.Embedded {
	t.Helper()
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 2}})
	world := kafkatest.NewWorld(t, embedded.Addrs())
	for p := range int32(2) {
		if _, err := world.Produce(t.Context(), "orders", p, kafkatest.Numbered(1000)...); err != nil {
			t.Fatal(err)
		}
	}
	if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 1000, 1: 1000}}); err != nil {
		t.Fatal(err)
	}
	embedded.Cluster.ControlKey(kmsg.Fetch.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		embedded.Cluster.KeepControl()
		fetch := req.(*kmsg.FetchRequest)
		if fetch.Topics[0].Partitions[0].Partition != 1 {
			return nil, nil, false
		}
		resp, taken := answer(fetch)
		return resp, nil, taken
	})
	return embedded
}

// Progress on a terminal says how much, how many, how fast and how long, and is
// wiped. Ctrl-C keeps what was counted, and says how much that is.
func TestProgressAndCtrlC(t *testing.T) {
	t.Parallel()
	binary := programs(t).kofs
	silent := func(*kmsg.FetchRequest) (kmsg.Response, bool) { return nil, true }
	for _, c := range []struct {
		name, args, line string
		stdout, stderr   string // what is said at the end
	}{
		{"a count", "reset billing --topic orders --to-earliest --count exact",
			`\rcounting records: [0-9.]+ (B|KiB), 1000 records, 50%, [0-9.]+ (B|KiB)/s, [0-9]+s left`,
			`(?m)^orders +1 +1000 +0 +at most 1000 `, "counted until then: at least 1000, at most 2000 records"},
		{"a count by key", "records billing --topic orders --to-earliest --by-key",
			`\rreading records: [0-9.]+ (B|KiB), 1000 records, 50%, [0-9.]+ (B|KiB)/s, [0-9]+s left`,
			`(?m)^incomplete, at least 1000 records, 1000 distinct keys, 0 without a key$`, "interrupted"},
		{"a timeline", "records billing --topic orders --to-earliest --timeline -o json",
			`\rreading records: [0-9.]+ (B|KiB), 1000 records, 50%, [0-9.]+ (B|KiB)/s, [0-9]+s left`,
			`(?s)"incomplete": true.*"reached_offset": 1000.*"reached_offset": 0`, "interrupted"},
		{"a list into a file", "records billing --topic orders --to-earliest -o jsonl",
			`\rlisting records: [0-9.]+ (B|KiB), 1000 records, 50%, [0-9.]+ (B|KiB)/s, [0-9]+s left`,
			"", "interrupted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			embedded := twoPartitions(t, silent)
			screen := newScreen80(t)
			cmd := command(t, binary, append(strings.Fields(c.args), "-b", strings.Join(embedded.Addrs(), ","))...)
			var stdout bytes.Buffer
			cmd.Env, cmd.Stdout, cmd.Stderr = testEnviron(t), &stdout, screen.tty
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line := regexp.MustCompile(c.line)
			ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
			defer cancel()
			if err := kafkatest.Await(ctx, time.Millisecond, "the progress", func() (bool, error) { return line.MatchString(screen.text()), nil }); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // the exit code is looked at
			if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
				t.Errorf("exit code %d", code)
			}
			seen := screen.all()
			checkWiped(t, seen)
			if !strings.Contains(seen, c.stderr) {
				t.Errorf("stderr %q, want %q", seen, c.stderr)
			}
			if !regexp.MustCompile(c.stdout).MatchString(stdout.String()) {
				t.Errorf("stdout %s, want %s", stdout.String(), c.stdout)
			}
		})
	}
}

// checkWiped holds every drawn line to the terminal's width, and looks whether
// the last was taken off before anything else was written.
func checkWiped(t *testing.T, seen string) {
	t.Helper()
	drawn := seen[:strings.LastIndex(seen, "\r ")]
	for _, line := range strings.Split(strings.TrimLeft(drawn, "\r"), "\r") {
		if line = strings.TrimRight(line, " \b\n"); len([]rune(line)) > 79 {
			t.Errorf("%d columns: %q", len([]rune(line)), line)
		}
	}
	if !regexp.MustCompile(`\r +\x08+\r`).MatchString(seen) {
		t.Errorf("the line was not wiped: %q", seen)
	}
}

// A broker that throttles is named in the progress while it does, and at the end.
func TestThrottlesAreShown(t *testing.T) {
	t.Parallel()
	binary := programs(t).kofs
	for _, c := range []struct {
		name, args string
		ms         []int32 // throttles before the records
		during     string
		end        string
	}{
		{"a count on a terminal", "reset billing --topic orders --to-earliest", []int32{1500},
			`\rcounting records: throttled by broker \d for 1\.5s, [0-9.]+ KiB, 1000 records, 50%`, `\rthrottled by broker \d for 1\.[5-9]s in all: a quota of the cluster was exceeded\r\n`},
		{"nothing to speak of", "reset billing --topic orders --to-earliest", []int32{3}, "", ""},
		{"quiet", "reset billing --topic orders --to-earliest -q", []int32{200}, "", ""},
		{"json, where only an error goes to stderr", "reset billing --topic orders --to-earliest -o json", []int32{200}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			left := c.ms
			embedded := twoPartitions(t, func(req *kmsg.FetchRequest) (kmsg.Response, bool) {
				if len(left) == 0 {
					return nil, false
				}
				resp := req.ResponseKind().(*kmsg.FetchResponse)
				resp.ThrottleMillis, left = left[0], left[1:]
				return resp, true
			})
			screen := newScreen80(t)
			cmd := command(t, binary, append(strings.Fields(c.args), "-b", strings.Join(embedded.Addrs(), ","))...)
			cmd.Env, cmd.Stderr = testEnviron(t), screen.tty
			err := cmd.Run()
			seen := screen.all()
			if err != nil {
				t.Errorf("%v: %s", err, seen)
			}
			if !regexp.MustCompile(c.during).MatchString(seen) {
				t.Errorf("%q was not shown in %q", c.during, seen)
			}
			if c.end == "" && strings.Contains(seen, "throttled") || !regexp.MustCompile(c.end).MatchString(seen) {
				t.Errorf("at the end %q, want %q", seen, c.end)
			}
		})
	}
}

func TestThrottlesAddUp(t *testing.T) {
	one, start := new(int32(1)), goldenNow()
	var sum throttles
	for _, c := range []struct {
		after time.Duration
		is    cluster.Throttle
	}{
		{0, cluster.Throttle{Node: one, For: 2 * time.Second}},
		{time.Second, cluster.Throttle{Node: one, For: 2 * time.Second}}, // a second of it is the same
		{time.Second, cluster.Throttle{Node: one, For: time.Second}},     // all of it is
		{time.Minute, cluster.Throttle{Node: one, For: time.Second}},
		{0, cluster.Throttle{Addr: "kafka:9092", For: 90 * time.Second}},
		{0, cluster.Throttle{Node: new(int32(2)), For: 99 * time.Millisecond}},
	} {
		sum.note(start.Add(c.after), c.is)
	}
	if got, want := sum.inWords(), "throttled by broker 1 for 4.0s in all, by broker kafka:9092 for 1m30s in all"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A partition that fails is named, and what was counted is marked.
func TestAnAccountOfAPartIsMarked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"--by-key", `(?m)^incomplete, at least 1000 records, 1000 distinct keys, 0 without a key$`},
		{"--timeline", `(?m)^incomplete, at least 1000 records, timestamps `},
		{"--by-key -o json", `(?s)"incomplete": true.*"name": "TOPIC_AUTHORIZATION_FAILED"`},
		{"--timeline -o json", `(?s)"incomplete": true.*"name": "TOPIC_AUTHORIZATION_FAILED"`},
	} {
		embedded := twoPartitions(t, func(req *kmsg.FetchRequest) (kmsg.Response, bool) {
			resp := req.ResponseKind().(*kmsg.FetchResponse)
			topic, p := kmsg.NewFetchResponseTopic(), kmsg.NewFetchResponseTopicPartition()
			topic.Topic, p.Partition, p.ErrorCode = "orders", 1, inspect.CodeTopicAuthorizationFailed
			topic.Partitions = append(topic.Partitions, p)
			resp.Topics = append(resp.Topics, topic)
			return resp, true
		})
		code, stdout, stderr := runGolden(t, embedded.Addrs(), testProcess(t, nil), strings.Fields("records billing --topic orders --to-earliest "+c.args)...)
		if code != exitIncomplete || !regexp.MustCompile(c.want).MatchString(stdout) || !strings.Contains(stderr, "1 partition could not be listed whole") {
			t.Errorf("%s: exit code %d\n%s\n%s", c.args, code, stdout, stderr)
		}
	}
}
