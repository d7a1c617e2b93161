package twice

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func span(from, until int64) (offsets []int64) {
	for o := from; o < until; o++ {
		offsets = append(offsets, o)
	}
	return offsets
}

func number(n int64) *int64 { return &n }

// killedAt155 is the crash of offlog-4.3.1: the last commit 125, read to 155,
// the log's end 250; the consumer committed every 2 s, 25 records a second.
func killedAt155() Truth {
	p := Partition{"kt", 0}
	return Truth{
		Scenario: "killed", Cause: Crash, Also: []string{Rebalance},
		HandOvers:      []HandOver{{Partition: p, At: noon, Committed: number(125), Start: 125, LogEnd: 250, Repeated: span(125, 156)}},
		CommitInterval: 2 * time.Second, Pace: map[Partition]float64{p: 25},
	}
}

func crashWindow(change func(*Window)) Window {
	w := Window{Cause: Crash, Confidence: "likely", Topic: "kt", Partition: 0, At: noon, FromOffset: 125, UntilOffset: 250, LikelyUntilOffset: number(160)}
	if change != nil {
		change(&w)
	}
	return w
}

func TestCheck(t *testing.T) {
	copied := Truth{Scenario: "resent", Cause: ProducerDuplicate, Copies: []Copy{
		{Partition{"kt", 0}, []int64{10, 20}}, {Partition{"kt", 0}, []int64{11, 21}}, {Partition{"kt", 0}, []int64{12, 22, 23}},
	}}
	resent := crashWindow(func(w *Window) {
		w.Cause, w.FromOffset, w.UntilOffset, w.LikelyUntilOffset = ProducerDuplicate, 20, 24, nil
	})
	aborted := Truth{Scenario: "aborted", Cause: AbortedAttempt, Copies: []Copy{
		{Partition{"kt", 0}, []int64{10, 20}}, {Partition{"kt", 0}, []int64{11, 21}},
	}}
	attempt := crashWindow(func(w *Window) {
		w.Cause, w.FromOffset, w.UntilOffset, w.LikelyUntilOffset = AbortedAttempt, 10, 12, nil
	})
	quiet := Truth{Scenario: "quiet"}
	lost := Truth{Scenario: "lost", Cause: OutOfRange}
	for _, c := range []struct {
		name    string
		truth   Truth
		windows []Window
		want    []string // parts of the problems, in order
		likely  int
	}{
		{"a good window", killedAt155(), []Window{crashWindow(nil)}, nil, 31},
		{"another name that is not wrong", killedAt155(), []Window{crashWindow(func(w *Window) { w.Cause = Rebalance })}, nil, 31},
		{"a wrong name", killedAt155(), []Window{crashWindow(func(w *Window) { w.Cause = Reset })}, []string{"the cause is not named; said: [reset (likely)]"}, 31},
		{"no window", killedAt155(), nil, []string{"not named", "31 of 31 records"}, 0},
		{"a window that ends too early", killedAt155(), []Window{crashWindow(func(w *Window) { w.UntilOffset = 150 })}, []string{"6 of 31"}, 25},
		{"a window of another partition", killedAt155(), []Window{crashWindow(func(w *Window) { w.Partition = 1 })}, []string{"not named", "31 of 31", "a false alarm"}, 0},
		{"a likely window that misses some", killedAt155(), []Window{crashWindow(func(w *Window) { w.LikelyUntilOffset = number(150) })}, nil, 25},
		{"below the commit", killedAt155(), []Window{crashWindow(func(w *Window) { w.FromOffset = 124 })}, []string{"reaches below 125"}, 31},
		{"above the log end", killedAt155(), []Window{crashWindow(func(w *Window) { w.UntilOffset = 251 })}, []string{"reaches above the log end 250"}, 31},
		{"a likely window as wide as is allowed", killedAt155(), []Window{crashWindow(func(w *Window) { w.LikelyUntilOffset = number(125 + 3*31 + 50) })}, nil, 31},
		{"a likely window that is too wide", withPace(killedAt155(), 10), []Window{crashWindow(func(w *Window) { w.LikelyUntilOffset = number(240) })}, []string{"115 likely for 31, at most 113"}, 31},
		{"without a likely end the hard one counts", withPace(killedAt155(), 10), []Window{crashWindow(func(w *Window) { w.LikelyUntilOffset = nil })}, []string{"125 likely for 31"}, 31},
		{"exact, and it is", killedAt155(), []Window{crashWindow(func(w *Window) { w.Exact, w.Records = true, number(31) })}, nil, 31},
		{"exact, and it is not", killedAt155(), []Window{crashWindow(func(w *Window) { w.Exact, w.Records = true, number(32) })}, []string{"really 31"}, 31},
		{"exact without a number", killedAt155(), []Window{crashWindow(func(w *Window) { w.Exact = true })}, []string{"says exact"}, 31},
		{"a window beside the truth", killedAt155(), []Window{crashWindow(nil), crashWindow(func(w *Window) { w.FromOffset, w.UntilOffset = 0, 50 })}, []string{"a false alarm"}, 31},
		{"a possible window beside the truth", killedAt155(), []Window{crashWindow(nil), crashWindow(func(w *Window) { w.FromOffset, w.Confidence = 200, "possible" })}, nil, 31},
		{"a possible window of a moment before", killedAt155(), []Window{crashWindow(nil), crashWindow(func(w *Window) { w.FromOffset, w.At, w.Confidence = 0, w.At.Add(-2*time.Second), "possible" })}, nil, 31},
		{"a likely window of a moment before", killedAt155(), []Window{crashWindow(nil), crashWindow(func(w *Window) { w.FromOffset, w.At = 0, w.At.Add(-2*time.Second) })}, []string{"reaches below 125", "160 likely for 31"}, 31},
		{"a possible window of that moment", killedAt155(), []Window{crashWindow(nil), crashWindow(func(w *Window) { w.FromOffset, w.Confidence = 0, "possible" })}, []string{"reaches below 125", "160 likely for 31"}, 31},
		{"the second copies", copied, []Window{resent}, nil, 4},
		{"the first copies are as good", aborted, []Window{attempt}, nil, 2},
		{"a third copy is missed", copied, []Window{crashWindow(func(w *Window) {
			w.Cause, w.FromOffset, w.UntilOffset, w.LikelyUntilOffset = ProducerDuplicate, 20, 23, nil
		})}, []string{"1 of 4"}, 3},
		{"quiet", quiet, nil, nil, 0},
		{"quiet, and a possible window", quiet, []Window{crashWindow(func(w *Window) { w.Confidence = "possible" })}, nil, 0},
		{"quiet, and a likely window", quiet, []Window{crashWindow(nil)}, []string{"a false alarm"}, 0},
		{"nothing twice, and the cause named", lost, []Window{crashWindow(func(w *Window) { w.Cause = OutOfRange })}, nil, 0},
		{"nothing twice, and the cause not named", lost, nil, []string{"not named"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Check(c.truth, c.windows)
			problems := append(v.Problems(), v.Wide()...)
			if len(problems) != len(c.want) {
				t.Fatalf("problems %q, want %q", problems, c.want)
			}
			for i, want := range c.want {
				if !strings.Contains(problems[i], want) {
					t.Errorf("problem %q, want %q", problems[i], want)
				}
			}
			if v.Likely != c.likely {
				t.Errorf("%d in likely windows, want %d", v.Likely, c.likely)
			}
		})
	}
}

