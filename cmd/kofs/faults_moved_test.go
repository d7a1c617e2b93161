package main

import (
	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/kofs/kofs/reset"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// movedSincePlan: the log is not what it was when the plan was reviewed.
func movedSincePlan() []fault {
	drift := func(name, args, message, commits string, between func(*scene)) fault {
		return fault{commits: commits, name: name, args: args, between: between, code: exitRefused, reason: string(reset.Drift), message: message}
	}
	check := func(s *scene, err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	recreated := drift("the topic was deleted and created again", "", "created again", "", func(s *scene) {
		check(s, s.DeleteTopic(s.ctx, "orders"))
		check(s, s.CreateTopic(s.ctx, "orders", 2, nil))
		again := kafkatest.NewWorld(s.t, s.embedded.Addrs()) // a client that does not know the topic's ID
		for p := range int32(2) {
			_, err := again.Produce(s.ctx, "orders", p, kafkatest.Numbered(300)...)
			check(s, err)
		}
		s.World = again
		s.commit(kadm.Offset{Topic: "orders", Partition: 0, At: 200, LeaderEpoch: 0, Metadata: "was here"},
			kadm.Offset{Topic: "orders", Partition: 1, At: 220, LeaderEpoch: -1})
	})
	gone := drift("the topic was deleted", "", "", " ", func(s *scene) { check(s, s.DeleteTopic(s.ctx, "orders")) })
	gone.reason = string(reset.UnknownTopic)
	return []fault{
		recreated, gone,
		drift("retention removed the records of the plan", "--to-offset 3", "now starts at 5", "", func(s *scene) {
			check(s, s.DeleteRecords(s.ctx, "orders", 1, 5))
		}),
		{
			name: "retention removed records below the plan's offsets", between: func(s *scene) { check(s, s.DeleteRecords(s.ctx, "orders", 1, 120)) },
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		drift("an unclean election truncated the log below the plan's offset", "--to-offset 180", "now ends at 150", "", truncatedTo(150)),
		drift("an unclean election truncated the log below the commit", "", "now ends at 150", "", truncatedTo(150)),
		drift("somebody applied another plan in between", "", "commit was 200", `0:250 epoch -1 "", 1:220 epoch -1 ""`, func(s *scene) { s.put(0, 250) }),
		drift("somebody committed the same offset with other metadata in between", "", "metadata", `0:200 epoch 0 "was here too", 1:220 epoch -1 ""`, func(s *scene) {
			s.commit(kadm.Offset{Topic: "orders", Partition: 0, At: 200, LeaderEpoch: 0, Metadata: "was here too"})
		}),
		{
			name: "the plan was applied before", between: func(s *scene) { s.put(0, 100); s.put(1, 120) },
			outcomes: "unchanged unchanged", commits: commitsShifted,
		},
		{
			name: "one row of the plan was applied before", between: func(s *scene) { s.put(0, 100) },
			outcomes: "unchanged applied", status: "applied", commits: commitsShifted, sent: 1, lasts: true,
		},
	}
}

// truncatedTo answers that the logs end there.
func truncatedTo(end int64) func(*scene) {
	return func(s *scene) {
		s.control(kmsg.ListOffsets, func(_ int, r kmsg.Request) (kmsg.Response, error, bool) {
			req := r.(*kmsg.ListOffsetsRequest)
			resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
			for _, t := range req.Topics {
				topic := kmsg.NewListOffsetsResponseTopic()
				topic.Topic = t.Topic
				for _, p := range t.Partitions {
					row := kmsg.NewListOffsetsResponseTopicPartition()
					row.Partition, row.LeaderEpoch, row.Timestamp = p.Partition, 1, -1
					if row.Offset = end; p.Timestamp == -2 {
						row.Offset = 0
					}
					topic.Partitions = append(topic.Partitions, row)
				}
				resp.Topics = append(resp.Topics, topic)
			}
			return resp, nil, true
		})
	}
}
