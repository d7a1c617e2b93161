package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// scene is a topic with two partitions of 300 records, a group, and a journal.
type scene struct {
	*kafkatest.World
	t        *testing.T
	embedded *kafkatest.Embedded
	ctx      context.Context
	env      map[string]string
	ahead    atomic.Int64 // of kofs's clock, in ns
	healed   atomic.Bool
	repair   func() // what heal does too
	faults   []*kfake.FaultHandle
	own      atomic.Int32 // commits that the test sent itself
	waiting  func()       // what happens whenever kofs waits
	cut      *cutListener
}

func newScene(t *testing.T, brokers int, options ...kfake.Opt) *scene {
	t.Helper()
	cut := &cutListener{}
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{
		Brokers: max(brokers, 1), Topics: map[string]int32{"orders": 2},
		Extra: append([]kfake.Opt{kfake.ListenFn(cut.listen)}, options...),
	})
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	t.Cleanup(cancel)
	s := &scene{World: kafkatest.NewWorld(t, embedded.Addrs()), t: t, embedded: embedded, ctx: ctx, cut: cut, env: map[string]string{"KOFS_STATE_DIR": t.TempDir()}}
	for p := range int32(2) {
		if _, err := s.Produce(ctx, "orders", p, kafkatest.Numbered(300)...); err != nil {
			t.Fatal(err)
		}
	}
	s.commit(kadm.Offset{Topic: "orders", Partition: 0, At: 200, LeaderEpoch: 0, Metadata: "was here"},
		kadm.Offset{Topic: "orders", Partition: 1, At: 220, LeaderEpoch: -1})
	return s
}

// commit commits through the independent client, as somebody else.
func (s *scene) commit(rows ...kadm.Offset) {
	s.own.Add(1)
	offsets := kadm.Offsets{}
	for _, row := range rows {
		offsets.Add(row)
	}
	if err := s.Admin().CommitAllOffsets(s.ctx, "billing", offsets); err != nil {
		s.t.Error(err)
	}
}

// put is commit of one partition, as a consumer does that knows no more.
func (s *scene) put(partition int32, offset int64) {
	s.commit(kadm.Offset{Topic: "orders", Partition: partition, At: offset, LeaderEpoch: -1})
}

// commits are the group's commits, in full, as the independent client reads them.
func (s *scene) commits() string {
	s.t.Helper()
	fetched, err := s.Admin().FetchOffsets(s.ctx, "billing")
	if errors.Is(err, kerr.GroupIDNotFound) {
		return ""
	}
	if err != nil {
		s.t.Fatal(err)
	}
	var rows []string
	for _, o := range fetched.Sorted() {
		rows = append(rows, fmt.Sprintf("%d:%d epoch %d %q", o.Partition, o.At, o.LeaderEpoch, o.Metadata))
	}
	return strings.Join(rows, ", ")
}

func (s *scene) forget() {
	s.embedded.ForgetRequests()
	s.own.Store(0)
}

// sent is how many commits came from kofs.
func (s *scene) sent() int { return s.embedded.Requests(kmsg.OffsetCommit) - int(s.own.Load()) }

// kofs runs a command on this cluster, with this journal.
func (s *scene) kofs(args ...string) (code int, stdout, stderr []byte) {
	s.t.Helper()
	p := testProcess(s.t, s.env)
	p.args, p.now, p.pause = append(args, "-b", strings.Join(s.embedded.Addrs(), ",")), s.now, s.pause
	code = runInTime(s.t, p)
	return code, read(s.t, p.out), read(s.t, p.err)
}

// child is a kofs that writes, to billing if no groups are named, in a shell that
// first runs a line.
func (s *scene) child(line string, groups ...string) *exec.Cmd {
	if len(groups) == 0 {
		groups = []string{"billing"}
	}
	cmd := command(s.t, "sh", append(append([]string{"-c", line + `exec "$@"`, "sh", programs(s.t).kofs, "reset"}, groups...),
		"--topic", "orders", "--shift-by", "-100", "--execute", "--yes", "-o", "json", "-b", s.embedded.Addrs()[0])...)
	cmd.Env = append(os.Environ(), "KOFS_SETTLE=0s", "KOFS_STATE_DIR="+s.env["KOFS_STATE_DIR"])
	return cmd
}

// now is kofs's clock.
func (s *scene) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// later puts kofs's clock on.
func (s *scene) later(d time.Duration) { s.ahead.Add(int64(d)) }

// pause takes a tenth of the time, and puts the clock on by the rest. A request
// without an answer still takes its --timeout in full.
func (s *scene) pause(ctx context.Context, d time.Duration) error {
	if s.waiting != nil {
		s.waiting()
	}
	short := d / 10
	err := pause(ctx, short)
	s.later(d - short)
	return err
}

// journal are the entries, as kofs lists them.
func (s *scene) journal() (entries []journalEntryDoc) {
	s.t.Helper()
	code, stdout, stderr := s.kofs("journal", "list", "-o", "jsonl")
	if code != exitDone {
		s.t.Fatalf("journal: exit code %d: %s", code, stderr)
	}
	for line := range strings.Lines(string(stdout)) {
		var e journalEntryDoc
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			s.t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

// undo takes the write back, a minute later: everything is as it was, and the
// group can be written to again.
func (s *scene) undo(id string) {
	s.t.Helper()
	s.later(time.Minute)
	if code, _, stderr := s.kofs("undo", id, "--execute", "--yes"); code != exitDone {
		s.t.Fatalf("undo: exit code %d: %s", code, stderr)
	}
	if got := s.commits(); got != commitsBefore {
		s.t.Errorf("after the undo %s, want %s", got, commitsBefore)
	}
	if code, _, stderr := s.kofs("reset", "billing", "--topic", "orders", "--shift-by", "-1", "--execute", "--yes"); code != exitDone {
		s.t.Errorf("the next write: exit code %d: %s", code, stderr)
	}
}
