package explain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
	"github.com/kofs/kofs/inspect/records"
)

func TestExposure(t *testing.T) {
	every := func(interval time.Duration) *story {
		s := newStory(t).log(0, 0, 310).log(1, 0, 10_000).generation(1, "range", a(0, 1)).commit(0, 0).commit(1, 0)
		for i := range int64(10) {
			s.wait(interval).commit(0, 30*(i+1)).commit(1, 30*(i+1))
		}
		return s
	}
	for _, row := range []struct {
		sentence string
		story    *story
		want     string
	}{
		{"every 5 s is likely auto-commit; not more than there is to read", every(5 * second), "5s likely [t:0 10 t:1 30]"},
		{"every 5.1 s too, as Kafka's timers go", every(5100 * time.Millisecond), "5.1s likely [t:0 10 t:1 30]"},
		{"another clock may be the application's own", every(3 * second), "3s possible [t:0 10 t:1 30]"},
		{"without members nobody can die", every(5*second).generation(2, ""), "- - []"},
		{"too few commits to tell", newStory(t).log(0, 0, 10).generation(1, "range", a(0)).commit(0, 1).wait(second).commit(0, 2), "- - []"},
		{"not by the clock", newStory(t).log(0, 0, 1000).generation(1, "range", a(0)).commit(0, 0).consume(0, 0, 10, 2, 100*time.Millisecond).consume(0, 20, 10, 2, 5*second), "- - [t:0 7]"},
	} {
		e := row.story.explain().Exposure
		got := "- -"
		if e.CommitInterval != nil {
			got = fmt.Sprintf("%s %s", e.CommitInterval, *e.AutoCommit)
		}
		var parts []string
		for _, p := range e.Partitions {
			parts = append(parts, fmt.Sprintf("%s %d", p.TopicPartition, p.RecordsLikely))
		}
		if got = fmt.Sprintf("%s %v", got, parts); got != row.want {
			t.Errorf("%s: %s, want %s", row.sentence, got, row.want)
		}
	}
}

func TestWhatCannotBeSeenIsSaid(t *testing.T) {
	const simple, static, sample, dropped = "assigns itself", "group.instance.id", "between two looks", "more than can be kept"
	sampled := newStory(t).history()
	sampled.Source, sampled.Dropped = history.SourceSample, 7
	for _, row := range []struct {
		sentence string
		log      history.Log
		says     []string
	}{
		{"a group with members", newStory(t).generation(1, "range", a(0)).history(), nil},
		{"a group that never had any", newStory(t).commit(0, 1).history(), []string{simple}},
		{"a KIP-848 group", newStory(t).join("a").epoch(1).current("a", 0).history(), nil},
		{"a static member", newStory(t).generation(1, "range", has{id: "a", instance: "one"}).history(), []string{static}},
		{"a sample too long to keep", sampled, []string{simple, sample, dropped}},
	} {
		lines := strings.Join(Find(Input{History: row.log}).Explain(nil).CannotSee, "\n")
		for _, part := range []string{simple, static, sample, dropped} {
			if want := slices.Contains(row.says, part); strings.Contains(lines, part) != want {
				t.Errorf("%s: %q said: %v, want %v", row.sentence, part, !want, want)
			}
		}
		if !strings.Contains(lines, "isolation.level") || !strings.Contains(lines, "never committed by anyone") {
			t.Errorf("%s: %s", row.sentence, lines)
		}
	}
}

func TestPasses(t *testing.T) {
	s := consumed(newStory(t)).wait(second).commit(0, 100) // back
	s.wait(second).commit(0, 350)                          // over it
	s.wait(second).commit(0, 120)                          // back again
	again(s, 120)
	clock := func(d time.Duration) time.Time { return begin.Add(d) }
	for _, row := range []struct {
		sentence string
		offset   int64
		want     []Pass
	}{
		{"consumed, skipped, consumed again", 200, []Pass{
			{After: clock(0), By: clock(28 * second / 3)},
			{After: clock(31 * second / 3), By: clock(34 * second / 3), Skipped: true},
			{After: clock(37 * second / 3), By: clock(43 * second / 3)},
		}},
		{"before the place that it was set back to", 50, []Pass{{After: clock(0), By: clock(28 * second / 3)}}},
		{"not reached", 400, nil},
	} {
		got := Passes(s.history(), at(0), row.offset)
		if len(got) != len(row.want) {
			t.Errorf("%s: %+v", row.sentence, got)
			continue
		}
		for i, p := range got {
			w := row.want[i]
			if p.After.Sub(w.After).Abs() > 2*time.Millisecond || p.By.Sub(w.By).Abs() > 2*time.Millisecond || p.Skipped != w.Skipped {
				t.Errorf("%s: %+v, want %+v", row.sentence, p, w)
			}
		}
	}
}

