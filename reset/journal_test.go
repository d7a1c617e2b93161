package reset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
)

func openTestJournal(t *testing.T) (*Journal, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "journal")
	j, err := OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	return j, dir
}

func intentNumber(n int) Intent {
	return Intent{ID: EntryID(testNow.Add(time.Duration(n)*time.Second), fmt.Sprintf("abcde%d", n)), Kind: WriteReset,
		CreatedAt: testNow.Add(time.Duration(n) * time.Second).UTC().Format(timestampForm), User: "ops"}
}

func recorded(t *testing.T, j *Journal, f *fakeCluster, p Plan, i Intent) (Result, error) {
	t.Helper()
	return j.Apply(t.Context(), t.Context(), f, p, applying(), i)
}

func TestJournalHasTheIntentBeforeAnythingIsSent(t *testing.T) {
	j, dir := openTestJournal(t)
	f := newFakeCluster()
	p := planFor(t, f)
	i := intentNumber(1)
	f.answers = list(func(f *fakeCluster, rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
		entry, err := j.Entry(i.ID)
		if err != nil || entry.Result != nil || len(entry.Taken().Rows) != 2 || !entry.Unsettled() {
			t.Errorf("at the time of the commit the journal says %+v, %v", entry, err)
		}
		return stored(f, rows)
	})
	r, err := recorded(t, j, f, p, i)
	if err != nil || outcomes(r) != "applied, applied" || r.JournalID == nil || *r.JournalID != i.ID {
		t.Fatalf("%s, %v, %v", outcomes(r), r.JournalID, err)
	}
	entry, err := j.Entry(i.ID)
	if err != nil || entry.Result == nil || entry.Unsettled() || entry.User != "ops" {
		t.Errorf("%+v, %v", entry, err)
	}
	for name, want := range map[string]os.FileMode{".": 0o700, i.ID + ".intent.json": 0o600, i.ID + ".result.json": 0o600, lockFile("c", "billing"): 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want mode %v", name, info.Mode(), err, want)
		}
	}
}

