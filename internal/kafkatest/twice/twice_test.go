//go:build integration

package twice

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// atOnce is how many scenarios share the broker: most of their time they wait
// for sessions and intervals to end.
const atOnce = 6

// enough rounds settle what is promised of all runs together. Of one, a single hand-over
// can be a twentieth of all records: an owner that was far behind takes what it finds of
// one partition, then of the next, and no commit tells how far it came in which.
const enough = 4

// forEach runs every scenario in each of the rounds from first up to until, several at
// once, and hands each truth to check as soon as it is known.
func forEach(t *testing.T, lab *Lab, first, until int, check func(*testing.T, Scenario, Truth)) {
	seed := seed(t)
	var running sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, s := range All(seed) {
		if only := os.Getenv("KOFS_TEST_SCENARIO"); !strings.Contains(s.Name, only) {
			continue
		}
		for round := first; round < until; round++ {
			slots <- struct{}{}
			running.Go(func() {
				defer func() { <-slots }()
				runOne(t, lab, s, round, check)
			})
		}
	}
	running.Wait()
}

func runOne(t *testing.T, lab *Lab, s Scenario, round int, check func(*testing.T, Scenario, Truth)) {
	begun := time.Now()
	truth, err := lab.Run(t.Context(), s, round)
	if err != nil {
		t.Error(err)
		return
	}
	t.Logf("%5.1f s  %-60s %5d processed, %4d twice", time.Since(begun).Seconds(), s.Name, truth.Processed, truth.Twice())
	check(t, s, truth)
}

// rounds is KOFS_TEST_ROUNDS, one if it is not set.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("KOFS_TEST_ROUNDS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// seed is KOFS_TEST_SEED, or another at each run, which is printed.
func seed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("KOFS_TEST_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("KOFS_TEST_SEED=%d", seed)
	return seed
}

func newLab(t *testing.T) *Lab {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	lab, err := StartLab(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lab.Close)
	return lab
}

// Every scenario does what it is for, and Kafka what it is known to do, which
// Run checks. What explain is to say of it is another test's.
func TestScenarios(t *testing.T) {
	lab := newLab(t)
	begun := time.Now()
	var mu sync.Mutex
	var rows, judged []Row
	check := func(t *testing.T, s Scenario, truth Truth) {
		if truth.Processed == 0 {
			t.Errorf("%s: nothing was processed", s.Name)
		}
		if got := truth.Twice() > 0; got != s.Repeats() {
			t.Errorf("%s: %d records were processed twice", s.Name, truth.Twice())
		}
		byProducer := s.Cause == ProducerDuplicate || s.Name == "transactional copy with aborts: who reads uncommitted"
		if got := len(truth.Copies) > 0; got != byProducer {
			t.Errorf("%s: %d records have copies", s.Name, len(truth.Copies))
		}
		for _, h := range truth.HandOvers {
			t.Logf("        %s:%d at %s from %d of %d: %d..%d, %d records", h.Topic, h.Partition.Partition, h.At.Format("05.000"),
				h.Start, h.LogEnd, h.Repeated[0], h.Repeated[len(h.Repeated)-1], len(h.Repeated))
			if h.Repeated[0] < h.Start || h.Repeated[len(h.Repeated)-1] >= h.LogEnd {
				t.Errorf("%s: %d..%d were repeated, beyond [%d, %d)", s.Name, h.Repeated[0], h.Repeated[len(h.Repeated)-1], h.Start, h.LogEnd)
			}
		}
		row := Row{truth, Check(truth, perfect(truth))}
		for _, problem := range row.Verdict.Problems() {
			t.Errorf("%s: the check does not take the truth itself: %s", s.Name, problem)
		}
		said := judge(t, lab, s, truth)
		mu.Lock()
		defer mu.Unlock()
		rows, judged = append(rows, row), append(judged, said)
	}
	n := rounds(t)
	forEach(t, lab, 0, n, check)
	if problems := Sum(judged).Problems(); n < enough && len(problems) > 0 {
		t.Logf("of %d rounds %q: others are added to them", n, problems)
		forEach(t, lab, n, enough, check)
	}
	t.Logf("all scenarios took %.1f s", time.Since(begun).Seconds())
	var table strings.Builder
	if err := Table(&table, rows); err != nil {
		t.Error(err)
	}
	t.Logf("if kofs knew the truth:\n%s", table.String())
	if problems := Sum(rows).Problems(); len(problems) > 0 {
		t.Errorf("%q", problems)
	}
	judgeAll(t, judged)
}

// judge asks kofs what happened, and holds it against the truth.
func judge(t *testing.T, lab *Lab, s Scenario, truth Truth) Row {
	t.Helper()
	row, err := lab.Judge(t.Context(), truth)
	if err != nil {
		t.Error(err)
	}
	problems := row.Verdict.Problems()
	for _, problem := range problems {
		t.Errorf("%s (group %s): %s", s.Name, truth.Group, problem)
	}
	if len(problems) > 0 {
		for _, command := range []string{"history", "explain"} {
			ran, err := lab.Kofs.Run(t.Context(), command, truth.Group)
			t.Logf("%s\n%v", ran, err)
		}
	}
	return row
}

// judgeAll is what is promised of all runs together. The table is for docs/explain.md:
// KOFS_TEST_TABLE names the file to write it to.
func judgeAll(t *testing.T, rows []Row) {
	t.Helper()
	order := map[string]int{}
	for i, s := range All(0) {
		order[s.Name] = i
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(order[a.Truth.Scenario], order[b.Truth.Scenario]) })
	var table strings.Builder
	if err := Table(&table, rows); err != nil {
		t.Error(err)
	}
	t.Logf("what kofs says:\n%s", table.String())
	if file := os.Getenv("KOFS_TEST_TABLE"); file != "" {
		if err := os.WriteFile(file, []byte(table.String()), 0o644); err != nil {
			t.Error(err)
		}
	}
	sum := Sum(rows)
	t.Logf("%d of %d likely windows are too wide: %q", len(sum.Wide), sum.Windows, sum.Wide)
	for _, problem := range sum.Problems() {
		t.Error(problem)
	}
}

// perfect is what an explain that knew the truth would say.
func perfect(t Truth) (windows []Window) {
	for _, h := range t.HandOvers {
		likely := h.Repeated[len(h.Repeated)-1] + 1
		windows = append(windows, Window{
			Cause: t.Cause, Confidence: "likely", Topic: h.Topic, Partition: h.Partition.Partition, At: h.At,
			FromOffset: h.Start, UntilOffset: h.LogEnd, LikelyUntilOffset: &likely,
		})
	}
	for _, c := range t.Copies {
		for _, offset := range c.Offsets[1:] {
			windows = append(windows, Window{
				Cause: t.Cause, Confidence: "certain", Topic: c.Topic, Partition: c.Partition.Partition,
				FromOffset: offset, UntilOffset: offset + 1,
			})
		}
	}
	if t.Cause != "" && len(windows) == 0 {
		windows = []Window{{Cause: t.Cause, Confidence: "certain"}}
	}
	return windows
}