func TestConsumed(t *testing.T) {
	s := consumed(newStory(t)).log(1, 50, 80).log(2, 0, 10)
	s.commit(1, 10).wait(second).commit(1, 900).commit(2, 0).commit(3, 40)
	got := Consumed(s.history(), s.logs)
	want := map[string][]records.Range{"t": {{TopicPartition: at(0), From: 0, Until: 300}, {TopicPartition: at(1), From: 50, Until: 80}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := Partitions(s.forget(4).history()); !slices.Equal(got, []inspect.TopicPartition{at(0), at(1), at(2), at(3), at(4)}) {
		t.Errorf("partitions %v", got)
	}
}

func TestNumbers(t *testing.T) {
	four := int64(4)
	bounds := Window{From: 100, Until: 150, LikelyUntil: new(int64(110))}
	if got := Ranges([]Window{bounds, {From: 1, Until: 2}}); len(got) != 4 || got[0].Until != 150 || got[1].Until != 110 || got[2] != got[3] {
		t.Errorf("%+v", got)
	}
	exact := Window{From: 100, Until: 150, Exact: true}
	whole := records.Counted{Range: records.Range{From: 100, Until: 150}, ReadUncommitted: 45, ReadCommitted: 40, Reached: 150, Done: true}
	part := records.Counted{Range: records.Range{From: 100, Until: 110}, ReadUncommitted: 9, ReadCommitted: 8, Reached: 110, Done: true}
	half, failed, shortened := whole, part, whole
	half.Done, half.Reached, half.ReadUncommitted = false, 120, 20
	failed.Err = errors.New("corrupt")
	shortened.LostToRetention, shortened.ReadUncommitted = new(int64(130)), 20
	for _, row := range []struct {
		sentence      string
		window        Window
		counts        []records.Counted
		atMost        int64
		likely, exact *int64
	}{
		{"all of it was consumed again", exact, []records.Counted{whole, whole}, 45, nil, new(int64(45))},
		{"only bounds are known", bounds, []records.Counted{whole, part}, 45, new(int64(9)), nil},
		{"the count ended early", exact, []records.Counted{half, half}, 50, nil, nil},
		{"the count of the likely part failed", bounds, []records.Counted{whole, failed}, 45, nil, nil},
		{"nothing was counted", bounds, nil, 50, nil, nil},
		{"some were deleted since", exact, []records.Counted{shortened, shortened}, 50, nil, nil},
		{"copies were counted when they were found", Window{From: 100, Until: 150, Copies: &four}, []records.Counted{whole, whole}, 4, &four, &four},
	} {
		got := NumbersOf(row.window, 0, row.counts, inspect.ReadUncommitted)
		if want := (Numbers{row.atMost, row.likely, row.exact}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", row.sentence, got, want)
		}
	}
	if got := NumbersOf(exact, 0, []records.Counted{whole, whole}, inspect.ReadCommitted); got.AtMost != 40 || *got.Records != 40 {
		t.Errorf("read_committed: %+v", got)
	}
}

// asked is a cluster that notes the questions for offsets by time.
type asked struct {
	inspect.Source
	questions []string
	err       error
}

func (c *asked) OffsetsAt(_ context.Context, partitions []inspect.TopicPartition, ms int64, i inspect.Isolation) (map[inspect.TopicPartition]inspect.OffsetAtAnswer, error) {
	c.questions = append(c.questions, fmt.Sprintf("%d %v %v", ms-begin.UnixMilli(), partitions, i == inspect.ReadUncommitted))
	return map[inspect.TopicPartition]inspect.OffsetAtAnswer{
		at(0): {OffsetAt: inspect.OffsetAt{Offset: 7, Found: true}},
		at(1): {OffsetAt: inspect.OffsetAt{Found: false}},
		at(2): {OffsetAt: inspect.OffsetAt{Offset: 9, Found: true}, Fault: &inspect.Fault{}},
	}, c.err
}

func TestEnds(t *testing.T) {
	c := &asked{}
	later := begin.Add(second)
	got, err := Ends(t.Context(), c, []Instant{{at(0), begin}, {at(1), begin}, {at(2), begin}, {at(0), later}, {at(0), time.Unix(-1, 0)}, {at(0), time.UnixMilli(math.MaxInt64)}})
	if want := []string{"1 [t:0 t:1 t:2] true", "1001 [t:0] true"}; !slices.Equal(c.questions, want) || err != nil {
		t.Errorf("asked %q, want one question for each moment, the millisecond after it: %q, %v", c.questions, want, err)
	}
	if want := map[Instant]int64{{at(0), begin}: 7, {at(0), later}: 7}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v: what is not found or faulty is left out", got, want)
	}
	c.err = errors.New("connection refused")
	if _, err := Ends(t.Context(), c, []Instant{{at(0), begin}}); err == nil || !strings.Contains(err.Error(), "2026-01-02T15:00:00.000Z: connection refused") {
		t.Error(err)
	}
}

func TestHolds(t *testing.T) {
	w := Window{TopicPartition: at(0), From: 3, Until: 5}
	if w.Holds(at(0), 2) || !w.Holds(at(0), 3) || !w.Holds(at(0), 4) || w.Holds(at(0), 5) || w.Holds(at(1), 4) || w.Span() != 2 {
		t.Error("half-open, of one partition")
	}
}
