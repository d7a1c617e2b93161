package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

func TestTopics(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(3, "orders"), kfake.AllowAutoTopicCreation())
	c := f.dial(t)
	topics, err := c.Topics(t.Context(), []string{"nosuch", "orders", "nosuch"})
	if err != nil || len(topics) != 2 {
		t.Fatal(topics, err)
	}
	if got := topics["orders"]; !slices.Equal(got.Partitions, []int32{0, 1, 2}) || got.ID == (inspect.TopicID{}) || got.Fault != nil {
		t.Errorf("%+v", got)
	}
	if got := topics["nosuch"].Fault; !got.HasCode(inspect.CodeUnknownTopicOrPartition) {
		t.Errorf("unknown topic: %v", got)
	}
	if _, err := c.Logs(t.Context(), []inspect.TopicPartition{tp("nosuch", 0)}); err != nil {
		t.Error(err)
	}
	all, err := c.Topics(t.Context(), nil)
	if err != nil || len(all) != 1 {
		t.Errorf("a question created a topic: %v, %v", all, err)
	}
	if none, err := c.Topics(t.Context(), []string{}); err != nil || len(none) != 0 {
		t.Errorf("no names: %v, %v", none, err)
	}
}

func TestLogs(t *testing.T) {
	for name, faults := range map[string][]kfake.Fault{
		"all is well":                 nil,
		"NOT_LEADER twice, then fine": {{Keys: []kmsg.Key{kmsg.ListOffsets}, Err: kerr.NotLeaderForPartition, Count: 2}},
		"OFFSET_NOT_AVAILABLE":        {{Keys: []kmsg.Key{kmsg.ListOffsets}, Partitions: []int32{1}, Err: kerr.OffsetNotAvailable, Count: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, kfake.NumBrokers(3), kfake.SeedTopics(3, "orders"))
			for p := range int32(3) {
				f.produce(t, "orders", p, 10+int(p), 5, 10)
			}
			f.Fault(faults...)
			asked := []inspect.TopicPartition{tp("orders", 0), tp("orders", 1), tp("orders", 2), tp("orders", 7), tp("nosuch", 0), tp("orders", 0)}
			logs, err := f.dial(t).Logs(t.Context(), asked)
			if err != nil || len(logs) != 5 {
				t.Fatal(logs, err)
			}
			for p := range int32(3) {
				if want := (inspect.LogAnswer{Log: inspect.Log{LastStable: int64(10 + p), HighWatermark: int64(10 + p)}}); logs[tp("orders", p)] != want {
					t.Errorf("%d: %+v", p, logs[tp("orders", p)])
				}
			}
			for _, p := range []inspect.TopicPartition{tp("orders", 7), tp("nosuch", 0)} {
				if !logs[p].Fault.HasCode(inspect.CodeUnknownTopicOrPartition) {
					t.Errorf("%s: %+v", p, logs[p])
				}
			}
		})
	}
}

func TestLogsAfterALeaderMoved(t *testing.T) {
	f := startFake(t, kfake.NumBrokers(2), kfake.SeedTopics(1, "orders"))
	f.produce(t, "orders", 0, 5, 5, 10)
	c := f.dial(t)
	for node := range int32(2) {
		if err := f.MoveTopicPartition("orders", 0, node); err != nil {
			t.Fatal(err)
		}
		if logs, err := c.Logs(t.Context(), []inspect.TopicPartition{tp("orders", 0)}); err != nil || logs[tp("orders", 0)].Log.HighWatermark != 5 {
			t.Errorf("%+v, %v", logs, err)
		}
	}
}

