package reset

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/document"
	"pgregory.net/rapid"
)

// drawCommit is no commit, or one in or outside the log of the fake cluster.
func drawCommit(t *rapid.T, name string) *inspect.Commit {
	if rapid.IntRange(0, 3).Draw(t, name+" missing") == 0 {
		return nil
	}
	c := &inspect.Commit{Offset: rapid.Int64Range(0, 300).Draw(t, name), Metadata: rapid.String().Draw(t, name+" metadata")}
	if rapid.Bool().Draw(t, name+" has an epoch") {
		c.LeaderEpoch = ptr(rapid.Int32Range(0, 9).Draw(t, name+" epoch"))
	}
	return c
}

// undo(apply(x)) is x: offset, leader epoch, metadata, and where there was no
// commit there is none.
func TestUndoOfAnApplyIsWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		j, err := OpenJournal(filepath.Join(dir, itoa(int64(runs))))
		if err != nil {
			rt.Fatal(err)
		}
		f := newFakeCluster()
		f.commits = map[int32]*inspect.Commit{0: drawCommit(rt, "first"), 1: drawCommit(rt, "second")}
		before := map[int32]*inspect.Commit{0: f.commits[0], 1: f.commits[1]}
		take := func(scopes []inspect.Scope) inspect.Snapshot {
			s, err := inspect.Take(t.Context(), f, inspect.Request{Groups: []string{"billing"}, Select: scopes}, testNow)
			if err != nil {
				rt.Fatal(err)
			}
			return s
		}
		target := Target{Kind: ToOffset, Offset: rapid.Int64Range(100, 200).Draw(rt, "target"), Value: "x"}
		p, err := New(take([]inspect.Scope{{Topic: "orders"}}), Options{Target: target, ID: "p", Now: testNow, Reason: rapid.StringN(0, 20, 40).Draw(rt, "reason")})
		if err != nil {
			rt.Fatal(err)
		}
		first := intentNumber(1)
		if r, err := j.Apply(t.Context(), t.Context(), f, p, applying(), first); err != nil || r.Count(Applied)+r.Count(Unchanged) != len(r.Partitions) {
			rt.Fatalf("%s, %v", outcomes(r), err)
		}
		if p.Writes() == 0 {
			return
		}
		entry, err := j.Entry(first.ID)
		if err != nil {
			rt.Fatal(err)
		}
		u, err := NewUndo(take(entry.Taken().Scopes()), entry.Taken(), "u", testNow)
		if err != nil {
			rt.Fatal(err)
		}
		back := intentNumber(2)
		back.Kind, back.Of = WriteUndo, first.ID
		if r, err := j.Apply(t.Context(), t.Context(), f, u, applying(), back); err != nil || r.Count(Applied)+r.Count(Unchanged) != len(r.Partitions) {
			rt.Fatalf("undo: %s, %v", outcomes(r), err)
		}
		for partition, was := range before {
			now := f.commits[partition]
			if (was == nil) != (now == nil) || was != nil && !reflect.DeepEqual(*was, *now) {
				rt.Fatalf("partition %d: %s is %s", partition, describeCommit(was), describeCommit(now))
			}
		}
	})
}

func TestAPlanIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := row(nil)
		r.Commit = drawCommit(rt, "commit")
		r.Log = &inspect.Log{Start: 0, LastStable: 290, HighWatermark: 300}
		p, err := New(snapshotOf(r), Options{
			Target: Target{Kind: ToOffset, Offset: rapid.Int64Range(0, 300).Draw(rt, "target"), Value: "x"}, ID: "p", Now: testNow,
			Isolation: inspect.Isolation(rapid.IntRange(0, 1).Draw(rt, "isolation")), Reason: rapid.String().Draw(rt, "reason"),
		})
		if err != nil {
			rt.Fatal(err)
		}
		text, err := document.Encode(p)
		if err != nil {
			rt.Fatal(err)
		}
		if got, err := ParsePlan(text); err != nil || !reflect.DeepEqual(got, p) {
			rt.Fatalf("%+v, %v, want %+v", got, err, p)
		}
	})
}