func withPace(t Truth, pace float64) Truth {
	for p := range t.Pace {
		t.Pace[p] = pace
	}
	return t
}

// Of several hand-overs of a partition a window is held against the nearest.
func TestCheckTakesTheNearestHandOver(t *testing.T) {
	truth := killedAt155()
	later := truth.HandOvers[0]
	later.At, later.Start, later.LogEnd, later.Repeated = noon.Add(time.Hour), 400, 500, span(400, 410)
	truth.HandOvers = append(truth.HandOvers, later)
	windows := []Window{crashWindow(nil), crashWindow(func(w *Window) {
		w.At, w.FromOffset, w.UntilOffset, w.LikelyUntilOffset = noon.Add(59*time.Minute), 400, 500, number(415)
	})}
	v := Check(truth, windows)
	if problems := v.Problems(); len(problems) > 0 || v.Twice != 41 {
		t.Errorf("%d twice, %q", v.Twice, problems)
	}
	if got := []int{v.Widths[0].Truth, v.Widths[1].Truth}; !slices.Equal(got, []int{31, 10}) {
		t.Errorf("truths %v", got)
	}
}

func TestTable(t *testing.T) {
	good, wide := killedAt155(), killedAt155()
	rows := []Row{
		{good, Check(good, []Window{crashWindow(nil)})},
		{wide, Check(wide, []Window{crashWindow(func(w *Window) { w.Cause, w.LikelyUntilOffset = Rebalance, number(150) })})},
		{Truth: Truth{Scenario: "steady"}},
	}
	var b strings.Builder
	if err := Table(&b, rows); err != nil {
		t.Fatal(err)
	}
	want := `| scenario | runs | processed twice | cause | kofs said | in its windows | in the likely ones | width, median |
| --- | --: | --: | --- | --- | --: | --: | --: |
| killed | 2 | 62 | ` + "`crash`" + ` | crash (likely) in 1, rebalance (likely) in 1 | 100 % | 90 % | 0.97 |
| steady | 1 | 0 | - | nothing | - | - |  |
| all | 3 | 62 |  |  | 100 % | 90 % | 0.97 |
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if problems := Sum(rows).Problems(); fmt.Sprint(problems) != "[the likely windows hold 56 of 62 records]" {
		t.Errorf("%q", problems)
	}
}
