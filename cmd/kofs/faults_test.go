package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kofs/kofs/reset"
	"github.com/twmb/franz-go/pkg/kfake"
)

// fault is one way in which a write can go wrong, and what must come of it.
type fault struct {
	name string
	// breaks lets it go wrong, before kofs is run; between, after the plan was saved.
	breaks, between func(*scene)
	brokers         int
	options         []kfake.Opt
	args            string // after "reset billing --topic orders"; "--shift-by -100" if empty

	code     int
	reason   string // of the error's line
	outcomes string // of the partitions in the result; "" if there is none
	status   string // of the journal's entry; "" if there is none
	commits  string // at the end, and after an undo; see scene.commits
	sent     int    // OffsetCommits that reached the broker, from kofs
	message  string // part of the error's message
	// lasts says that it cannot be healed, so that no undo is tried.
	lasts bool
}

// The group's commits before each fault, and where --shift-by -100 puts them.
const (
	commitsBefore  = `0:200 epoch 0 "was here", 1:220 epoch -1 ""`
	commitsShifted = `0:100 epoch -1 "", 1:120 epoch -1 ""`
	firstShifted   = `0:100 epoch -1 "", 1:220 epoch -1 ""`
)

// Every fault that a commit can meet: exit code, reason, what the broker has, what
// the journal has; and undo restores exactly what was there.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range allFaults() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.run(t)
		})
	}
}

func allFaults() []fault {
	return slices.Concat(coordinatorFaults(), lostAnswers(), refusedCommits(), movedSincePlan(), othersAtWork(), journalFaults())
}

func (f fault) run(t *testing.T) {
	s := newScene(t, f.brokers, f.options...)
	args := strings.Fields("reset billing --topic orders " + firstOf(f.args, "--shift-by -100"))
	if f.between != nil {
		plan := filepath.Join(t.TempDir(), "plan.json")
		if code, _, stderr := s.kofs(append(args, "--save-plan", plan)...); code != exitDone {
			t.Fatalf("saving the plan: exit code %d: %s", code, stderr)
		}
		f.between(s)
		args = []string{"apply", plan, "--yes"}
	} else {
		args = append(args, "--execute", "--yes")
	}
	if f.breaks != nil {
		f.breaks(s)
	}
	s.forget()
	code, stdout, stderr := s.kofs(append(args, "-o", "json")...)
	f.checkEnd(t, code, stdout, stderr)
	sent := s.sent()
	s.heal()
	if got := sent; got != f.sent {
		t.Errorf("%d commits reached the broker, want %d", got, f.sent)
	}
	if got, want := s.commits(), strings.TrimSpace(firstOf(f.commits, commitsBefore)); got != want {
		t.Errorf("committed %s, want %s", got, want)
	}
	entries := s.journal()
	if f.status == "" {
		if len(entries) > 0 {
			t.Errorf("the journal has %+v", entries)
		}
		return
	}
	if len(entries) != 1 || entries[0].Status != f.status {
		t.Fatalf("the journal has %+v, want one entry, %s", entries, f.status)
	}
	if !f.lasts {
		s.undo(entries[0].ID)
	}
}

// checkEnd checks what scripts read.
func (f fault) checkEnd(t *testing.T, code int, stdout, stderr []byte) {
	t.Helper()
	if code != f.code {
		t.Errorf("exit code %d, want %d: %s", code, f.code, stderr)
	}
	if code != exitDone {
		end := errorLine(t, stderr)
		if again := saidTwice(end.Message); again != "" {
			t.Errorf("%q is said twice in %q", again, end.Message)
		}
		if end.Reason != f.reason || end.ExitCode != code || !strings.Contains(end.Message, f.message) {
			t.Errorf("error %+v, want the reason %s and %q", end, f.reason, f.message)
		}
		if unsettled := code == exitIncomplete || code == exitUnknown; unsettled && (end.Hint == nil || !strings.Contains(*end.Hint, "kofs apply --resume") && !strings.Contains(*end.Hint, "kofs journal verify")) {
			t.Errorf("the error does not say how to go on: %+v", end)
		}
	}
	if got := outcomesIn(t, stdout); got != f.outcomes {
		t.Errorf("outcomes %q, want %q", got, f.outcomes)
	}
}

// saidTwice is a part of an error's text, between colons, that another part begins
// with: "reading offsets: reading offsets of group ...".
func saidTwice(message string) string {
	parts := strings.Split(message, ": ")
	for i, part := range parts {
		for _, other := range slices.Delete(slices.Clone(parts), i, i+1) {
			if len(part) > 3 && strings.HasPrefix(other, part) {
				return part
			}
		}
	}
	return ""
}

func outcomesIn(t *testing.T, stdout []byte) string {
	t.Helper()
	if len(stdout) == 0 {
		return ""
	}
	var result reset.Result
	if err := json.Unmarshal(stdout, &result); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	var outcomes []string
	for _, p := range result.Partitions {
		outcomes = append(outcomes, string(p.Outcome))
	}
	return strings.Join(outcomes, " ")
}

// docs/safety.md has every fault of the table, and names no test that is not there.
func TestSafetyPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/safety.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	onKafka, err := filepath.Glob("../../internal/kafkatest/*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, file := range append(files, onKafka...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	left := map[string]bool{}
	for _, f := range allFaults() {
		left[f.name] = true
	}
	for _, row := range regexp.MustCompile("(?m)^\\| (.*) \\| (.*) \\| `(Test.*)` \\|$").FindAllStringSubmatch(string(page), -1) {
		name, test := row[1], row[3]
		if !strings.Contains(code.String(), "func "+test+"(t *testing.T)") {
			t.Errorf("there is no test %s, of %q", test, name)
		}
		if test == "TestFaults" && !left[name] {
			t.Errorf("TestFaults has no fault %q, or the page has it twice", name)
		}
		delete(left, name)
	}
	for name := range left {
		t.Errorf("the page lacks %q", name)
	}
}
