package inspect

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// fakeSource answers from maps, and remembers in which order it was asked.
type fakeSource struct {
	groups  map[string]Group
	commits map[string]GroupCommits
	topics  map[string]Topic
	logs    map[TopicPartition]LogAnswer
	at      map[TopicPartition]OffsetAtAnswer
	asked   []string
}

func (f *fakeSource) Cluster(context.Context) (Cluster, error) {
	return Cluster{ID: "c", Server: "b:1"}, nil
}

func (f *fakeSource) ListGroups(context.Context) (GroupList, error) {
	var list GroupList
	for id, g := range f.groups {
		list.Groups = append(list.Groups, Listing{ID: id, State: g.State, Type: g.Type})
	}
	slices.SortFunc(list.Groups, func(a, b Listing) int { return cmpString(a.ID, b.ID) })
	return list, nil
}

func cmpString(a, b string) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

func (f *fakeSource) DescribeGroups(_ context.Context, ids []string) (map[string]Group, error) {
	f.asked = append(f.asked, "groups")
	answer := map[string]Group{}
	for _, id := range ids {
		g, ok := f.groups[id]
		if !ok {
			g = Group{State: StateDead}
		}
		g.ID = id
		answer[id] = g
	}
	return answer, nil
}

func (f *fakeSource) FetchCommits(_ context.Context, ids []string, _ []TopicPartition) (map[string]GroupCommits, error) {
	f.asked = append(f.asked, "commits")
	return f.commits, nil
}

func (f *fakeSource) Topics(_ context.Context, names []string) (map[string]Topic, error) {
	f.asked = append(f.asked, "topics")
	if names == nil {
		return f.topics, nil
	}
	answer := map[string]Topic{}
	for _, name := range names {
		topic, ok := f.topics[name]
		if !ok {
			topic = Topic{Name: name, Fault: KafkaFault(CodeUnknownTopicOrPartition, "")}
		}
		answer[name] = topic
	}
	return answer, nil
}

func (f *fakeSource) Logs(_ context.Context, partitions []TopicPartition) (map[TopicPartition]LogAnswer, error) {
	f.asked = append(f.asked, "logs")
	answer := map[TopicPartition]LogAnswer{}
	for _, p := range partitions {
		answer[p] = f.logs[p]
	}
	return answer, nil
}

func (f *fakeSource) OffsetsAt(_ context.Context, partitions []TopicPartition, _ int64, _ Isolation) (map[TopicPartition]OffsetAtAnswer, error) {
	f.asked = append(f.asked, "instants")
	answer := map[TopicPartition]OffsetAtAnswer{}
	for _, p := range partitions {
		answer[p] = f.at[p]
	}
	return answer, nil
}

func commit(offset int64) CommitAnswer { return CommitAnswer{Commit: &Commit{Offset: offset}} }

func newFakeSource() *fakeSource {
	return &fakeSource{
		groups: map[string]Group{"g": {Type: TypeClassic, State: StateEmpty, ProtocolType: "consumer"}},
		commits: map[string]GroupCommits{"g": {Commits: map[TopicPartition]CommitAnswer{
			{"t", 0}: commit(5), {"gone", 1}: commit(7),
		}}},
		topics: map[string]Topic{
			"t":        {Name: "t", Partitions: []int32{0, 1}},
			"u":        {Name: "u", Partitions: []int32{0}},
			"__hidden": {Name: "__hidden", Internal: true, Partitions: []int32{0}},
		},
		logs: map[TopicPartition]LogAnswer{
			{"t", 0}: {Log: Log{0, 10, 10}}, {"t", 1}: {Log: Log{0, 4, 4}}, {"u", 0}: {Log: Log{0, 1, 1}},
		},
		at: map[TopicPartition]OffsetAtAnswer{},
	}
}

func rowsOf(g GroupSnapshot) []string {
	var rows []string
	for _, p := range g.Partitions {
		rows = append(rows, p.String()+" "+string(p.Condition()))
	}
	return rows
}

