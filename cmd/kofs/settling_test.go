package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kofs/kofs/reset"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A process that was killed leaves its intent; what became of it can be found
// out, finished and taken back.
func TestKilledWriteIsSettled(t *testing.T) {
	t.Parallel()
	for _, stored := range []bool{false, true} {
		for _, way := range []string{"journal verify", "apply --yes --resume", "undo --execute --yes"} {
			t.Run(fmt.Sprintf("stored %v, %s", stored, way), func(t *testing.T) {
				t.Parallel()
				s := newScene(t, 1)
				s.forget()
				reached := make(chan struct{}, 10)
				key := kmsg.OffsetCommit
				if stored {
					key = kmsg.OffsetFetch // of the read-back
				}
				s.control(key, func(int, kmsg.Request) (kmsg.Response, error, bool) {
					if s.sent() == 0 {
						return nil, nil, false
					}
					reached <- struct{}{}
					return nil, nil, true
				})
				cmd := s.child("")
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				awaitSignal(t, reached)
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				_ = cmd.Wait() // killed
				s.heal()
				s.checkSettling(stored, way)
			})
		}
	}
}

// checkSettling goes one way on with a write that was cut.
func (s *scene) checkSettling(stored bool, way string) {
	t := s.t
	entries := s.journal()
	if len(entries) != 1 || entries[0].Status != "open" {
		t.Fatalf("the journal has %+v", entries)
	}
	again := strings.Fields("reset billing --topic orders --shift-by -1 --execute --yes -o json")
	if code, _, stderr := s.kofs(again...); code != exitRefused || errorLine(t, stderr).Reason != string(reset.UnsettledWrite) {
		t.Errorf("the next write: exit code %d: %s", code, stderr)
	}
	s.later(time.Minute)
	want, wantCode := commitsBefore, exitDone
	switch {
	case way == "journal verify" && !stored:
		wantCode = exitFailed
	case stored && !strings.HasPrefix(way, "undo"), strings.HasPrefix(way, "apply"):
		want = commitsShifted
	}
	if code, _, stderr := s.kofs(append(strings.Fields(way), entries[0].ID)...); code != wantCode {
		t.Errorf("%s: exit code %d, want %d: %s", way, code, wantCode, stderr)
	}
	if got := s.commits(); got != want {
		t.Errorf("committed %s, want %s", got, want)
	}
	if code, _, stderr := s.kofs(again...); code != exitDone {
		t.Errorf("the next write: exit code %d: %s", code, stderr)
	}
}

// A loop that repeats a relative reset until it succeeds never moves a partition
// twice.
func TestRetryLoopMovesEachPartitionOnce(t *testing.T) {
	t.Parallel()
	for _, broken := range []int32{0, 1} {
		t.Run(fmt.Sprintf("partition %d fails", broken), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, 1)
			commitFault(kerr.TopicAuthorizationFailed, 1, broken)(s)
			half := map[int32]string{0: `0:200 epoch 0 "was here", 1:120 epoch -1 ""`, 1: firstShifted}[broken]
			for n := range 5 {
				code, _, stderr := s.kofs(strings.Fields("reset billing --topic orders --shift-by -100 --execute --yes -o json")...)
				end := errorLine(t, stderr)
				if n == 0 && code != exitIncomplete || n > 0 && (code != exitRefused || end.Reason != string(reset.UnsettledWrite)) {
					t.Errorf("run %d: exit code %d, %+v", n, code, end)
				}
				if got := s.commits(); got != half {
					t.Fatalf("run %d: committed %s, want %s", n, got, half)
				}
			}
			first := s.journal()[0]
			if code, _, stderr := s.kofs("apply", "--resume", first.ID, "--yes"); code != exitDone {
				t.Errorf("resume: exit code %d: %s", code, stderr)
			}
			if got := s.commits(); got != commitsShifted {
				t.Errorf("committed %s, want %s", got, commitsShifted)
			}
			entries := s.journal()
			if len(entries) != 2 || entries[0].SettledBy == nil || *entries[0].SettledBy != entries[1].ID {
				t.Errorf("the journal has %+v", entries)
			}
		})
	}
}

// An undo right after a cut write would say too early that nothing is to be taken
// back: the commit is stored while it waits.
func TestUndoWaitsForWhatMayStillCome(t *testing.T) {
	t.Parallel()
	s := newScene(t, 1)
	s.forget()
	s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) { return nil, nil, true })
	if code, _, stderr := s.kofs(strings.Fields("reset billing --topic orders --shift-by -100 --execute --yes --timeout 1s")...); code != exitUnknown {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	s.heal()
	cut := s.journal()[0]
	s.waiting = sync.OnceFunc(func() { s.put(0, 100); s.put(1, 120) })
	begun, err := time.Parse(time.RFC3339, cut.CreatedAt)
	if err != nil {
		t.Fatal(err)
	}
	s.later(begun.Add(2 * time.Second).Sub(s.now())) // after ten, nothing can come any more
	code, _, stderr := s.kofs("undo", cut.ID, "--execute", "--yes")
	if code != exitDone || !strings.Contains(string(stderr), "may still be stored") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if got := s.commits(); got != commitsBefore {
		t.Errorf("committed %s, want %s", got, commitsBefore)
	}
	if e := s.journal()[0]; e.SettledBy == nil {
		t.Errorf("the write is not settled: %+v", e)
	}
}
