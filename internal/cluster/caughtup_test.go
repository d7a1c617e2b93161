package cluster

import (
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A coordinator that was just elected denies commits without an error, as Kafka
// 4.3.1 does for some 140 ms; it is recognised by its high watermark, which it does
// not know yet.
func TestACoordinatorThatWasJustElectedIsNotBelieved(t *testing.T) {
	t.Parallel()
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	if err := f.CreateTopic(inspect.OffsetsTopic, 50, nil); err != nil {
		t.Fatal(err)
	}
	f.produce(t, "orders", 0, 10, 10, 1)
	f.commit(t, "billing", "orders", 0, 7)
	const elections = 3 // questions that the coordinator cannot answer yet
	refused := 0
	f.ControlKey(kmsg.ListOffsets.Int16(), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		req := kreq.(*kmsg.ListOffsetsRequest)
		if req.Topics[0].Topic != inspect.OffsetsTopic {
			return nil, nil, false
		}
		if got, want := req.Topics[0].Partitions[0].Partition, inspect.OffsetsPartition("billing", 50); got != want {
			t.Errorf("asked for partition %d of %s, want %d", got, inspect.OffsetsTopic, want)
		}
		if refused == elections {
			return nil, nil, false
		}
		refused++
		return notAvailable(req), nil, true
	})
	f.ControlKey(kmsg.OffsetFetch.Int16(), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		if refused < elections {
			t.Error("committed offsets were asked for before the coordinator knew them")
		}
		return nil, nil, false
	})
	got, err := f.dial(t).FetchCommits(deadline(t, 10*time.Second), []string{"billing"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := got["billing"].Commits[tp("orders", 0)].Commit; c == nil || c.Offset != 7 {
		t.Errorf("committed: %+v, want 7", got["billing"])
	}
	if refused != elections {
		t.Errorf("the coordinator was asked %d times, want more than %d", refused, elections)
	}
}

func notAvailable(req *kmsg.ListOffsetsRequest) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
	topic := kmsg.NewListOffsetsResponseTopic()
	topic.Topic = req.Topics[0].Topic
	p := kmsg.NewListOffsetsResponseTopicPartition()
	p.Partition, p.ErrorCode = req.Topics[0].Partitions[0].Partition, offsetNotAvailable
	topic.Partitions = append(topic.Partitions, p)
	resp.Topics = append(resp.Topics, topic)
	return resp
}
