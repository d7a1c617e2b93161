package main

import (
	"github.com/kofs/kofs/reset"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// othersAtWork: consumers and operators that do not wait.
func othersAtWork() []fault {
	return []fault{
		{
			name: "a consumer joins between the check and the commit",
			breaks: func(s *scene) {
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) { return s.meanwhile(func() { s.join() }) })
			},
			code: exitRefused, reason: string(reset.GroupActive), outcomes: "refused refused", status: "unchanged", sent: 1, lasts: true,
		},
		{
			name:   "the group is active",
			breaks: func(s *scene) { s.join() }, code: exitRefused, reason: string(reset.GroupActive), lasts: true,
		},
		{
			name: "a consumer with the new protocol, whose group the old request calls dead",
			breaks: func(s *scene) {
				s.join(kgo.ServerSideBalancer())
				s.control(kmsg.DescribeGroups, describedAs("Dead"))
			},
			code: exitRefused, reason: string(reset.GroupActive), lasts: true,
		},
		{
			name: "a standalone consumer keeps committing", args: "--shift-by -100 --settle 50ms",
			breaks: func(s *scene) {
				n := int64(200)
				s.control(kmsg.OffsetFetch, func(look int, _ kmsg.Request) (kmsg.Response, error, bool) {
					if look < 3 { // the preview, and the check before the commit
						return nil, nil, false
					}
					n++
					return s.meanwhile(func() { s.put(0, n) })
				})
			},
			code: exitRefused, reason: string(reset.StandaloneConsumer), commits: `0:201 epoch -1 "", 1:220 epoch -1 ""`, lasts: true,
		},
		{
			name: "somebody overwrites the new offset at once",
			breaks: func(s *scene) {
				s.control(kmsg.OffsetFetch, func(int, kmsg.Request) (kmsg.Response, error, bool) {
					if s.sent() == 0 || s.own.Load() > 0 {
						return nil, nil, false
					}
					return s.meanwhile(func() { s.put(1, 290) })
				})
			},
			code: exitIncomplete, reason: reasonIncomplete, outcomes: "applied overwritten", status: "applied", sent: 1,
			commits: `0:100 epoch -1 "", 1:290 epoch -1 ""`, lasts: true,
		},
		{
			name: "somebody commits between the check and the commit",
			breaks: func(s *scene) {
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					return s.meanwhile(func() { s.put(1, 290) })
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "a group that is not there", args: "--to-earliest",
			breaks: func(s *scene) {
				if _, err := s.Admin().DeleteGroups(s.ctx, "billing"); err != nil {
					s.t.Fatal(err)
				}
			},
			code: exitRefused, reason: string(reset.UnknownGroup), commits: " ", lasts: true,
		},
	}
}

func (s *scene) join(opts ...kgo.Opt) {
	m, err := s.Join(s.ctx, "billing", []string{"orders"}, opts...)
	if err != nil {
		s.t.Error(err)
		return
	}
	s.t.Cleanup(m.Close)
}