func TestLogsWithAnAnswerThatLeavesOutOne(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(2, "orders"))
	f.ControlKey(kmsg.ListOffsets.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
		topic := kmsg.NewListOffsetsResponseTopic()
		topic.Topic = "orders"
		p := kmsg.NewListOffsetsResponseTopicPartition()
		p.Partition, p.Offset = 0, 3
		topic.Partitions = append(topic.Partitions, p)
		resp.Topics = append(resp.Topics, topic)
		return resp, nil, true
	})
	logs, err := f.dial(t).Logs(t.Context(), []inspect.TopicPartition{tp("orders", 0), tp("orders", 1)})
	if err != nil || logs[tp("orders", 0)].Fault != nil || logs[tp("orders", 1)].Fault == nil ||
		!strings.Contains(logs[tp("orders", 1)].Fault.Message, "leaves out") {
		t.Errorf("%+v, %v", logs, err)
	}
}

func TestOffsetsAt(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	for i := range 3 {
		r := &kgo.Record{Topic: "orders", Timestamp: time.UnixMilli(int64(1000 * i))}
		if err := f.kgo.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	c := f.dial(t)
	for ms, want := range map[int64]inspect.OffsetAt{
		0:    {Offset: 0, TimestampMs: 0, Found: true},
		500:  {Offset: 1, TimestampMs: 1000, Found: true},
		2001: {},
	} {
		got, err := c.OffsetsAt(t.Context(), []inspect.TopicPartition{tp("orders", 0)}, ms, inspect.ReadCommitted)
		if err != nil || got[tp("orders", 0)].OffsetAt != want {
			t.Errorf("%d: %+v, %v", ms, got, err)
		}
	}
	if _, err := c.OffsetsAt(t.Context(), []inspect.TopicPartition{tp("orders", 0)}, -1, inspect.ReadCommitted); err == nil {
		t.Error("an instant before 1970 is sent")
	}
}

func TestFetchCommits(t *testing.T) {
	for name, faults := range map[string][]kfake.Fault{
		"all is well":               nil,
		"NOT_COORDINATOR then fine": {{Keys: []kmsg.Key{kmsg.OffsetFetch}, Err: kerr.NotCoordinator, Count: 2}},
		"loading, then fine":        {{Keys: []kmsg.Key{kmsg.OffsetFetch}, Err: kerr.CoordinatorLoadInProgress, Count: 3}},
		"no coordinator yet":        {{Keys: []kmsg.Key{kmsg.FindCoordinator}, Err: kerr.CoordinatorNotAvailable, Count: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, kfake.NumBrokers(3), kfake.SeedTopics(2, "orders"))
			for i := range 5 {
				f.commit(t, fmt.Sprint("g", i), "orders", 0, int64(i))
			}
			f.Fault(faults...)
			c := f.dial(t)
			all, err := c.FetchCommits(t.Context(), []string{"g0", "g1", "g2", "g3", "g4", "nosuch", "g0"}, nil)
			if err != nil || len(all) != 6 {
				t.Fatal(all, err)
			}
			for i := range 5 {
				g := all[fmt.Sprint("g", i)]
				if a := g.Commits[tp("orders", 0)]; len(g.Commits) != 1 || a.Commit == nil || a.Commit.Offset != int64(i) || a.Commit.LeaderEpoch != nil {
					t.Errorf("g%d: %+v", i, g)
				}
			}
			if g := all["nosuch"]; g.Fault != nil || len(g.Commits) != 0 {
				t.Errorf("unknown group: %+v", g)
			}
			named, err := c.FetchCommits(t.Context(), []string{"g3", "nosuch"}, []inspect.TopicPartition{tp("orders", 0), tp("orders", 1)})
			if err != nil || len(named["g3"].Commits) != 2 || len(named["nosuch"].Commits) != 2 {
				t.Errorf("%+v, %v", named, err)
			}
			if a := named["g3"].Commits[tp("orders", 1)]; a.Commit != nil || a.Fault != nil {
				t.Errorf("no commit: %+v", a)
			}
		})
	}
}

