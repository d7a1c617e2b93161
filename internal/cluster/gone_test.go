package cluster

import (
	"strings"
	"testing"

	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A broker that restarts hands over what it leads, and then takes no connection:
// whoever comes with an old look-up goes on to the new leader and coordinator.
func TestABrokerThatIsGoneHasHandedOver(t *testing.T) {
	cut := &cutter{}
	f := startFake(t, kfake.NumBrokers(3), kfake.SeedTopics(1, "orders"), kfake.ListenFn(cut.listen))
	f.produce(t, "orders", 0, 10, 10, 10)
	f.commit(t, "billing", "orders", 0, 5)
	gone := f.CoordinatorFor("billing")
	if err := f.MoveTopicPartition("orders", 0, gone); err != nil {
		t.Fatal(err)
	}
	var seed string // another broker
	for i, addr := range f.ListenAddrs() {
		if int32(i) != gone {
			seed = addr
		}
	}
	c := f.dial(t, func(o *Options) { o.Servers = []string{seed} })
	ask := func() {
		t.Helper()
		logs, err := c.Logs(t.Context(), []inspect.TopicPartition{tp("orders", 0)})
		if err != nil || logs[tp("orders", 0)].Fault != nil || logs[tp("orders", 0)].Log.HighWatermark != 10 {
			t.Errorf("%+v, %v", logs, err)
		}
		groups, err := c.DescribeGroups(t.Context(), []string{"billing"})
		if err != nil || groups["billing"].State != inspect.StateEmpty {
			t.Errorf("%+v, %v", groups, err)
		}
	}
	ask()
	if err := f.MoveTopicPartition("orders", 0, (gone+1)%3); err != nil {
		t.Fatal(err)
	}
	if err := f.RemoveNode(gone); err != nil {
		t.Fatal(err)
	}
	cut.all()
	ask()
}

// Brokers that are up say nothing of groups whose coordinator nobody is.
func TestGroupsWithoutACoordinatorAreMissed(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	f.commit(t, "billing", "orders", 0, 0)
	f.ControlKey(kmsg.Metadata.Int16(), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		req := kreq.(*kmsg.MetadataRequest)
		if len(req.Topics) != 1 || *req.Topics[0].Topic != inspect.OffsetsTopic {
			return nil, nil, false
		}
		resp := req.ResponseKind().(*kmsg.MetadataResponse)
		topic := kmsg.NewMetadataResponseTopic()
		topic.Topic = req.Topics[0].Topic
		for n, leader := range []int32{0, -1} {
			p := kmsg.NewMetadataResponseTopicPartition()
			p.Partition, p.Leader, p.Replicas = int32(n), leader, []int32{int32(n) * 7}
			topic.Partitions = append(topic.Partitions, p)
		}
		resp.Topics = append(resp.Topics, topic)
		return resp, nil, true
	})
	list, err := f.dial(t).ListGroups(t.Context())
	if err != nil || len(list.Groups) != 1 || len(list.Faults) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	got := list.Faults[0]
	if got.Broker.NodeID != 7 || !got.Fault.HasCode(leaderNotAvailable) || !strings.Contains(got.Fault.Message, "partition 1 of __consumer_offsets has no leader") {
		t.Errorf("%+v: %v", got.Broker, got.Fault)
	}
}
