package reset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
)

// fakeCluster is one group on one topic. Commit is scripted: each call takes the
// next answer. Between calls the test's hooks may move things.
type fakeCluster struct {
	group   inspect.Group
	topicID inspect.TopicID
	log     inspect.Log
	commits map[int32]*inspect.Commit
	pending bool

	answers  []func(f *fakeCluster, rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error)
	sent     [][]CommitRow
	onFetch  func(f *fakeCluster, n int)
	fetches  int
	fetchErr error
}

func newFakeCluster() *fakeCluster {
	return &fakeCluster{
		group:   inspect.Group{ID: "billing", Type: inspect.TypeClassic, State: inspect.StateEmpty, ProtocolType: "consumer"},
		topicID: inspect.TopicID{1}, log: inspect.Log{Start: 100, LastStable: 200, HighWatermark: 200},
		commits: map[int32]*inspect.Commit{0: {Offset: 150, LeaderEpoch: ptr(int32(3)), Metadata: "m"}, 1: {Offset: 160}},
	}
}

func (f *fakeCluster) Cluster(context.Context) (inspect.Cluster, error) {
	return inspect.Cluster{ID: "c"}, nil
}
func (f *fakeCluster) ListGroups(context.Context) (inspect.GroupList, error) {
	return inspect.GroupList{}, nil
}
func (f *fakeCluster) DescribeGroups(context.Context, []string) (map[string]inspect.Group, error) {
	return map[string]inspect.Group{"billing": f.group}, nil
}

func (f *fakeCluster) FetchCommits(ctx context.Context, _ []string, _ []inspect.TopicPartition) (map[string]inspect.GroupCommits, error) {
	f.fetches++
	if f.onFetch != nil {
		f.onFetch(f, f.fetches)
	}
	if f.fetchErr != nil {
		return nil, f.fetchErr
	}
	commits := map[inspect.TopicPartition]inspect.CommitAnswer{}
	for p, c := range f.commits {
		if c != nil {
			copied := *c
			commits[partitionOf(p)] = inspect.CommitAnswer{Commit: &copied, Pending: f.pending}
		}
	}
	return map[string]inspect.GroupCommits{"billing": {Commits: commits}}, ctx.Err()
}

func partitionOf(p int32) inspect.TopicPartition {
	return inspect.TopicPartition{Topic: "orders", Partition: p}
}

func (f *fakeCluster) Topics(context.Context, []string) (map[string]inspect.Topic, error) {
	return map[string]inspect.Topic{"orders": {Name: "orders", ID: f.topicID, Partitions: []int32{0, 1}}}, nil
}

func (f *fakeCluster) Logs(_ context.Context, partitions []inspect.TopicPartition) (map[inspect.TopicPartition]inspect.LogAnswer, error) {
	answer := map[inspect.TopicPartition]inspect.LogAnswer{}
	for _, p := range partitions {
		answer[p] = inspect.LogAnswer{Log: f.log}
	}
	return answer, nil
}

func (f *fakeCluster) OffsetsAt(context.Context, []inspect.TopicPartition, int64, inspect.Isolation) (map[inspect.TopicPartition]inspect.OffsetAtAnswer, error) {
	return nil, nil
}

func (f *fakeCluster) Commit(_ context.Context, _ string, rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
	f.sent = append(f.sent, slices.Clone(rows))
	answer := stored
	if len(f.answers) > 0 {
		answer, f.answers = f.answers[0], f.answers[1:]
	}
	return answer(f, rows)
}

func (f *fakeCluster) DeleteOffsets(_ context.Context, _ string, partitions []inspect.TopicPartition) (map[inspect.TopicPartition]*inspect.Fault, error) {
	answers := map[inspect.TopicPartition]*inspect.Fault{}
	for _, p := range partitions {
		f.commits[p.Partition] = nil
		answers[p] = nil
	}
	return answers, nil
}

func (f *fakeCluster) DeleteGroup(context.Context, string) (*inspect.Fault, error) {
	f.commits = map[int32]*inspect.Commit{}
	f.group = inspect.Group{ID: "billing", State: inspect.StateDead}
	return nil, nil
}