func TestFetchCommitsFromAnOldBroker(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"), kfake.MaxVersions(kversion.V2_8_0()))
	f.commit(t, "a", "orders", 0, 1)
	f.commit(t, "b", "orders", 0, 2)
	got, err := f.dial(t).FetchCommits(t.Context(), []string{"a", "b"}, []inspect.TopicPartition{tp("orders", 0)})
	if err != nil || got["a"].Commits[tp("orders", 0)].Commit.Offset != 1 || got["b"].Commits[tp("orders", 0)].Commit.Offset != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFetchCommitsKeepsTheRestWhenAGroupFails(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	f.commit(t, "good", "orders", 0, 1)
	f.commit(t, "bad", "orders", 0, 1)
	f.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch}, Group: "bad", Err: kerr.GroupAuthorizationFailed, Count: -1})
	got, err := f.dial(t).FetchCommits(t.Context(), []string{"good", "bad"}, nil)
	if err != nil || got["good"].Fault != nil || !got["bad"].Fault.HasCode(inspect.CodeGroupAuthorizationFailed) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFetchCommitsWithAnOpenTransaction(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	f.commit(t, "g", "orders", 0, 3)
	var stable, unstable atomic.Int32
	f.ControlKey(kmsg.OffsetFetch.Int16(), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		req := kreq.(*kmsg.OffsetFetchRequest)
		if !req.RequireStable {
			unstable.Add(1)
			return nil, nil, false
		}
		stable.Add(1)
		return unstableAnswer(req), nil, true
	})
	c := f.dial(t)
	for name, partitions := range map[string][]inspect.TopicPartition{"all": nil, "named": {tp("orders", 0)}} {
		start := time.Now()
		got, err := c.FetchCommits(t.Context(), []string{"g"}, partitions)
		a := got["g"].Commits[tp("orders", 0)]
		if err != nil || !a.Pending || a.Commit == nil || a.Commit.Offset != 3 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
	if stable.Load() < 4 || unstable.Load() != 2 {
		t.Errorf("asked %d times for the stable offset, %d times for any", stable.Load(), unstable.Load())
	}
}

func unstableAnswer(req *kmsg.OffsetFetchRequest) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.OffsetFetchResponse)
	g, topic, p := kmsg.NewOffsetFetchResponseGroup(), kmsg.NewOffsetFetchResponseGroupTopic(), kmsg.NewOffsetFetchResponseGroupTopicPartition()
	g.Group, topic.Topic = "g", "orders"
	p.Offset, p.LeaderEpoch, p.ErrorCode = -1, -1, inspect.CodeUnstableOffsetCommit
	topic.Partitions = append(topic.Partitions, p)
	g.Topics = append(g.Topics, topic)
	resp.Groups = append(resp.Groups, g)
	return resp
}

func TestListGroups(t *testing.T) {
	f := startFake(t, kfake.NumBrokers(3), kfake.SeedTopics(1, "orders"))
	for i := range 10 {
		f.commit(t, fmt.Sprint("g", i), "orders", 0, 1)
	}
	c := f.dial(t)
	list, err := c.ListGroups(t.Context())
	if err != nil || len(list.Groups) != 10 || len(list.Faults) != 0 || !slices.IsSortedFunc(list.Groups, func(a, b inspect.Listing) int { return strings.Compare(a.ID, b.ID) }) {
		t.Fatalf("%+v, %v", list, err)
	}
	if g := list.Groups[0]; g.Type != inspect.TypeClassic || g.State != inspect.StateEmpty {
		t.Errorf("%+v", g)
	}
	f.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.ListGroups}, Nodes: []int32{1}, Err: kerr.ClusterAuthorizationFailed, Count: -1})
	list, err = c.ListGroups(t.Context())
	if err != nil || len(list.Faults) != 1 || list.Faults[0].Broker.NodeID != 1 || !list.Faults[0].Fault.HasCode(31) {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestDescribeGroups(t *testing.T) {
	f := startFake(t, kfake.NumBrokers(2), kfake.SeedTopics(2, "orders"))
	f.commit(t, "simple", "orders", 0, 1)
	member, err := kgo.NewClient(kgo.SeedBrokers(f.ListenAddrs()...), kgo.ConsumerGroup("live"), kgo.ConsumeTopics("orders"),
		kgo.ClientID("billing-1"), kgo.InstanceID("one"))
	if err != nil {
		t.Fatal(err)
	}
	defer member.CloseAllowingRebalance()
	if _, err := f.WaitGroupStable(deadline(t, 10*time.Second), "live", 1); err != nil {
		t.Fatal(err)
	}
	f.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeGroups}, Group: "live", Err: kerr.NotCoordinator, Count: 1})
	got, err := f.dial(t).DescribeGroups(t.Context(), []string{"simple", "live", "nosuch"})
	if err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	if g := got["simple"]; !g.Simple() || g.Active() || g.ID != "simple" || g.Coordinator.Port == 0 {
		t.Errorf("simple: %+v", g)
	}
	if g := got["nosuch"]; g.Exists() || g.State != inspect.StateDead {
		t.Errorf("nosuch: %+v", g)
	}
	g := got["live"]
	if g.Type != inspect.TypeClassic || g.State != inspect.StateStable || len(g.Members) != 1 {
		t.Fatalf("live: %+v", g)
	}
	if m := g.Members[0]; m.ClientID != "billing-1" || *m.InstanceID != "one" || !slices.Equal(m.Assignment, []inspect.TopicPartition{tp("orders", 0), tp("orders", 1)}) {
		t.Errorf("member: %+v", m)
	}
}

