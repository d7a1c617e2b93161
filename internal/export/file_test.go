package export

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// source is two ranges whose odd offsets are wanted, and some are gaps.
func source() []Range {
	return []Range{
		{Topic: "orders", Partition: 0, From: 5, Until: 40, Next: 5},
		{Topic: "orders", Partition: 1, From: 0, Until: 0, Next: 0},
		{Topic: "orders", Partition: 2, From: 100, Until: 130, Next: 100},
	}
}

func textOf(i int, offset int64) []byte {
	return []byte(strings.Repeat(fmt.Sprintf("%d/%d ", i, offset), int(offset%7)+1) + "\n")
}

// export writes the file as a command does: it goes on where the file stands.
func export(f *File, stop func() error) error {
	if !f.begun {
		if err := f.Begin("c", []Setting{{"format", "jsonl"}}, source()); err != nil {
			return err
		}
	}
	if f.Bytes() == 0 {
		if err := f.Head([]byte("head\n")); err != nil {
			return err
		}
	}
	for i, r := range f.At().Ranges {
		for offset := r.Next; offset < r.Until; offset++ {
			if err := stop(); err != nil {
				return err
			}
			var err error
			switch {
			case offset%5 == 0: // a gap
			case offset%2 == 1:
				err = f.Record(i, offset, textOf(i, offset))
			default:
				err = f.Passed(i, offset+1)
			}
			if err != nil {
				return err
			}
		}
		f.Done(i)
	}
	return f.Finish()
}

func never() error { return nil }

var errCut = errors.New("cut")

// options have a checkpoint after a few records, and a clock that stands.
func options(resume bool, before func(string) error) Options {
	return Options{Resume: resume, Every: 250, Now: func() time.Time { return time.Time{} }, before: before}
}

