package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// interleavings is how many are tried: 20, or KOFS_TEST_INTERLEAVINGS.
func interleavings(t *testing.T) int {
	t.Helper()
	wanted := os.Getenv("KOFS_TEST_INTERLEAVINGS")
	if wanted == "" {
		return 20
	}
	n, err := strconv.Atoi(wanted)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Somebody else's commit at every place around kofs's own: what kofs says holds.
func TestTwoWriters(t *testing.T) {
	t.Parallel()
	for n := range interleavings(t) {
		partition, offset := int32(n%2), int64(150+n%20)
		place := []string{"before the commit", "before the commit is looked at", "before the check", "after kofs has ended"}[n/2%4]
		if n%5 == 4 && place != "before the check" { // where it was before, which a check cannot tell
			offset = []int64{200, 220}[partition]
		}
		t.Run(fmt.Sprintf("%d %s, partition %d to %d", n, place, partition, offset), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, 1)
			s.forget()
			put := func() { s.put(partition, offset) }
			fetch := func(when func(look int) bool) {
				s.control(kmsg.OffsetFetch, func(look int, _ kmsg.Request) (kmsg.Response, error, bool) {
					if s.own.Load() > 0 || !when(look) {
						return nil, nil, false
					}
					return s.meanwhile(put)
				})
			}
			switch place {
			case "before the commit":
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) { return s.meanwhile(put) })
			case "before the commit is looked at":
				fetch(func(int) bool { return s.sent() > 0 })
			case "before the check":
				fetch(func(look int) bool { return look == 2 })
			}
			code, stdout, stderr := s.kofs(strings.Fields("reset billing --topic orders --shift-by -100 --execute --yes -o json --timeout 10s")...)
			s.heal()
			checkTwoWriters(t, place, int(partition), code, outcomesIn(t, stdout), stderr)
			if place == "after kofs has ended" {
				return
			}
			if got := s.own.Load(); got != 1 {
				t.Fatalf("somebody else committed %d times", got)
			}
			committed, err := s.Committed(s.ctx, "billing")
			if err != nil {
				t.Fatal(err)
			}
			want := offset
			if place == "before the commit" {
				want = 100 + int64(partition)*20
			}
			if committed["orders"][partition] != want {
				t.Errorf("committed %v, want %d", committed, want)
			}
		})
	}
}

func checkTwoWriters(t *testing.T, place string, partition, code int, outcomes string, stderr []byte) {
	t.Helper()
	wantCode, want := exitDone, "applied applied"
	switch place {
	case "before the commit is looked at":
		wantCode, want = exitIncomplete, []string{"overwritten applied", "applied overwritten"}[partition]
	case "before the check":
		wantCode, want = exitRefused, ""
	}
	if code != wantCode || outcomes != want {
		t.Errorf("exit code %d, outcomes %q, want %d and %q: %s", code, outcomes, wantCode, want, stderr)
	}
}