func TestTake(t *testing.T) {
	scopes := func(list ...string) []Scope {
		var s []Scope
		for _, text := range list {
			scope, err := ParseScope(text)
			if err != nil {
				t.Fatal(err)
			}
			s = append(s, scope)
		}
		return s
	}
	for _, c := range []struct {
		name   string
		change func(*fakeSource)
		sel    []Scope
		want   []string
		err    error
	}{
		{name: "every partition of the topics with a commit, also one of a deleted topic",
			want: []string{"gone:1 topic_missing", "t:0 ok", "t:1 no_commit"}},
		{name: "a selected topic brings partitions without a commit", sel: scopes("u"), want: []string{"u:0 no_commit"}},
		{name: "a glob leaves out internal topics", sel: scopes("*"),
			want: []string{"gone:1 topic_missing", "t:0 ok", "t:1 no_commit", "u:0 no_commit"}},
		{name: "a deleted topic can still be selected by its commit", sel: scopes("gone"), want: []string{"gone:1 topic_missing"}},
		{name: "an unknown topic is an error", sel: scopes("v"), err: &UnknownTopicError{}},
		{name: "an unknown partition is an error", sel: scopes("t:0,2"), err: &UnknownTopicError{}},
		{name: "a glob without a match is an error", sel: scopes("x*"), err: &UnknownTopicError{}},
		{name: "a commit before the log start", change: func(f *fakeSource) { f.logs[TopicPartition{"t", 0}] = LogAnswer{Log: Log{6, 10, 10}} },
			sel: scopes("t:0"), want: []string{"t:0 before_log_start"}},
		{name: "a commit past the end", change: func(f *fakeSource) { f.logs[TopicPartition{"t", 0}] = LogAnswer{Log: Log{0, 4, 4}} },
			sel: scopes("t:0"), want: []string{"t:0 past_end"}},
		{name: "a commit at the end is ok", change: func(f *fakeSource) { f.logs[TopicPartition{"t", 0}] = LogAnswer{Log: Log{0, 5, 5}} },
			sel: scopes("t:0"), want: []string{"t:0 ok"}},
		{name: "a log that could not be read", change: func(f *fakeSource) {
			f.logs[TopicPartition{"t", 0}] = LogAnswer{Fault: KafkaFault(6, "")}
		}, sel: scopes("t:0"), want: []string{"t:0 error"}},
		{name: "the group's commits could not be read", change: func(f *fakeSource) {
			f.commits["g"] = GroupCommits{Fault: KafkaFault(CodeGroupAuthorizationFailed, "")}
		}, sel: scopes("t:0"), want: []string{"t:0 error"}},
		{name: "an assigned partition without a commit", change: func(f *fakeSource) {
			f.commits["g"] = GroupCommits{}
			f.groups["g"] = Group{State: StateStable, Members: []Member{{ID: "m", Assignment: []TopicPartition{{"u", 0}}}}}
		}, want: []string{"u:0 no_commit"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := newFakeSource()
			if c.change != nil {
				c.change(src)
			}
			s, err := Take(t.Context(), src, Request{Groups: []string{"g"}, Select: c.sel}, time.Now())
			if c.err != nil {
				if want := new(UnknownTopicError); !errors.As(err, &want) {
					t.Fatalf("error %v, want an unknown topic", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := rowsOf(s.Groups[0]); !slices.Equal(got, c.want) {
				t.Errorf("rows %q, want %q", got, c.want)
			}
		})
	}
}

// A record written between the lookups must not be jumped over: the ends are
// read before any search by time, and the commits before the ends.
func TestTakeAsksInOrder(t *testing.T) {
	src := newFakeSource()
	ms := int64(1)
	if _, err := Take(t.Context(), src, Request{Groups: []string{"g"}, AtMs: &ms}, time.Now()); err != nil {
		t.Fatal(err)
	}
	want := []string{"groups", "commits", "topics", "logs", "instants"}
	if !slices.Equal(src.asked, want) {
		t.Errorf("asked %q, want %q", src.asked, want)
	}
}

func TestTakeOfAGroupThatMustExist(t *testing.T) {
	_, err := Take(t.Context(), newFakeSource(), Request{Groups: []string{"gg"}, MustExist: true}, time.Now())
	var unknown *UnknownGroupError
	if !errors.As(err, &unknown) || unknown.Group != "gg" || !slices.Equal(unknown.Near, []string{"g"}) {
		t.Errorf("error %v (%+v), want an unknown group near g", err, unknown)
	}
}

func TestResolveGroups(t *testing.T) {
	src := newFakeSource()
	src.groups = map[string]Group{"a": {State: StateEmpty}, "ab": {State: StateEmpty}, "a*": {State: StateEmpty}, "b": {State: StateEmpty}}
	for _, c := range []struct {
		names, want []string
		unknown     string
	}{
		{names: []string{"a"}, want: []string{"a"}},
		{names: []string{"a*"}, want: []string{"a*"}}, // a group of that very name
		{names: []string{"a?"}, want: []string{"a*", "ab"}},
		{names: []string{"*", "b"}, want: []string{"a", "a*", "ab", "b"}},
		{names: []string{"b", "a", "b"}, want: []string{"a", "b"}},
		{names: []string{"a?", "zz"}, unknown: "zz"},
		{names: []string{"z*"}, unknown: "z*"},
	} {
		got, _, err := ResolveGroups(t.Context(), src, c.names)
		var unknown *UnknownGroupError
		if c.unknown != "" {
			if !errors.As(err, &unknown) || unknown.Group != c.unknown {
				t.Errorf("ResolveGroups(%q): error %v, want %q unknown", c.names, err, c.unknown)
			}
			continue
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("ResolveGroups(%q) = %q, %v, want %q", c.names, got, err, c.want)
		}
	}
}

func TestGroupActive(t *testing.T) {
	for _, c := range []struct {
		group  Group
		active bool
	}{
		{Group{State: StateEmpty}, false},
		{Group{State: StateDead}, false},
		{Group{State: StateStable}, true},
		{Group{State: StateUnknown}, true},
		{Group{State: ""}, true}, // a state that nobody said is not Empty
		{Group{State: "PreparingRebalance"}, true},
		{Group{State: StateEmpty, Members: []Member{{}}}, true},
		{Group{State: StateEmpty, Fault: KafkaFault(16, "")}, true},
	} {
		if got := c.group.Active(); got != c.active {
			t.Errorf("%+v: active %v, want %v", c.group, got, c.active)
		}
	}
}