// Kafka says Dead, without an error, of a live group that is not classic.
func TestDescribeGroupsOfOtherTypes(t *testing.T) {
	f := startFake(t)
	f.ControlKey(kmsg.ConsumerGroupDescribe.Int16(), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		resp := kreq.ResponseKind().(*kmsg.ConsumerGroupDescribeResponse)
		for _, id := range kreq.(*kmsg.ConsumerGroupDescribeRequest).Groups {
			g := kmsg.NewConsumerGroupDescribeResponseGroup()
			g.Group, g.ErrorCode = id, inspect.CodeGroupIDNotFound
			if id == "kip848" {
				g.ErrorCode, g.State, g.Epoch, g.AssignorName = 0, "Stable", 7, "uniform"
				m := kmsg.NewConsumerGroupDescribeResponseGroupMember()
				m.MemberID, m.MemberEpoch = "m", 7
				topic := kmsg.NewAssignmentTopicPartition()
				topic.Topic, topic.Partitions = "orders", []int32{1, 0}
				m.Assignment.TopicPartitions = append(m.Assignment.TopicPartitions, topic)
				g.Members = append(g.Members, m)
			}
			resp.Groups = append(resp.Groups, g)
		}
		return resp, nil, true
	})
	f.ControlKey(kmsg.DescribeGroups.Int16(), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		resp := kreq.ResponseKind().(*kmsg.DescribeGroupsResponse)
		ids := slices.Clone(kreq.(*kmsg.DescribeGroupsRequest).Groups)
		slices.Reverse(ids)
		for _, id := range ids {
			g := kmsg.NewDescribeGroupsResponseGroup()
			g.Group, g.State = id, "Dead"
			resp.Groups = append(resp.Groups, g)
		}
		return resp, nil, true
	})
	f.ControlKey(kmsg.ListGroups.Int16(), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		resp := kreq.ResponseKind().(*kmsg.ListGroupsResponse)
		for id, kind := range map[string]string{"shared": "share", "app": "streams"} {
			g := kmsg.NewListGroupsResponseGroup()
			g.Group, g.GroupType, g.GroupState, g.ProtocolType = id, kind, "Stable", kind
			resp.Groups = append(resp.Groups, g)
		}
		return resp, nil, true
	})
	got, err := f.dial(t).DescribeGroups(t.Context(), []string{"kip848", "shared", "app", "nosuch"})
	if err != nil {
		t.Fatal(err)
	}
	g := got["kip848"]
	if g.Type != inspect.TypeConsumer || *g.Epoch != 7 || g.Assignor != "uniform" || len(g.Members) != 1 || *g.Members[0].Epoch != 7 ||
		!slices.Equal(g.Members[0].Assignment, []inspect.TopicPartition{tp("orders", 0), tp("orders", 1)}) {
		t.Errorf("kip848: %+v", g)
	}
	if g := got["shared"]; g.Type != inspect.TypeShare || g.State != inspect.StateStable || !g.Active() {
		t.Errorf("shared: %+v", g)
	}
	if g := got["app"]; g.Type != inspect.TypeStreams {
		t.Errorf("app: %+v", g)
	}
	if g := got["nosuch"]; g.Exists() {
		t.Errorf("nosuch: %+v", g)
	}
}

