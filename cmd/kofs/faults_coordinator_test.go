package main

import (
	"github.com/kofs/kofs/reset"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// coordinatorFaults: the broker that holds the group is not there, or another.
func coordinatorFaults() []fault {
	return []fault{
		{
			name: "the coordinator moved before the commit", breaks: commitFault(kerr.NotCoordinator, 1),
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 2,
		},
		{
			name: "the coordinator really moves while the commit is on its way", brokers: 3,
			breaks: func(s *scene) {
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.embedded.Cluster.RehashCoordinators()
					return nil, nil, false
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 2,
		},
		{
			name: "the coordinator moves again and again", breaks: commitFault(kerr.NotCoordinator, -1), args: "--shift-by -100 --timeout 4s",
			code: exitFailed, reason: reasonFailed, outcomes: "failed failed", status: "unchanged", sent: 5,
		},
		{
			name: "the coordinator moved, and somebody commits before the second try", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				s.onCommit(func(r *kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.embedded.Cluster.SleepControl(func() { s.put(0, 211) })
					return commitAnswer(r, map[int32]int16{0: kerr.NotCoordinator.Code, 1: kerr.NotCoordinator.Code}), nil, true
				})
			},
			code: exitRefused, reason: string(reset.Drift), outcomes: "refused refused", status: "unchanged", sent: 1,
			commits: `0:211 epoch -1 "", 1:220 epoch -1 ""`, lasts: true,
		},
		{
			name: "the commit was stored, and then the coordinator moved",
			breaks: func(s *scene) {
				s.onCommit(func(r *kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.embedded.Cluster.SleepControl(func() { s.put(0, 100); s.put(1, 120) })
					return commitAnswer(r, map[int32]int16{0: kerr.NotCoordinator.Code, 1: kerr.NotCoordinator.Code}), nil, true
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "the group cannot be described because its coordinator moved", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				s.fault(kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeGroups, kmsg.ConsumerGroupDescribe}, Err: kerr.NotCoordinator, Count: -1})
			},
			code: exitFailed, reason: reasonTimeout,
		},
		{
			name:   "the group is described without a state",
			breaks: func(s *scene) { s.control(kmsg.DescribeGroups, describedAs("")) },
			code:   exitRefused, reason: string(reset.Unreadable),
		},
		{
			name: "the coordinator is described after one move", brokers: 3,
			breaks: func(s *scene) {
				s.control(kmsg.OffsetFetch, func(n int, _ kmsg.Request) (kmsg.Response, error, bool) {
					if n == 1 {
						s.embedded.Cluster.RehashCoordinators()
					}
					return nil, nil, false
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "the coordinator is loading the group", breaks: commitFault(kerr.CoordinatorLoadInProgress, 2),
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 3,
		},
		{
			name: "one partition's commit meets a loading coordinator", breaks: commitFault(kerr.CoordinatorLoadInProgress, 1, 1),
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 2,
		},
		{
			name: "the coordinator is not available, and nothing was stored", breaks: commitFault(kerr.CoordinatorNotAvailable, 1), args: "--shift-by -100 --timeout 2s",
			code: exitUnknown, reason: reasonUnknownOutcome, outcomes: "unknown unknown", status: "unknown", sent: 1,
		},
		{
			name: "the coordinator is not available, and the commit was stored",
			breaks: func(s *scene) {
				s.onCommit(func(r *kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.embedded.Cluster.SleepControl(func() { s.put(0, 100); s.put(1, 120) })
					return commitAnswer(r, map[int32]int16{0: kerr.CoordinatorNotAvailable.Code, 1: kerr.CoordinatorNotAvailable.Code}), nil, true
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
	}
}

// describedAs answers that groups are in this state.
func describedAs(state string) func(int, kmsg.Request) (kmsg.Response, error, bool) {
	return func(_ int, r kmsg.Request) (kmsg.Response, error, bool) {
		req := r.(*kmsg.DescribeGroupsRequest)
		resp := req.ResponseKind().(*kmsg.DescribeGroupsResponse)
		for _, group := range req.Groups {
			g := kmsg.NewDescribeGroupsResponseGroup()
			g.Group, g.State = group, state
			resp.Groups = append(resp.Groups, g)
		}
		return resp, nil, true
	}
}
