//go:build integration

package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kadm"
)

// The documents, as far as they are looked at here.
type (
	resultDoc struct {
		JournalID  *string `json:"journal_id"`
		Group      string  `json:"group"`
		Partitions []struct {
			Partition int32  `json:"partition"`
			Outcome   string `json:"outcome"`
		} `json:"partitions"`
	}
	resultsDoc struct {
		Results []resultDoc `json:"results"`
	}
	journalDoc struct {
		Entries []struct {
			ID    string `json:"id"`
			Kind  string `json:"kind"`
			Group string `json:"group"`
		} `json:"entries"`
	}
)

func TestTheCoordinatorIsKilledDuringAWrite(t *testing.T) {
	kills := int(number(t, "KOFS_TEST_KILLS", 6))
	seed := number(t, "KOFS_TEST_SEED", uint64(time.Now().UnixNano()))
	t.Logf("KOFS_TEST_SEED=%d", seed)
	begun := time.Now()
	b := start(t, rand.New(rand.NewPCG(seed, seed)))
	held, unknown := 0, 0
	for i, at := range draw(b.random, kills) {
		w := b.newWrite(i, at)
		w.run(t)
		if at == responseHeld {
			held++
		}
		if w.ran.Exit == 6 {
			unknown++
		}
		if t.Failed() {
			t.Fatalf("after %d kills, of a run with KOFS_TEST_SEED=%d", i+1, seed)
		}
	}
	t.Logf("%d kills in %v, %d with the response held, %d ended in exit 6", kills, time.Since(begun).Round(time.Second), held, unknown)
	if kills >= 50 && (held < 8 || unknown < 3) {
		t.Error("too few with the response held, or too few that ended in exit 6: not much was shown")
	}
}

// write is one write during which the coordinator is killed.
type write struct {
	*bed
	n      int
	at     point
	groups []string // all with the same coordinator
	old    [partitions]int64
	before [partitions]kadm.Offset // old, with leader epoch and metadata
	to     int64
	plan   string // the file; empty: reset --execute
	killer *killer
	ran    kafkatest.Ran
}

func (b *bed) newWrite(n int, at point) *write {
	w := &write{bed: b, n: n, at: at, to: 50 + b.random.Int64N(50)}
	for p := range w.old {
		w.old[p] = b.random.Int64N(50)
		w.before[p] = kadm.Offset{Topic: topic, Partition: int32(p), At: w.old[p], LeaderEpoch: []int32{0, -1, 1}[p], Metadata: []string{fmt.Sprintf("before write %d", n), "", "né à 12:00"}[p]}
	}
	groups := 1
	if at == betweenGroups {
		groups = 3
	} else if b.random.IntN(3) > 0 {
		w.plan = b.file(fmt.Sprintf("plan-%d.json", n))
	}
	partition := b.random.Int32N(partitions)
	for i := 0; len(w.groups) < groups; i++ {
		if group := fmt.Sprintf("kill-%d-%d", n, i); kafkatest.OffsetsPartition(group) == partition {
			w.groups = append(w.groups, group)
		}
	}
	w.killer = &killer{kafka: b.Kafka, point: at, nth: 1, hold: time.Duration(b.random.IntN(200)) * time.Millisecond}
	if at == beforeFindCoordinator || at == afterDescribe {
		w.killer.nth = 1 + b.random.IntN(2)
	}
	return w
}

func (w *write) run(t *testing.T) {
	t.Helper()
	begun := time.Now()
	w.settled(t)
	w.prepare(t)
	w.front.Watch(w.killer.watch)
	w.ran = w.write(t)
	w.front.Watch(nil)
	took := time.Since(begun)
	if !w.killer.killed {
		t.Errorf("%s: nobody was killed: %s", w.at, w.ran)
		return
	}
	must(t, w.Restart(t.Context(), w.killer.coordinator))
	said := w.said(t)
	for _, group := range w.groups {
		w.holdAgainst(t, group, said[group])
		w.settle(t, group, said[group])
	}
	t.Logf("%d: %s (%d), coordinator %d: %v, exit %d after %v, all after %v", w.n, w.at, w.killer.nth, w.killer.coordinator,
		said, w.ran.Exit, took.Round(time.Second/10), time.Since(begun).Round(time.Second/10))
	if t.Failed() {
		t.Log(w.ran)
	}
}

// prepare makes the groups, and the plan.
func (w *write) prepare(t *testing.T) {
	t.Helper()
	for _, group := range w.groups {
		offsets := kadm.Offsets{}
		for _, commit := range w.before {
			offsets.Add(commit)
		}
		patiently(t, "a first commit", func(ctx context.Context) error { return w.world.Admin().CommitAllOffsets(ctx, group, offsets) })
	}
	patiently(t, "the coordinator", func(ctx context.Context) (err error) {
		w.killer.coordinator, err = w.world.Coordinator(ctx, w.groups[0])
		return err
	})
	if w.plan != "" {
		if ran := w.bed.run(t, w.reset("--save-plan", w.plan)...); ran.Exit != 0 {
			t.Fatal(ran)
		}
	}
}

func (w *write) reset(more ...string) []string {
	return append([]string{"reset", w.groups[0], "--topic", topic, "--to-offset", fmt.Sprint(w.to)}, more...)
}

// write is the write itself.
func (w *write) write(t *testing.T) kafkatest.Ran {
	t.Helper()
	switch {
	case len(w.groups) > 1:
		return w.bed.run(t, "reset", "--match-groups", fmt.Sprintf("kill-%d-*", w.n), "--topic", topic, "--to-offset", fmt.Sprint(w.to),
			"--execute", "--yes", "--max-groups", fmt.Sprint(len(w.groups)), "-o", "json", "-v")
	case w.plan != "":
		return w.bed.run(t, "apply", w.plan, "--yes", "-o", "json", "-v")
	}
	return w.bed.run(t, w.reset("--execute", "--yes", "-o", "json", "-v")...)
}

