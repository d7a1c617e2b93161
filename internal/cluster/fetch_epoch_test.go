package cluster

import (
	"testing"

	"github.com/kofs/kofs/inspect/records"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A broker that leads no more answers a Fetch as a follower, without an error,
// unless the question says which epoch of the leader it means.
func TestFetchNamesTheLeadersEpoch(t *testing.T) {
	f := startFake(t, kfake.NumBrokers(3), kfake.SeedTopics(1, "orders"))
	f.produce(t, "orders", 0, 10, 1, 10)
	for node := range int32(3) {
		if err := f.MoveTopicPartition("orders", 0, node); err != nil {
			t.Fatal(err)
		}
	}
	want := f.PartitionInfo("orders", 0).Epoch
	f.ControlKey(kmsg.Fetch.Int16(), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		if got := kreq.(*kmsg.FetchRequest).Topics[0].Partitions[0].CurrentLeaderEpoch; got != want || want < 1 {
			t.Errorf("leader epoch %d in the question, the leader's is %d", got, want)
		}
		return nil, nil, false
	})
	ranges := []records.Range{rangeOf("orders", 0, 0, 10)}
	read(t, f.dial(t), ranges).check(t, ranges)
}
