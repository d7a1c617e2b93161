package cluster

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kofs/kofs/reset"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// watchCommits counts the OffsetCommits that reach the broker, and keeps the last.
func watchCommits(f fake) (count *atomic.Int32, last *atomic.Pointer[kmsg.OffsetCommitRequest]) {
	count, last = new(atomic.Int32), new(atomic.Pointer[kmsg.OffsetCommitRequest])
	f.ControlKey(kmsg.OffsetCommit.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		count.Add(1)
		last.Store(req.(*kmsg.OffsetCommitRequest))
		return nil, nil, false
	})
	return count, last
}

func (f fake) committed(t *testing.T, group, topic string, partition int32) int64 {
	t.Helper()
	got, err := f.adm.FetchOffsets(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	o, ok := got.Lookup(topic, partition)
	if !ok {
		return -1
	}
	return o.At
}

func TestCommit(t *testing.T) {
	f := startFake(t, kfake.NumBrokers(3), kfake.SeedTopics(2, "orders"))
	count, last := watchCommits(f)
	c := f.dial(t)
	topics, err := c.Topics(t.Context(), []string{"orders"})
	if err != nil {
		t.Fatal(err)
	}
	id, other := topics["orders"].ID, topics["orders"].ID
	other[0]++
	epoch := int32(4)
	for name, test := range map[string]struct {
		rows    []reset.CommitRow
		version int16
		codes   []int16
	}{
		"without topic IDs by name": {[]reset.CommitRow{
			{TopicPartition: tp("orders", 0), Offset: 3, Metadata: "m", LeaderEpoch: &epoch}, {TopicPartition: tp("orders", 1), Offset: 4},
		}, 8, []int16{0, 0}},
		"with topic IDs": {[]reset.CommitRow{{TopicPartition: tp("orders", 0), Offset: 5, TopicID: id}}, 10, []int16{0}},
		"one row without a topic ID": {[]reset.CommitRow{
			{TopicPartition: tp("orders", 0), Offset: 6, TopicID: id}, {TopicPartition: tp("orders", 1), Offset: 7},
		}, 8, []int16{0, 0}},
		"a topic that was created again": {[]reset.CommitRow{{TopicPartition: tp("orders", 0), Offset: 9, TopicID: other}}, 10, []int16{100}},
	} {
		t.Run(name, func(t *testing.T) {
			count.Store(0)
			got, err := c.Commit(t.Context(), "g "+name, test.rows)
			if err != nil || len(got) != len(test.rows) || count.Load() != 1 {
				t.Fatalf("%v, %v after %d requests", got, err, count.Load())
			}
			req := last.Load()
			if req.Version != test.version || req.Generation != -1 || req.MemberID != "" || req.InstanceID != nil {
				t.Errorf("%+v", req)
			}
			for i, row := range test.rows {
				fault := got[row.TopicPartition]
				if (test.codes[i] == 0) != (fault == nil) || fault != nil && !fault.HasCode(test.codes[i]) {
					t.Errorf("%s: %v", row.TopicPartition, fault)
				}
				if fault != nil {
					continue
				}
				if stored := f.committed(t, "g "+name, "orders", row.Partition); stored != row.Offset {
					t.Errorf("%s: stored %d", row.TopicPartition, stored)
				}
			}
			if len(req.Topics) == 0 {
				return // the fake takes refused topics out of the request
			}
			if p := req.Topics[0].Partitions[0]; test.rows[0].LeaderEpoch == nil && p.LeaderEpoch != -1 ||
				test.rows[0].LeaderEpoch != nil && p.LeaderEpoch != epoch {
				t.Errorf("leader epoch %d", p.LeaderEpoch)
			}
		})
	}
}

func TestCommitFaultsAreRows(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(2, "orders"))
	f.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Partitions: []int32{1}, Err: kerr.TopicAuthorizationFailed})
	rows := []reset.CommitRow{{TopicPartition: tp("orders", 0), Offset: 1}, {TopicPartition: tp("orders", 1), Offset: 1}}
	got, err := f.dial(t).Commit(t.Context(), "g", rows)
	if err != nil || got[tp("orders", 0)] != nil || !got[tp("orders", 1)].HasCode(29) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCommitAnswerThatLeavesOutARow(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(2, "orders"))
	f.ControlKey(kmsg.OffsetCommit.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		resp := req.ResponseKind().(*kmsg.OffsetCommitResponse)
		topic := kmsg.NewOffsetCommitResponseTopic()
		topic.Topic = "orders"
		topic.Partitions = append(topic.Partitions, kmsg.NewOffsetCommitResponseTopicPartition())
		resp.Topics = append(resp.Topics, topic)
		return resp, nil, true
	})
	rows := []reset.CommitRow{{TopicPartition: tp("orders", 0), Offset: 1}, {TopicPartition: tp("orders", 1), Offset: 1}}
	got, err := f.dial(t).Commit(t.Context(), "g", rows)
	fault := got[tp("orders", 1)]
	if err != nil || got[tp("orders", 0)] != nil || fault == nil || fault.Code != nil || !strings.Contains(fault.Message, "leaves out this partition") {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCommitWithUnknownOutcomeIsSentOnce(t *testing.T) {
	for name, harm := range map[string]func(fake, *atomic.Int32){
		"closed before the answer": func(f fake, n *atomic.Int32) {
			f.ControlKey(kmsg.OffsetCommit.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
				f.KeepControl()
				n.Add(1)
				return nil, errors.New("closed"), true
			})
		},
		"never answered": func(f fake, n *atomic.Int32) {
			f.ControlKey(kmsg.OffsetCommit.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
				f.KeepControl()
				n.Add(1)
				return nil, nil, true
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, kfake.SeedTopics(1, "orders"))
			var sent atomic.Int32
			harm(f, &sent)
			c := f.dial(t, func(o *Options) { o.Timeout = time.Second })
			_, err := c.Commit(t.Context(), "g", []reset.CommitRow{{TopicPartition: tp("orders", 0), Offset: 1}})
			if err == nil || errors.Is(err, reset.ErrNotSent) || sent.Load() != 1 {
				t.Errorf("%v after %d requests", err, sent.Load())
			}
		})
	}
}