func TestThrottleIsObeyed(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	f.ControlKey(kmsg.ListOffsets.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
		resp.ThrottleMillis = 300
		return resp, nil, true
	})
	told := make(chan Throttle, 10)
	c := f.dial(t, func(o *Options) { o.Throttled = func(t Throttle) { told <- t } })
	partitions := []inspect.TopicPartition{tp("orders", 0)}
	start := time.Now()
	if _, err := c.Logs(t.Context(), partitions); err != nil || time.Since(start) < 300*time.Millisecond {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
	if throttle := <-told; throttle.For != 300*time.Millisecond || throttle.Node == nil || throttle.Addr == "" {
		t.Errorf("told %+v", throttle)
	}
	f.ControlKey(kmsg.ListOffsets.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
		resp.ThrottleMillis = 1 << 30
		return resp, nil, true
	})
	start = time.Now()
	_, err := c.Logs(deadline(t, 300*time.Millisecond), partitions)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
		t.Errorf("a throttle of days is slept out: %v after %v", err, time.Since(start))
	}
}

// Brokers cut idle connections, and the next question gets an EOF.
func TestAQuestionIsAskedAgainAfterAnIdleCut(t *testing.T) {
	cut := &cutter{}
	f := startFake(t, kfake.SeedTopics(1, "orders"), kfake.ListenFn(cut.listen))
	c := f.dial(t)
	for range 3 {
		if logs, err := c.Logs(t.Context(), []inspect.TopicPartition{tp("orders", 0)}); err != nil || logs[tp("orders", 0)].Fault != nil {
			t.Errorf("%+v, %v", logs, err)
		}
		cut.all()
	}
}

func TestAHungBrokerDoesNotHideTheOthers(t *testing.T) {
	f := startFake(t, kfake.NumBrokers(2), kfake.SeedTopics(2, "orders"))
	for p := range int32(2) {
		f.MoveTopicPartition("orders", p, p)
	}
	f.ControlKey(kmsg.ListOffsets.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		return nil, nil, f.CurrentNode() == 1
	})
	c := f.dial(t, func(o *Options) { o.Timeout = 500 * time.Millisecond })
	logs, err := c.Logs(t.Context(), []inspect.TopicPartition{tp("orders", 0), tp("orders", 1)})
	if err != nil || logs[tp("orders", 0)].Fault != nil || logs[tp("orders", 1)].Fault == nil ||
		!strings.Contains(logs[tp("orders", 1)].Fault.Message, "no answer within 500ms") {
		t.Errorf("%+v, %v", logs, err)
	}
}

// cutter hands out connections that it can close.
type cutter struct {
	conns  chan net.Conn
	budget atomic.Int64 // bytes that may still be written before a cut; 0: no bound
}

func (c *cutter) listen(network, address string) (net.Listener, error) {
	l, err := net.Listen(network, address)
	if c.conns == nil {
		c.conns = make(chan net.Conn, 1000)
	}
	return cutListener{l, c}, err
}

func (c *cutter) all() {
	for {
		select {
		case conn := <-c.conns:
			conn.Close()
		default:
			return
		}
	}
}

type cutListener struct {
	net.Listener
	*cutter
}

func (l cutListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		conn = &cutConn{conn, l.cutter}
		l.conns <- conn
	}
	return conn, err
}

type cutConn struct {
	net.Conn
	*cutter
}

func (c *cutConn) Write(p []byte) (int, error) {
	if left := c.budget.Load(); left > 0 && c.budget.Add(-int64(len(p))) <= 0 {
		c.budget.Store(0)
		c.Conn.Write(p[:len(p)/2])
		c.Conn.Close()
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}
