package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kofs/kofs/reset"
	"github.com/twmb/franz-go/pkg/kadm"
)

func TestFullDiskSendsNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t, 1)
	s.forget()
	cmd := s.child("ulimit -f 1; ")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	_ = cmd.Run() // the exit code is looked at
	if code := cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	if end := errorLine(t, stderr.Bytes()); !strings.Contains(end.Message, "writing the journal") {
		t.Errorf("error %+v", end)
	}
	if s.sent() != 0 || s.commits() != commitsBefore {
		t.Errorf("%d commits sent, committed %s", s.sent(), s.commits())
	}
	if entries := s.journal(); len(entries) > 0 {
		t.Errorf("the journal has %+v", entries)
	}
}

// The disk is full once the first of two groups was written: its write and its
// outcome stand, nothing is sent to the other, and both are in the document.
func TestFullDiskBetweenTwoGroups(t *testing.T) {
	t.Parallel()
	s := newScene(t, 1)
	large := kadm.Offsets{} // what an intent holds to put it back is more than a file may have
	for p := range int32(2) {
		large.Add(kadm.Offset{Topic: "orders", Partition: p, At: 250, LeaderEpoch: -1, Metadata: strings.Repeat("m", 8<<10)})
	}
	if err := s.Admin().CommitAllOffsets(s.ctx, "billing-eu", large); err != nil {
		t.Fatal(err)
	}
	s.forget()
	cmd := s.child("ulimit -f 16; ", "--match-groups", "billing*", "--max-groups", "2")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // the exit code is looked at
	if code := cmd.ProcessState.ExitCode(); code != exitIncomplete {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	if end := errorLine(t, stderr.Bytes()); end.Reason != reasonIncomplete || !strings.Contains(end.Message, "writing the journal") {
		t.Errorf("error %+v", end)
	}
	var doc resultsDoc
	if err := json.Unmarshal(stdout.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Results) != 1 || doc.Results[0].Group != "billing" || doc.Results[0].Count(reset.Applied) != 2 {
		t.Errorf("results %+v", doc.Results)
	}
	if len(doc.Errors) != 1 || *doc.Errors[0].Group != "billing-eu" || doc.Errors[0].ExitCode != exitFailed || !strings.Contains(doc.Errors[0].Message, "writing the journal") {
		t.Errorf("errors %+v", doc.Errors)
	}
	if s.sent() != 1 || s.commits() != commitsShifted {
		t.Errorf("%d commits sent, committed %s", s.sent(), s.commits())
	}
	if left, err := s.Committed(s.ctx, "billing-eu"); err != nil || left["orders"][0] != 250 || left["orders"][1] != 250 {
		t.Errorf("billing-eu has %v, %v", left, err)
	}
	entries := s.journal()
	if len(entries) != 1 || entries[0].Group != "billing" || entries[0].Status != "applied" {
		t.Fatalf("the journal has %+v", entries)
	}
	s.undo(entries[0].ID)
	if code, _, stderr := s.kofs(strings.Fields("reset billing-eu --topic orders --shift-by -1 --execute --yes")...); code != exitDone {
		t.Errorf("the next write to billing-eu: exit code %d: %s", code, stderr)
	}
}

// Only root can give a directory away; TestOpenJournalRefusesWhatBelongsToSomebodyElse
// of package reset has the same for everybody.
func TestForeignJournalSendsNothing(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	for _, foreign := range []string{".", "journal"} {
		t.Run(foreign, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, 1)
			s.forget()
			state := s.env["KOFS_STATE_DIR"]
			if err := errors.Join(os.Mkdir(filepath.Join(state, "journal"), 0o700), os.Chown(filepath.Join(state, foreign), 12345, -1)); err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := s.kofs(strings.Fields("reset billing --topic orders --shift-by -100 --execute --yes -o json")...)
			if end := errorLine(t, stderr); code != exitFailed || len(stdout) > 0 || !strings.Contains(end.Message, "belongs to user 12345") {
				t.Errorf("exit code %d: %s%s", code, stdout, stderr)
			}
			if s.sent() != 0 || s.commits() != commitsBefore {
				t.Errorf("%d commits sent, committed %s", s.sent(), s.commits())
			}
		})
	}
}