// The broker stores the commit, and the connection is cut before the answer.
func TestCommitAppliedButAnswerLost(t *testing.T) {
	cut := &cutter{}
	f := startFake(t, kfake.SeedTopics(1, "orders"), kfake.ListenFn(cut.listen))
	c := f.dial(t)
	count, _ := watchCommits(f)
	f.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Observe: true, When: func(kmsg.Request) bool {
		cut.budget.Store(1)
		return true
	}})
	_, err := c.Commit(t.Context(), "g", []reset.CommitRow{{TopicPartition: tp("orders", 0), Offset: 7}})
	if !errors.Is(err, ErrLost) || errors.Is(err, reset.ErrNotSent) || count.Load() != 1 {
		t.Errorf("%v after %d requests", err, count.Load())
	}
	got, err := c.FetchCommits(t.Context(), []string{"g"}, nil)
	if err != nil || got["g"].Commits[tp("orders", 0)].Commit.Offset != 7 {
		t.Errorf("reading back: %+v, %v", got, err)
	}
}

func TestCommitAfterAnIdleCut(t *testing.T) {
	cut := &cutter{}
	f := startFake(t, kfake.SeedTopics(1, "orders"), kfake.ListenFn(cut.listen))
	count, _ := watchCommits(f)
	c := f.dial(t)
	cut.all()
	got, err := c.Commit(t.Context(), "g", []reset.CommitRow{{TopicPartition: tp("orders", 0), Offset: 7}})
	if err != nil || got[tp("orders", 0)] != nil || count.Load() != 1 {
		t.Errorf("%v, %v after %d requests", got, err, count.Load())
	}
}

func TestCommitNotSent(t *testing.T) {
	row := reset.CommitRow{TopicPartition: tp("orders", 0), Offset: 1}
	for name, test := range map[string]struct {
		opts []kfake.Opt
		rows []reset.CommitRow
		harm func(fake)
		text string
	}{
		"a broker whose commits expire at once": {[]kfake.Opt{kfake.MaxVersions(kversion.V2_0_0())}, []reset.CommitRow{row}, nil, "not supported"},
		"a row named twice":                     {nil, []reset.CommitRow{row, row}, nil, "orders:0 is named twice"},
		"no permission to find the coordinator": {nil, []reset.CommitRow{row}, func(f fake) {
			f.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.FindCoordinator}, Err: kerr.GroupAuthorizationFailed, Count: -1})
		}, "GROUP_AUTHORIZATION_FAILED"},
		"the broker is gone": {nil, []reset.CommitRow{row}, func(f fake) { f.Close() }, "connect"},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, append(test.opts, kfake.SeedTopics(1, "orders"))...)
			count, _ := watchCommits(f)
			c := f.dial(t)
			if test.harm != nil {
				test.harm(f)
			}
			_, err := c.Commit(t.Context(), "g", test.rows)
			if !errors.Is(err, reset.ErrNotSent) || !strings.Contains(err.Error(), test.text) || count.Load() != 0 {
				t.Errorf("%v after %d requests", err, count.Load())
			}
		})
	}
}

func TestCommitFollowsAMovedCoordinator(t *testing.T) {
	f := startFake(t, kfake.NumBrokers(3), kfake.SeedTopics(1, "orders"))
	c := f.dial(t)
	for i := range int64(5) {
		got, err := c.Commit(t.Context(), "g", []reset.CommitRow{{TopicPartition: tp("orders", 0), Offset: i}})
		if err != nil || got[tp("orders", 0)] != nil {
			t.Errorf("%v, %v", got, err)
		}
		f.RehashCoordinators()
	}
}
