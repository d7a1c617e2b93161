package reset

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"pgregory.net/rapid"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func ptr[T any](v T) *T { return &v }

var testNow = time.UnixMilli(1_800_000_000_000)

// row is a partition with a log from 100 to 200, the last 10 offsets not stable.
func row(commit *int64) inspect.Partition {
	p := inspect.Partition{
		TopicPartition: inspect.TopicPartition{Topic: "orders"}, TopicID: inspect.TopicID{1},
		Log: &inspect.Log{Start: 100, LastStable: 190, HighWatermark: 200},
	}
	if commit != nil {
		p.Commit = &inspect.Commit{Offset: *commit, LeaderEpoch: ptr(int32(3))}
	}
	return p
}

func snapshotOf(rows ...inspect.Partition) inspect.Snapshot {
	return inspect.Snapshot{At: testNow, Cluster: inspect.Cluster{ID: "c"}, Groups: []inspect.GroupSnapshot{{
		Group:      inspect.Group{ID: "billing", Type: inspect.TypeClassic, State: inspect.StateEmpty, ProtocolType: "consumer"},
		Partitions: rows,
	}}}
}

func at(offset int64) *inspect.OffsetAt { return &inspect.OffsetAt{Offset: offset, Found: true} }

func TestNew(t *testing.T) {
	datetime := Target{Kind: ToDatetime, Value: "x", Instant: testNow.Add(-time.Hour)}
	for _, c := range []struct {
		name   string
		commit *int64
		at     *inspect.OffsetAt
		o      Options
		want   string // effect, new offset, range
		refuse Reason
	}{
		{name: "earliest", commit: ptr(int64(150)), o: Options{Target: Target{Kind: ToEarliest}}, want: "replay 100 [100,150)"},
		{name: "latest, read_uncommitted", commit: ptr(int64(150)), o: Options{Target: Target{Kind: ToLatest}}, want: "skip 200 [150,200)"},
		{name: "latest, read_committed, is the last stable offset", commit: ptr(int64(150)),
			o: Options{Target: Target{Kind: ToLatest}, Isolation: inspect.ReadCommitted}, want: "skip 190 [150,190)"},
		{name: "an offset", commit: ptr(int64(150)), o: Options{Target: Target{Kind: ToOffset, Offset: 120}}, want: "replay 120 [120,150)"},
		{name: "the end is a place in the log", commit: ptr(int64(150)), o: Options{Target: Target{Kind: ToOffset, Offset: 200}}, want: "skip 200 [150,200)"},
		{name: "an offset past the end is refused", commit: ptr(int64(150)), o: Options{Target: Target{Kind: ToOffset, Offset: 201}}, want: "skip 201 [150,200)", refuse: OutOfRange},
		{name: "or clamped", commit: ptr(int64(150)), o: Options{Target: Target{Kind: ToOffset, Offset: 201}, Clamp: true}, want: "skip 200 [150,200)"},
		{name: "an offset before the log start is refused", commit: ptr(int64(150)), o: Options{Target: Target{Kind: ToOffset, Offset: 99}}, want: "replay 99 [100,150)", refuse: OutOfRange},
		{name: "shift back", commit: ptr(int64(150)), o: Options{Target: Target{Kind: ShiftBy, Shift: -30}}, want: "replay 120 [120,150)"},
		{name: "shift does not overflow", commit: ptr(int64(150)), o: Options{Target: Target{Kind: ShiftBy, Shift: 1<<63 - 1}, Clamp: true}, want: "skip 200 [150,200)"},
		{name: "shift without a commit", o: Options{Target: Target{Kind: ShiftBy, Shift: -30}}, want: "none - -", refuse: NoCommit},
		{name: "current without a commit", o: Options{Target: Target{Kind: ToCurrent}}, want: "none - -", refuse: NoCommit},
		{name: "current", commit: ptr(int64(150)), o: Options{Target: Target{Kind: ToCurrent}}, want: "none 150 -"},
		{name: "current of a commit before the log start is refused", commit: ptr(int64(50)), o: Options{Target: Target{Kind: ToCurrent}}, want: "none 50 -", refuse: OutOfRange},
		{name: "no commit is a first read", o: Options{Target: Target{Kind: ToOffset, Offset: 150}}, want: "first_read 150 [150,200)"},
		{name: "a commit before the log start: what was deleted is not replayed", commit: ptr(int64(50)), o: Options{Target: Target{Kind: ToOffset, Offset: 150}}, want: "skip 150 [100,150)"},
		{name: "a commit past the end: what is not there is not replayed", commit: ptr(int64(500)), o: Options{Target: Target{Kind: ToOffset, Offset: 150}}, want: "replay 150 [150,200)"},
		{name: "a datetime finds a record", commit: ptr(int64(150)), at: at(120), o: Options{Target: datetime}, want: "replay 120 [120,150)"},
		{name: "a datetime without a record is the end", commit: ptr(int64(150)), at: &inspect.OffsetAt{}, o: Options{Target: datetime}, want: "skip 200 [150,200)"},
		{name: "a record written after the ends were read is not jumped over", commit: ptr(int64(200)), at: at(203), o: Options{Target: datetime}, want: "none 200 -"},
		{name: "a datetime that would skip", commit: ptr(int64(150)), at: at(180), o: Options{Target: datetime, NeverSkip: true}, want: "kept 150 -"},
		{name: "never-skip leaves replays alone", commit: ptr(int64(150)), at: at(120), o: Options{Target: datetime, NeverSkip: true}, want: "replay 120 [120,150)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := row(c.commit)
			r.At = c.at
			c.o.Now = testNow
			p, err := New(snapshotOf(r), c.o)
			var refusal *Refusal
			switch {
			case c.refuse == "" && err != nil:
				t.Fatal(err)
			case c.refuse != "" && (!errors.As(err, &refusal) || refusal.Reason != c.refuse):
				t.Fatalf("error %v, want a refusal for %s", err, c.refuse)
			}
			if got := describeChange(p.Changes[0], p.Ranges()); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func describeChange(c Change, ranges []records.Range) string {
	s := string(c.Effect)
	if c.NewOffset == nil {
		s += " -"
	} else {
		s += " " + itoa(*c.NewOffset)
	}
	if len(ranges) == 0 {
		return s + " -"
	}
	return s + " [" + itoa(ranges[0].From) + "," + itoa(ranges[0].Until) + ")"
}

func TestNewRefusesAnInstantAheadOfTheClock(t *testing.T) {
	for ahead, refused := range map[time.Duration]bool{59 * time.Second: false, 61 * time.Second: true} {
		_, err := New(snapshotOf(row(ptr(int64(150)))), Options{Target: Target{Kind: ToDatetime, Instant: testNow.Add(ahead)}, Now: testNow})
		var refusal *Refusal
		if got := errors.As(err, &refusal) && refusal.Reason == InstantInFuture; got != refused {
			t.Errorf("%v ahead: %v", ahead, err)
		}
	}
}

func TestNewRefusesInternalTopics(t *testing.T) {
	r := row(ptr(int64(150)))
	r.Topic = "__consumer_offsets"
	_, err := New(snapshotOf(r), Options{Target: Target{Kind: ToEarliest}, Now: testNow})
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Reason != InternalTopic {
		t.Errorf("error %v", err)
	}
}

func TestAllTopicsTakesOnlyPartitionsWithACommit(t *testing.T) {
	without := row(nil)
	without.Partition = 1
	p, err := New(snapshotOf(row(ptr(int64(150))), without), Options{Target: Target{Kind: ToEarliest}, AllTopics: true, Now: testNow})
	if err != nil || len(p.Changes) != 1 || len(p.NotInScope) != 1 || p.NotInScope[0].Partition != 1 {
		t.Errorf("changes %+v, not in scope %+v, %v", p.Changes, p.NotInScope, err)
	}
}

// An unread partition is a row with its error; the rest is planned.
func TestUnreadablePartitionIsARow(t *testing.T) {
	broken := row(ptr(int64(150)))
	broken.Partition, broken.Log, broken.Fault = 1, nil, inspect.KafkaFault(6, "")
	p, err := New(snapshotOf(row(ptr(int64(150))), broken), Options{Target: Target{Kind: ToEarliest}, Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	if p.Writes() != 1 || len(p.Unreadable()) != 1 || p.Totals.UnknownRows != 2 || p.Totals.Exact {
		t.Errorf("%d writes, %d unreadable, totals %+v", p.Writes(), len(p.Unreadable()), p.Totals)
	}
}

func TestWithCounts(t *testing.T) {
	second := row(ptr(int64(150)))
	second.Partition = 1
	kept := row(ptr(int64(100)))
	kept.Partition = 2
	p, err := New(snapshotOf(row(ptr(int64(150))), kept, second), Options{Target: Target{Kind: ToEarliest}, Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	full := records.Counted{Range: p.Ranges()[0], ReadUncommitted: 48, ReadCommitted: 40, Reached: 150, Done: true, Markers: 2}
	part := records.Counted{Range: p.Ranges()[1], ReadUncommitted: 10, ReadCommitted: 10, Reached: 111}
	counted := WithCounts(p, []records.Counted{full, part})
	if c := counted.Changes[0]; *c.Records != 48 || *c.RecordsReadCommitted != 40 || !c.Exact || c.RecordsAtMost != nil {
		t.Errorf("counted row %+v", c)
	}
	if c := counted.Changes[1]; c.Effect != None || *c.Records != 0 || !c.Exact {
		t.Errorf("row that stays %+v", c)
	}
	if c := counted.Changes[2]; c.Records != nil || *c.RecordsAtMost != 10+39 || c.Exact {
		t.Errorf("row that was not counted to the end %+v", c)
	}
	if tt := counted.Totals; tt.ReplayRecords != nil || *tt.ReplayRecordsAtMost != 48+49 || tt.ReplaySpan != 100 || tt.UnknownRows != 1 {
		t.Errorf("totals %+v", tt)
	}
	if *p.Changes[0].RecordsAtMost != 50 || p.Changes[0].Records != nil {
		t.Errorf("the plan without counts was changed: %+v", p.Changes[0])
	}
}

func TestPlanStaysInTheLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := row(nil)
		if rapid.Bool().Draw(t, "committed") {
			r.Commit = &inspect.Commit{Offset: rapid.Int64().Draw(t, "commit")}
		}
		start := rapid.Int64Range(0, 1<<50).Draw(t, "start")
		stable := start + rapid.Int64Range(0, 100).Draw(t, "stable")
		r.Log = &inspect.Log{Start: start, LastStable: stable, HighWatermark: stable + rapid.Int64Range(0, 100).Draw(t, "hw")}
		r.At = &inspect.OffsetAt{Offset: rapid.Int64Range(0, 1<<51).Draw(t, "at"), Found: rapid.Bool().Draw(t, "found")}
		target := Target{
			Kind:   rapid.SampledFrom([]Kind{ToEarliest, ToLatest, ToOffset, ShiftBy, ToDatetime, ToCurrent}).Draw(t, "kind"),
			Offset: rapid.Int64Range(0, 1<<62).Draw(t, "offset"), Shift: rapid.Int64().Draw(t, "shift"), Instant: testNow,
		}
		p, err := New(snapshotOf(r), Options{
			Target: target, Isolation: inspect.Isolation(rapid.IntRange(0, 1).Draw(t, "isolation")),
			NeverSkip: rapid.Bool().Draw(t, "never skip"), Clamp: rapid.Bool().Draw(t, "clamp"), Now: testNow,
		})
		for _, x := range p.Ranges() {
			if x.From < start || x.Until > r.Log.HighWatermark || x.Until < x.From {
				t.Fatalf("range %+v leaves the log %+v", x, *r.Log)
			}
		}
		if err != nil {
			return
		}
		c := p.Changes[0]
		if *c.NewOffset < start || *c.NewOffset > r.Log.HighWatermark {
			if c.Effect != Kept {
				t.Fatalf("new offset %d leaves the log %+v without a refusal", *c.NewOffset, *r.Log)
			}
		}
		if *c.Span < 0 {
			t.Fatalf("span %d", *c.Span)
		}
	})
}