// stored takes every row.
func stored(f *fakeCluster, rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
	answers := map[inspect.TopicPartition]*inspect.Fault{}
	for _, r := range rows {
		f.commits[r.Partition] = &inspect.Commit{Offset: r.Offset, LeaderEpoch: r.LeaderEpoch, Metadata: r.Metadata}
		answers[r.TopicPartition] = nil
	}
	return answers, nil
}

// answered gives each row an error code and stores those without one.
func answered(codes map[int32]int16) func(*fakeCluster, []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
	return func(f *fakeCluster, rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
		answers := map[inspect.TopicPartition]*inspect.Fault{}
		for _, r := range rows {
			answers[r.TopicPartition] = inspect.KafkaFault(codes[r.Partition], "")
			if codes[r.Partition] == 0 {
				f.commits[r.Partition] = &inspect.Commit{Offset: r.Offset}
			}
		}
		return answers, nil
	}
}

func planFor(t *testing.T, f *fakeCluster) Plan {
	t.Helper()
	s, err := inspect.Take(t.Context(), f, inspect.Request{Groups: []string{"billing"}}, testNow)
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(s, Options{Target: Target{Kind: ToOffset, Offset: 120, Value: "120"}, ID: "p1", Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	f.fetches = 0
	return p
}

// applying has a clock that moves with every pause.
func applying() Applying {
	now := testNow
	return Applying{
		Now:         func() time.Time { return now },
		Pause:       func(ctx context.Context, d time.Duration) error { now = now.Add(d); return ctx.Err() },
		BeforeWrite: func(Plan) error { return nil },
		Timeout:     time.Minute, Settle: time.Second,
	}
}

func outcomes(r Result) string {
	var list []string
	for _, p := range r.Partitions {
		s := string(p.Outcome)
		if p.Error != nil && p.Error.Name != nil {
			s += " " + *p.Error.Name
		}
		list = append(list, s)
	}
	return strings.Join(list, ", ")
}

func TestApply(t *testing.T) {
	lost := errors.New("connection lost before the answer")
	for _, c := range []struct {
		name    string
		answers []func(*fakeCluster, []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error)
		onFetch func(*fakeCluster, int)
		want    string
		commits int // requests sent
	}{
		{name: "stored and read back", want: "applied, applied", commits: 1},
		{name: "one partition fails", answers: list(answered(map[int32]int16{1: 3})), want: "applied, failed UNKNOWN_TOPIC_OR_PARTITION", commits: 1},
		{name: "the group became active", answers: list(answered(map[int32]int16{0: 25, 1: 25})), want: "refused UNKNOWN_MEMBER_ID, refused UNKNOWN_MEMBER_ID", commits: 1},
		{name: "stored, then the answer was lost", answers: list(func(f *fakeCluster, rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
			stored(f, rows)
			return nil, lost
		}), want: "applied, applied", commits: 1},
		{name: "the answer was lost and nothing is stored: unknown, and never sent again", answers: list(func(*fakeCluster, []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
			return nil, lost
		}), want: "unknown, unknown", commits: 1},
		{name: "stored late, within the settling time", answers: list(func(*fakeCluster, []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
			return nil, lost
		}), onFetch: func(f *fakeCluster, n int) {
			if n == 3 {
				f.commits[0], f.commits[1] = &inspect.Commit{Offset: 120}, &inspect.Commit{Offset: 120}
			}
		}, want: "applied, applied", commits: 1},
		{name: "REQUEST_TIMED_OUT after it was stored", answers: list(func(f *fakeCluster, rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
			stored(f, rows)
			return answered(map[int32]int16{0: 7, 1: 7})(f, rows)
		}), want: "applied, applied", commits: 1},
		{name: "COORDINATOR_NOT_AVAILABLE may mean stored: looked at, not sent again", answers: list(answered(map[int32]int16{0: 15, 1: 15})),
			want: "unknown COORDINATOR_NOT_AVAILABLE, unknown COORDINATOR_NOT_AVAILABLE", commits: 1},
		{name: "a row is missing in the answer", answers: list(func(f *fakeCluster, rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
			answers, _ := stored(f, rows[:1])
			return answers, nil
		}), want: "applied, unknown", commits: 1},
		{name: "the coordinator moved: looked at, and sent again", answers: list(answered(map[int32]int16{0: 16, 1: 16})), want: "applied, applied", commits: 2},
		{name: "only what was not taken is sent again", answers: list(answered(map[int32]int16{1: 14})), want: "applied, applied", commits: 2},
		{name: "the coordinator moves for ever", answers: list(answered(map[int32]int16{0: 16, 1: 16}), answered(map[int32]int16{0: 16, 1: 16}), answered(map[int32]int16{0: 16, 1: 16}), answered(map[int32]int16{0: 16, 1: 16}), answered(map[int32]int16{0: 16, 1: 16})),
			want: "failed NOT_COORDINATOR, failed NOT_COORDINATOR", commits: 5},
		{name: "the coordinator moved, and somebody committed meanwhile", answers: list(answered(map[int32]int16{0: 16, 1: 16})), onFetch: func(f *fakeCluster, n int) {
			if n == 2 {
				f.commits[0] = &inspect.Commit{Offset: 170}
			}
		}, want: "refused, refused", commits: 1},
		{name: "stored, and then the coordinator moved", answers: list(func(f *fakeCluster, rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
			stored(f, rows)
			return answered(map[int32]int16{0: 16, 1: 16})(f, rows)
		}), want: "applied, applied", commits: 1},
		{name: "stored, and then the coordinator moved to one that knows it only later", answers: list(func(f *fakeCluster, rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
			f.group.State = "PreparingRebalance" // nothing is sent again
			return answered(map[int32]int16{0: 16, 1: 16})(f, rows)
		}), onFetch: func(f *fakeCluster, n int) {
			if n == 4 {
				f.commits[0], f.commits[1] = &inspect.Commit{Offset: 120}, &inspect.Commit{Offset: 120}
			}
		}, want: "applied, applied", commits: 1},
		{name: "somebody else commits right after", onFetch: func(f *fakeCluster, n int) {
			if n == 2 {
				f.commits[1] = &inspect.Commit{Offset: 199}
			}
		}, want: "applied, overwritten", commits: 1},
		{name: "stored, and then held by a coordinator that knows it only later", onFetch: func(f *fakeCluster, n int) {
			switch n {
			case 2:
				f.commits[0], f.commits[1] = &inspect.Commit{Offset: 150}, &inspect.Commit{Offset: 160}
			case 3:
				f.commits[0], f.commits[1] = &inspect.Commit{Offset: 120}, &inspect.Commit{Offset: 120}
			}
		}, want: "applied, applied", commits: 1},
		{name: "somebody puts the old offset back", onFetch: func(f *fakeCluster, n int) {
			if n == 2 {
				f.commits[1] = &inspect.Commit{Offset: 160}
			}
		}, want: "applied, overwritten", commits: 1},
		{name: "stored, but it cannot be read back", onFetch: func(f *fakeCluster, n int) {
			if n >= 2 {
				f.fetchErr = lost
			}
		}, want: "unknown, unknown", commits: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeCluster()
			p := planFor(t, f)
			f.answers, f.onFetch = c.answers, c.onFetch
			r, err := Apply(t.Context(), t.Context(), f, p, applying())
			if err != nil {
				t.Fatal(err)
			}
			if got := outcomes(r); got != c.want {
				t.Errorf("outcomes %q, want %q", got, c.want)
			}
			if len(f.sent) != c.commits {
				t.Errorf("%d commits sent, want %d", len(f.sent), c.commits)
			}
			for _, row := range f.sent[0] {
				if row.LeaderEpoch != nil || row.Metadata != "" || row.Offset != 120 || row.TopicID != f.topicID {
					t.Errorf("sent %+v", row)
				}
			}
			if first := r.Partitions[0]; *first.OldOffset != 150 || *first.OldLeaderEpoch != 3 || *first.OldMetadata != "m" {
				t.Errorf("the old commit is not in the result: %+v", first)
			}
		})
	}
}

type commitAnswer = func(*fakeCluster, []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error)

func list(answers ...commitAnswer) []commitAnswer { return answers }

func TestApplyRefusesWhenSomethingMoved(t *testing.T) {
	for _, c := range []struct {
		name   string
		move   func(*fakeCluster)
		reason Reason
	}{
		{"the offset", func(f *fakeCluster) { f.commits[0].Offset = 151 }, Drift},
		{"the leader epoch", func(f *fakeCluster) { f.commits[0].LeaderEpoch = ptr(int32(4)) }, Drift},
		{"the metadata", func(f *fakeCluster) { f.commits[0].Metadata = "n" }, Drift},
		{"the commit was deleted", func(f *fakeCluster) { f.commits[0] = nil }, Drift},
		{"the topic was created again", func(f *fakeCluster) { f.topicID = inspect.TopicID{2} }, Drift},
		{"the log start passed the new offset", func(f *fakeCluster) { f.log.Start = 121 }, Drift},
		{"the log was truncated below the new offset", func(f *fakeCluster) { f.log.HighWatermark, f.log.LastStable = 110, 110 }, Drift},
		{"a member joined", func(f *fakeCluster) {
			f.group.State, f.group.Members = inspect.StateStable, []inspect.Member{{ID: "m"}}
		}, GroupActive},
		{"a transaction holds an offset", func(f *fakeCluster) { f.pending = true }, PendingTransaction},
		{"the group could not be described", func(f *fakeCluster) { f.group.Fault = inspect.KafkaFault(16, "") }, Unreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeCluster()
			p := planFor(t, f)
			c.move(f)
			_, err := Apply(t.Context(), t.Context(), f, p, applying())
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Reason != c.reason {
				t.Errorf("error %v, want a refusal for %s", err, c.reason)
			}
			if len(f.sent) != 0 {
				t.Errorf("something was sent: %+v", f.sent)
			}
		})
	}
}

