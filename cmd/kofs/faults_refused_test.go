package main

import (
	"github.com/kofs/kofs/reset"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// refusedCommits: the broker, or kofs, says no.
func refusedCommits() []fault {
	active := func(name string, err *kerr.Error) fault {
		return fault{name: "the commit is answered " + name, breaks: commitFault(err, 1),
			code: exitRefused, reason: string(reset.GroupActive), outcomes: "refused refused", status: "unchanged", sent: 1}
	}
	failed := func(name string, reason string, err *kerr.Error) fault {
		return fault{name: name, breaks: commitFault(err, 1), code: exitFailed, reason: reason, outcomes: "failed failed", status: "unchanged", sent: 1}
	}
	partial := func(name string, err *kerr.Error) fault {
		return fault{name: name, breaks: commitFault(err, 1, 1), code: exitIncomplete, reason: reasonIncomplete,
			outcomes: "applied failed", status: "partial", commits: firstShifted, sent: 1}
	}
	return []fault{
		active("UNKNOWN_MEMBER_ID", kerr.UnknownMemberID),
		active("REBALANCE_IN_PROGRESS", kerr.RebalanceInProgress),
		active("ILLEGAL_GENERATION", kerr.IllegalGeneration),
		active("STALE_MEMBER_EPOCH", kerr.StaleMemberEpoch),
		failed("the commit is answered FENCED_INSTANCE_ID", reasonFailed, kerr.FencedInstanceID),
		failed("there is no READ on the group", reasonNotAuthorized, kerr.GroupAuthorizationFailed),
		failed("there is no READ on the topic", reasonNotAuthorized, kerr.TopicAuthorizationFailed),
		partial("there is no READ on one of the topics", kerr.TopicAuthorizationFailed),
		partial("the metadata of one commit is too large", kerr.OffsetMetadataTooLarge),
		failed("the commit is too large", reasonFailed, kerr.InvalidCommitOffsetSize),
		{
			name: "a transaction holds an offset at the preview and at the commit", args: "--shift-by -100 --timeout 3s",
			breaks: func(s *scene) {
				s.control(kmsg.OffsetFetch, func(_ int, r kmsg.Request) (kmsg.Response, error, bool) {
					return unstable(r)
				})
			},
			code: exitRefused, reason: string(reset.PendingTransaction),
		},
		{
			name: "a broker that knows no OffsetCommit without a retention time", options: []kfake.Opt{kfake.MaxVersions(kversion.V2_0_0())},
			code: exitFailed, reason: reasonFailed, message: "OffsetCommit", status: "unchanged",
			commits: `0:200 epoch -1 "was here", 1:220 epoch -1 ""`, lasts: true,
		},
		{
			name:     "the leader epoch and the metadata of the old commit", // no fault: -1 is written, and undo brings both back
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{name: "an offset beyond the end of the log", args: "--to-offset 301", code: exitRefused, reason: string(reset.OutOfRange)},
		{
			name: "an offset before the start of the log", args: "--to-offset 3",
			breaks: func(s *scene) {
				if err := s.DeleteRecords(s.ctx, "orders", 1, 5); err != nil {
					s.t.Fatal(err)
				}
			},
			code: exitRefused, reason: string(reset.OutOfRange),
		},
		{
			name: "a shift beyond all integers", args: "--shift-by -9223372036854775807",
			code: exitRefused, reason: string(reset.OutOfRange),
		},
	}
}

// unstable answers, where stable offsets are asked for, that partition 0 has none.
func unstable(r kmsg.Request) (kmsg.Response, error, bool) {
	req := r.(*kmsg.OffsetFetchRequest)
	if !req.RequireStable {
		return nil, nil, false
	}
	resp := req.ResponseKind().(*kmsg.OffsetFetchResponse)
	if req.Version < 8 {
		topic := kmsg.NewOffsetFetchResponseTopic()
		topic.Topic = "orders"
		for p := range int32(2) {
			row := kmsg.NewOffsetFetchResponseTopicPartition()
			row.Partition, row.Offset, row.LeaderEpoch, row.ErrorCode = p, -1, -1, kerr.UnstableOffsetCommit.Code
			topic.Partitions = append(topic.Partitions, row)
		}
		resp.Topics = append(resp.Topics, topic)
		return resp, nil, true
	}
	group := kmsg.NewOffsetFetchResponseGroup()
	group.Group = "billing"
	topic := kmsg.NewOffsetFetchResponseGroupTopic()
	topic.Topic = "orders"
	for p := range int32(2) {
		row := kmsg.NewOffsetFetchResponseGroupTopicPartition()
		row.Partition, row.Offset, row.LeaderEpoch, row.ErrorCode = p, -1, -1, kerr.UnstableOffsetCommit.Code
		topic.Partitions = append(topic.Partitions, row)
	}
	group.Topics = append(group.Topics, topic)
	resp.Groups = append(resp.Groups, group)
	return resp, nil, true
}