func whole(t testing.TB) string {
	path := filepath.Join(t.TempDir(), "out")
	f, err := Open(path, options(false, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := export(f, never); err != nil {
		t.Fatal(err)
	}
	return read(t, path)
}

func read(t testing.TB, path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// crash leaves everything as a process does that is killed.
func crash(f *File) {
	if f.partial != nil {
		f.partial.Close()
	}
}

// left are the files in the folder of path.
func left(t testing.TB, path string) string {
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, file.Name())
	}
	return strings.Join(names, " ")
}

// attempt runs one process, which ends at the step, or at the record, of this
// number. Half of the bytes of the step may reach the disk. It reports whether the
// export came to its end.
func attempt(t testing.TB, path string, resume bool, steps, records int, torn, kill bool) bool {
	t.Helper()
	step := 0
	f, err := Open(path, options(resume, func(name string) error {
		if step++; step != steps {
			return nil
		}
		if torn && name == "write" {
			file, err := os.OpenFile(path+partialSuffix, os.O_WRONLY|os.O_APPEND, 0)
			if err == nil {
				_, err = file.WriteString("torn")
				err = errors.Join(err, file.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return errCut
	}))
	var nothing *PathError
	if resume && errors.As(err, &nothing) { // it was cut before it had begun, or after its end
		if _, err := os.Stat(path); err == nil {
			return true
		}
		return attempt(t, path, false, steps, records, torn, kill)
	}
	if err != nil {
		t.Fatal(err)
	}
	record := 0
	err = export(f, func() error {
		if record++; record == records {
			return errCut
		}
		return nil
	})
	switch {
	case err == nil:
		return true
	case !errors.Is(err, errCut):
		t.Fatal(err)
	case kill:
		crash(f)
	default:
		_ = f.Close() // it may fail as the step did
	}
	return false
}

// Wherever an export is cut, going on with it gives the file that it would have
// given undisturbed, and leaves nothing else behind.
func TestCutAtEveryStep(t *testing.T) {
	want := whole(t)
	for _, kill := range []bool{false, true} {
		for _, torn := range []bool{false, true} {
			cuts := 0
			for n := 1; ; n++ {
				path := filepath.Join(t.TempDir(), "out")
				if attempt(t, path, false, n, 0, torn, kill) {
					break
				}
				cuts++
				if !attempt(t, path, true, 0, 0, false, false) {
					t.Fatal("it was cut again")
				}
				if got := read(t, path); got != want {
					t.Fatalf("cut at step %d (killed %v): %q, want %q", n, kill, got, want)
				}
				if got := left(t, path); got != "out" {
					t.Fatalf("cut at step %d (killed %v): left %s", n, kill, got)
				}
			}
			if cuts < 15 {
				t.Errorf("only %d steps", cuts)
			}
		}
	}
}

func TestCutAgainAndAgain(t *testing.T) {
	want := whole(t)
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "out")
		done := false
		for i := range 30 {
			if done = attempt(t, path, i > 0, rapid.IntRange(0, 25).Draw(r, "step"), rapid.IntRange(0, 40).Draw(r, "record"),
				rapid.Bool().Draw(r, "torn"), rapid.Bool().Draw(r, "kill")); done {
				break
			}
			if _, err := os.Stat(path); err == nil && read(t, path) != want {
				r.Fatal("the file was there before it was whole")
			}
		}
		if !done {
			attempt(t, path, true, 0, 0, false, false)
		}
		if got := read(t, path); got != want {
			r.Fatalf("%q, want %q", got, want)
		}
	})
}

func interrupted(t *testing.T) (path string) {
	path = filepath.Join(t.TempDir(), "out")
	if attempt(t, path, false, 0, 20, false, false) {
		t.Fatal("it was not interrupted")
	}
	return path
}

func TestWhatIsInTheWay(t *testing.T) {
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		arrange func(path string)
		resume  bool
		want    string
	}{
		"the file exists":               {func(p string) { write(p, "x") }, false, "exists"},
		"it is a directory":             {func(p string) { _ = os.Mkdir(p, 0o700) }, false, "not a regular file"},
		"it is a symbolic link":         {func(p string) { _ = os.Symlink("elsewhere", p) }, false, "symbolic link"},
		"the partial file is a link":    {func(p string) { _ = os.Symlink("elsewhere", p+partialSuffix) }, false, "symbolic links"},
		"an export was interrupted":     {func(p string) { write(p+checkpointSuffix, "{}") }, false, "was interrupted"},
		"no export was interrupted":     {func(string) {}, true, "no interrupted export"},
		"the checkpoint is not JSON":    {func(p string) { write(p+partialSuffix, ""); write(p+checkpointSuffix, "{") }, true, "damaged"},
		"the checkpoint is another doc": {func(p string) { write(p+partialSuffix, ""); write(p+checkpointSuffix, `{"schema":"kofs/plan/v1"}`) }, true, `its schema is "kofs/plan/v1"`},
		"the partial file is gone":      {func(p string) { write(p+checkpointSuffix, `{"schema":"kofs/export/v1","bytes":3}`) }, true, "is missing"},
		"the partial file is shorter": {func(p string) {
			write(p+partialSuffix, "12")
			write(p+checkpointSuffix, `{"schema":"kofs/export/v1","bytes":3}`)
		}, true, "fewer than the 3"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out")
			c.arrange(path)
			before := left(t, path)
			_, err := Open(path, options(c.resume, nil))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if after := left(t, path); after != before {
				t.Errorf("files %q, before %q", after, before)
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "no", "out"), options(false, nil)); err == nil {
		t.Error("a directory that is not there")
	}
}

func TestTwoProcesses(t *testing.T) {
	path := interrupted(t)
	first, err := Open(path, options(true, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, resume := range []bool{true, false} {
		o := options(resume, nil)
		o.Force = true
		if _, err := Open(path, o); err == nil || !strings.Contains(err.Error(), "another kofs") {
			t.Errorf("error %v", err)
		}
	}
	if err := export(first, never); err != nil {
		t.Fatal(err)
	}
}

func TestForceBeginsAnew(t *testing.T) {
	path := interrupted(t)
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := options(false, nil)
	o.Force = true
	f, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := export(f, never); err != nil {
		t.Fatal(err)
	}
	if read(t, path) != whole(t) || left(t, path) != "out" {
		t.Errorf("%q, left %s", read(t, path), left(t, path))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestOnceLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	for _, cut := range []int{3, 0} {
		o := options(false, nil)
		o.Once = true
		f, err := Open(path, o)
		if err != nil {
			t.Fatal(err)
		}
		record := 0
		err = export(f, func() error {
			if record++; record == cut {
				return errCut
			}
			return nil
		})
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if (cut > 0) != errors.Is(err, errCut) || left(t, path) != map[bool]string{true: "", false: "out"}[cut > 0] {
			t.Errorf("error %v, left %q", err, left(t, path))
		}
	}
	if read(t, path) != whole(t) {
		t.Errorf("%q", read(t, path))
	}
}

func TestAnotherCommandIsRefused(t *testing.T) {
	c := Checkpoint{Settings: []Setting{{"format", "jsonl"}, {"key", ""}}}
	for _, row := range []struct {
		is   []Setting
		want string
	}{
		{[]Setting{{"key", ""}, {"format", "jsonl"}}, ""},
		{[]Setting{{"key", ""}, {"format", "csv"}}, `format was "jsonl", is "csv"`},
		{[]Setting{{"format", "jsonl"}}, `key was "", is not given`},
		{[]Setting{{"format", "jsonl"}, {"key", ""}, {"grep", "x"}}, `grep was not given, is "x"`},
	} {
		err := c.Fits(row.is)
		if (err == nil) != (row.want == "") || err != nil && !strings.HasSuffix(err.Error(), row.want) {
			t.Errorf("%v: %v", row.is, err)
		}
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add([]byte(`{"schema":"kofs/export/v1","cluster_id":"c","settings":[{"name":"a","value":"b"}],"ranges":[{"topic":"t","topic_id":null,"partition":0,"from":0,"until":5,"next":3,"done":false,"records":2,"lost_to_retention":null,"effect":"skip"}],"bytes":4,"complete":false}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseCheckpoint(text)
		if err != nil {
			return
		}
		for _, r := range c.Ranges {
			if r.From > r.Next || r.Next > r.Until {
				t.Errorf("%+v", r)
			}
		}
	})
}