func TestApplySendsNothingWhen(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	for _, c := range []struct {
		name   string
		ctx    context.Context
		before func(Plan) error
	}{
		{"the old offsets cannot be saved", t.Context(), func(Plan) error { return errors.New("disk full") }},
		{"it was interrupted before the commit", cancelled, func(Plan) error { cancel(); return nil }},
	} {
		f := newFakeCluster()
		p := planFor(t, f)
		o := applying()
		o.BeforeWrite = c.before
		if _, err := Apply(c.ctx, t.Context(), f, p, o); err == nil {
			t.Errorf("%s: no error", c.name)
		}
		if len(f.sent) != 0 {
			t.Errorf("%s: something was sent", c.name)
		}
	}
}

// An interruption after the commit was sent does not lose the outcome.
func TestApplyLooksAtTheOutcomeAfterAnInterruption(t *testing.T) {
	f := newFakeCluster()
	p := planFor(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	f.answers = list(func(f *fakeCluster, rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
		cancel()
		return stored(f, rows)
	})
	r, err := Apply(ctx, t.Context(), f, p, applying())
	if err != nil || outcomes(r) != "applied, applied" {
		t.Errorf("%s, %v", outcomes(r), err)
	}
}

func TestPermit(t *testing.T) {
	skip := func() Plan {
		r := row(ptr(int64(150)))
		r.At = at(180)
		p, err := New(snapshotOf(r), Options{Target: Target{Kind: ToDatetime, Instant: testNow.Add(-time.Hour)}, Now: testNow})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	above := func() Plan {
		p, err := New(snapshotOf(row(ptr(int64(150)))), Options{Target: Target{Kind: ToLatest}, Now: testNow})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	active := func() Plan {
		p := skip()
		p.Blockers = []Blocker{{Reason: GroupActive, Message: "active"}}
		return p
	}
	for i, c := range []struct {
		plan    Plan
		allowed Permission
		reason  Reason
	}{
		{skip(), Permission{}, ""},
		{skip(), Permission{Unattended: true}, WouldSkip},
		{skip(), Permission{Unattended: true, AllowSkip: true}, ""},
		{above(), Permission{}, AboveLastStableOffset},
		{above(), Permission{IsolationChosen: true}, ""},
		{active(), Permission{Unattended: true, AllowSkip: true, IsolationChosen: true}, GroupActive},
	} {
		err := Permit(c.plan, c.allowed)
		var refusal *Refusal
		got := Reason("")
		if errors.As(err, &refusal) {
			got = refusal.Reason
		}
		if got != c.reason {
			t.Errorf("case %d: %v, want %q", i, err, c.reason)
		}
	}
}

func TestWriteOldOffsets(t *testing.T) {
	f := newFakeCluster()
	f.commits[1] = nil
	var b strings.Builder
	if err := WriteOldOffsets(&b, planFor(t, f)); err != nil || b.String() != "orders,0,150\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
	if err := WriteOldOffsets(brokenWriter{}, planFor(t, newFakeCluster())); err == nil {
		t.Error("a lost line is no error")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, fmt.Errorf("broken") }