// said is what kofs said became of each group's partitions; a group that it said
// nothing of was not written.
func (w *write) said(t *testing.T) map[string]outcomes {
	t.Helper()
	var results []resultDoc
	switch {
	case w.ran.Stdout == "" || w.ran.Document("kofs/plan/v1", &struct{}{}) == nil: // it never came to a write
		if w.ran.Exit != 1 && w.ran.Exit != 4 {
			t.Errorf("no result: %s", w.ran)
		}
	case len(w.groups) > 1:
		var doc resultsDoc
		must(t, w.ran.Document("kofs/results/v1", &doc))
		results = doc.Results
	default:
		var doc resultDoc
		must(t, w.ran.Document("kofs/result/v1", &doc))
		results = append(results, doc)
	}
	said, unknown := map[string]outcomes{}, false
	for _, r := range results {
		said[r.Group] = r.outcomes()
		unknown = unknown || strings.Contains(fmt.Sprint(said[r.Group]), "unknown")
	}
	if unknown != (w.ran.Exit == 6) {
		t.Errorf("exit %d, and %v", w.ran.Exit, said)
	}
	return said
}

// outcomes are those of the partitions; "" where nothing was said.
type outcomes [partitions]string

func (r resultDoc) outcomes() (o outcomes) {
	for _, p := range r.Partitions {
		o[p.Partition] = p.Outcome
	}
	return o
}

// holdAgainst holds what was said against what Java's admin client reads.
func (w *write) holdAgainst(t *testing.T, group string, said outcomes) {
	t.Helper()
	now := w.committed(t, group)
	for p, outcome := range said {
		stored, kept := now[p] == w.to, now[p] == w.old[p]
		var right bool
		switch outcome {
		case "applied":
			right = stored
		case "unknown":
			right = stored || kept
		case "failed", "refused", "unchanged", "": // nothing was changed
			right = kept
		}
		if !right {
			t.Errorf("group %s: partition %d is said to be %q, and is at %d: old %d, new %d", group, p, outcome, now[p], w.old[p], w.to)
		}
	}
}

// settle verifies the entry in the journal, finishes the write or does not, and
// takes it back.
func (w *write) settle(t *testing.T, group string, said outcomes) {
	t.Helper()
	id := w.entry(t, group)
	if id == "" { // it came to nothing, so the same can be done again
		if said != (outcomes{}) {
			t.Errorf("group %s has no entry, but %v", group, said)
		}
		w.again(t, group)
		id = w.entry(t, group)
	} else {
		w.verify(t, group, id)
		if w.random.IntN(2) == 0 {
			w.finish(t, group, id)
		}
	}
	ran := w.bed.run(t, "undo", id, "--execute", "--yes", "-o", "json", "-v")
	if ran.Exit != 0 {
		t.Error(ran)
	}
	if now := w.read(t, group); now != w.old {
		t.Errorf("group %s: %v, and a while later %v, want %v after %s", group, now, w.committed(t, group), w.old, ran)
	}
	if now := w.commits(t, group); now != w.before {
		t.Errorf("group %s: %+v, want %+v after %s", group, now, w.before, ran)
	}
}

// entry is the group's first entry in the journal.
func (w *write) entry(t *testing.T, group string) (id string) {
	t.Helper()
	var doc journalDoc
	must(t, w.bed.run(t, "journal", "list", "-o", "json").Document("kofs/journal-list/v1", &doc))
	for _, e := range doc.Entries {
		if e.Group == group {
			return e.ID
		}
	}
	return ""
}

// again does what came to nothing.
func (w *write) again(t *testing.T, group string) {
	t.Helper()
	args := []string{"apply", w.plan, "--yes"}
	if w.plan == "" {
		args = []string{"reset", group, "--topic", topic, "--to-offset", fmt.Sprint(w.to), "--execute", "--yes"}
	}
	ran := w.bed.run(t, args...)
	if ran.Exit != 0 {
		t.Error(ran)
	}
	w.allNew(t, group, ran)
}

// verify asks until nothing is open, which is so once nothing can come any more.
func (w *write) verify(t *testing.T, group, id string) {
	t.Helper()
	var doc resultDoc
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	defer cancel()
	must(t, kafkatest.Await(ctx, 500*time.Millisecond, "the end of what can come", func() (bool, error) {
		doc = resultDoc{}
		err := w.bed.run(t, "journal", "verify", id, "-o", "json").Document("kofs/result/v1", &doc)
		said := doc.outcomes()
		return !slices.Contains(said[:], "unknown"), err
	}))
	now := w.read(t, group)
	for p, outcome := range doc.outcomes() {
		if !(outcome == "applied" && now[p] == w.to) && !(outcome == "failed" && now[p] == w.old[p]) {
			t.Errorf("group %s: partition %d is verified to be %q, and is at %d: old %d, new %d", group, p, outcome, now[p], w.old[p], w.to)
		}
	}
}

// finish ends with everything at the new offset, whatever there was.
func (w *write) finish(t *testing.T, group, id string) {
	t.Helper()
	ran := w.bed.run(t, "apply", "--resume", id, "--yes", "-o", "json", "-v")
	if ran.Exit != 0 {
		t.Error(ran)
	}
	w.allNew(t, group, ran)
}

func (w *write) allNew(t *testing.T, group string, ran kafkatest.Ran) {
	t.Helper()
	if now, want := w.read(t, group), [partitions]int64{w.to, w.to, w.to}; now != want {
		t.Errorf("group %s: %v, and a while later %v, want %v after %s", group, now, w.committed(t, group), want, ran)
	}
}