// What cannot be put down is not sent.
func TestJournalThatCannotBeWritten(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, j *Journal, dir string)
	}{
		{"the entry is there already", func(t *testing.T, j *Journal, dir string) {
			if err := os.WriteFile(filepath.Join(dir, intentNumber(1).ID+".intent.json"), []byte("{}"), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"a symbolic link lies in its place", func(t *testing.T, j *Journal, dir string) {
			if err := os.Symlink("/dev/null", filepath.Join(dir, intentNumber(1).ID+".intent.json")); err != nil {
				t.Fatal(err)
			}
		}},
		{"the directory is gone", func(t *testing.T, j *Journal, dir string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}},
		{"another process holds the lock", func(t *testing.T, j *Journal, dir string) {
			unlock, err := j.Lock("c", "billing")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(unlock)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, dir := openTestJournal(t)
			f := newFakeCluster()
			p := planFor(t, f)
			c.spoil(t, j, dir)
			if _, err := recorded(t, j, f, p, intentNumber(1)); err == nil {
				t.Error("no error")
			}
			if len(f.sent) != 0 {
				t.Error("something was sent")
			}
		})
	}
}

func TestOpenJournalRefusesWhatBelongsToSomebodyElse(t *testing.T) {
	mine := os.Geteuid()
	somebody := mine + 1
	own := filepath.Join(t.TempDir(), "kofs", "journal")
	if _, err := openJournal(own, mine); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{
		"the journal":            own,
		"a directory without it": filepath.Join(t.TempDir(), "journal"),
	} {
		if _, err := openJournal(dir, somebody); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("belongs to user %d", mine)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenJournalRefusesAnUnsafeDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(dir); err == nil {
		t.Error("a directory that everybody may write to was taken")
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(link); err == nil {
		t.Error("a symbolic link was taken")
	}
}

func TestUnsettledWriteRefusesTheNext(t *testing.T) {
	j, _ := openTestJournal(t)
	f := newFakeCluster()
	f.answers = list(answered(map[int32]int16{1: 12}))
	if r, err := recorded(t, j, f, planFor(t, f), intentNumber(1)); err != nil || outcomes(r) != "applied, failed OFFSET_METADATA_TOO_LARGE" {
		t.Fatalf("%s, %v", outcomes(r), err)
	}
	_, err := recorded(t, j, f, planFor(t, f), intentNumber(2))
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Reason != UnsettledWrite || !strings.Contains(refusal.Hint, intentNumber(1).ID) {
		t.Fatalf("error %v, want an unsettled write", err)
	}
	// Finishing it settles it: only what is still at its old offset is written.
	entry, err := j.Entry(intentNumber(1).ID)
	if err != nil {
		t.Fatal(err)
	}
	now, err := inspect.Take(t.Context(), f, inspect.Request{Groups: []string{"billing"}}, testNow)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := entry.Plan.Remaining(now)
	if err != nil || rest.Writes() != 1 {
		t.Fatalf("%d rows remain, %v", rest.Writes(), err)
	}
	resume := intentNumber(3)
	resume.Kind, resume.Of = WriteResume, entry.ID
	if r, err := recorded(t, j, f, rest, resume); err != nil || outcomes(r) != "unchanged, applied" {
		t.Fatalf("%s, %v", outcomes(r), err)
	}
	if unsettled, err := j.UnsettledFor("c", "billing"); err != nil || unsettled != nil {
		t.Errorf("still unsettled: %+v, %v", unsettled, err)
	}
	if f.commits[0].Offset != 120 || f.commits[1].Offset != 120 {
		t.Errorf("commits %+v %+v", f.commits[0], f.commits[1])
	}
}

// undo(apply(x)) is x, with leader epoch and metadata, and where there was no
// commit there is none again; an undo can be taken back in its turn.
func TestUndo(t *testing.T) {
	j, _ := openTestJournal(t)
	f := newFakeCluster()
	f.commits[1] = nil
	before := *f.commits[0]
	if _, err := recorded(t, j, f, planFor(t, f), intentNumber(1)); err != nil {
		t.Fatal(err)
	}
	undo := func(n int, of string) (Result, error) {
		entry, err := j.Entry(of)
		if err != nil {
			t.Fatal(err)
		}
		now, err := inspect.Take(t.Context(), f, inspect.Request{Groups: []string{"billing"}, Select: entry.Taken().Scopes()}, testNow)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewUndo(now, entry.Taken(), "u", testNow)
		if err != nil {
			return Result{}, err
		}
		i := intentNumber(n)
		i.Kind, i.Of = WriteUndo, of
		return recorded(t, j, f, p, i)
	}
	if r, err := undo(2, intentNumber(1).ID); err != nil || outcomes(r) != "applied, applied" {
		t.Fatalf("%s, %v", outcomes(r), err)
	}
	if now := f.commits[0]; now.Offset != before.Offset || now.Metadata != before.Metadata || !equal(now.LeaderEpoch, before.LeaderEpoch) {
		t.Errorf("commit %+v, want %+v", now, before)
	}
	if f.commits[1] != nil {
		t.Errorf("commit %+v where there was none", f.commits[1])
	}
	if r, err := undo(3, intentNumber(2).ID); err != nil || outcomes(r) != "applied, applied" || f.commits[0].Offset != 120 || f.commits[1].Offset != 120 {
		t.Errorf("undo of the undo: %s, %v, %+v", outcomes(r), err, f.commits)
	}
	f.commits[0] = &inspect.Commit{Offset: 130} // the group runs on
	var refusal *Refusal
	if _, err := undo(4, intentNumber(3).ID); !errors.As(err, &refusal) || refusal.Reason != GroupRanOn || !strings.Contains(refusal.Hint, "--from-file") {
		t.Errorf("error %v", err)
	}
}

func TestDeleteGroupAndItsUndo(t *testing.T) {
	j, _ := openTestJournal(t)
	f := newFakeCluster()
	now, err := inspect.Take(t.Context(), f, inspect.Request{Groups: []string{"billing"}}, testNow)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewDelete(now, true, "d", testNow)
	if err != nil {
		t.Fatal(err)
	}
	i := intentNumber(1)
	i.Kind = WriteDeleteGroup
	r, err := recorded(t, j, f, p, i)
	if err != nil || outcomes(r) != "applied, applied" || r.GroupOutcome == nil || *r.GroupOutcome != Applied {
		t.Fatalf("%s, %v, %v", outcomes(r), r.GroupOutcome, err)
	}
	f.group.State = inspect.StateEmpty // the fake has no groups without a state
	entry, err := j.Entry(i.ID)
	if err != nil {
		t.Fatal(err)
	}
	if now, err = inspect.Take(t.Context(), f, inspect.Request{Groups: []string{"billing"}, Select: entry.Taken().Scopes()}, testNow); err != nil {
		t.Fatal(err)
	}
	u, err := NewUndo(now, entry.Taken(), "u", testNow)
	if err != nil || u.Writes() != 2 {
		t.Fatalf("%d writes, %v", u.Writes(), err)
	}
	back := intentNumber(2)
	back.Kind, back.Of = WriteUndo, i.ID
	if r, err := recorded(t, j, f, u, back); err != nil || outcomes(r) != "applied, applied" || f.commits[0].Offset != 150 || f.commits[0].Metadata != "m" {
		t.Errorf("%s, %v, %+v", outcomes(r), err, f.commits[0])
	}
}

func TestNothingSentIsSettled(t *testing.T) {
	j, _ := openTestJournal(t)
	f := newFakeCluster()
	p := planFor(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	o := applying()
	o.BeforeWrite = func(Plan) error { cancel(); return nil }
	if _, err := j.Apply(ctx, t.Context(), f, p, o, intentNumber(1)); err == nil {
		t.Fatal("no error")
	}
	entry, err := j.Entry(intentNumber(1).ID)
	if err != nil || entry.Unsettled() || entry.Result == nil {
		t.Errorf("%+v, %v", entry, err)
	}
	if len(f.sent) != 0 {
		t.Error("something was sent")
	}
}

// Who resumes a write, and then takes it back, is where they were before it.
func TestUndoTakesBackWhatWasResumed(t *testing.T) {
	j, _ := openTestJournal(t)
	f := newFakeCluster()
	p := planFor(t, f)
	first, again := intentNumber(1), intentNumber(2)
	r := newResult(p, time.Now())
	for i, c := range p.Changes {
		if c.Writes() {
			r.Partitions[i].Outcome = Failed
		}
	}
	first.Plan = p
	if err := errors.Join(j.Begin(first), j.End(first.ID, r)); err != nil {
		t.Fatal(err)
	}
	if e, err := j.Entry(first.ID); err != nil || len(e.Taken().Rows) != 0 {
		t.Errorf("%+v, %v", e.Taken(), err)
	}
	again.Kind, again.Of = WriteResume, first.ID
	if _, err := recorded(t, j, f, p, again); err != nil {
		t.Fatal(err)
	}
	e, err := j.Entry(first.ID)
	if err != nil || len(e.Taken().Rows) != p.Writes() {
		t.Errorf("%+v, %v", e.Taken(), err)
	}
}

// Resets of other groups go on while one reads the journal.
func TestJournalShowsADocumentOnlyWhenItIsWhole(t *testing.T) {
	j, dir := openTestJournal(t)
	p := planFor(t, newFakeCluster())
	written := make(chan error, 1)
	go func() {
		var err error
		for n := range 200 {
			i := intentNumber(n)
			i.ID, i.Plan = EntryID(testNow, fmt.Sprintf("abc%03d", n)), p
			err = errors.Join(err, j.Begin(i))
		}
		written <- err
	}()
	for done := false; !done; {
		select {
		case err := <-written:
			if done = true; err != nil {
				t.Fatal(err)
			}
		default:
		}
		if _, err := j.Entries(); err != nil {
			t.Fatal(err)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 200 {
		t.Errorf("%d files, %v", len(files), err)
	}
	if err := j.Begin(Intent{ID: EntryID(testNow, "abc000")}); !errors.Is(err, os.ErrExist) {
		t.Errorf("an intent was written over: %v", err)
	}
}
