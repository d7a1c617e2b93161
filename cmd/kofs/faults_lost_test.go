package main

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// lostAnswers: nobody says what became of the commit, or not of all of it.
func lostAnswers() []fault {
	return []fault{
		{
			name: "the broker's timeout ran out after it stored the commit", breaks: commitFault(kerr.RequestTimedOut, 1),
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "the connection is cut after the commit was stored",
			breaks: func(s *scene) {
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.cut.armed.Store(true)
					return nil, nil, false
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "the connection is cut before the commit was stored", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) { return nil, errors.New("cut"), true })
			},
			code: exitUnknown, reason: reasonUnknownOutcome, outcomes: "unknown unknown", status: "unknown", sent: 1,
		},
		{
			name: "no answer to the commit, and it was not stored", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) { return nil, nil, true })
			},
			code: exitUnknown, reason: reasonUnknownOutcome, outcomes: "unknown unknown", status: "unknown", sent: 1,
		},
		{
			name: "no answer to the commit, and it is stored only after kofs has looked", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				looked := make(chan struct{})
				var asked, once = atomic.Bool{}, sync.Once{}
				s.control(kmsg.OffsetFetch, func(int, kmsg.Request) (kmsg.Response, error, bool) {
					if asked.Load() {
						once.Do(func() { close(looked) })
					}
					return nil, nil, false
				})
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					asked.Store(true)
					return s.meanwhile(func() {
						select {
						case <-looked:
						case <-s.ctx.Done(): // the outcome says that it was not
						}
					})
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "the commit is acknowledged, and cannot be read back", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				s.control(kmsg.OffsetFetch, func(int, kmsg.Request) (kmsg.Response, error, bool) {
					return nil, nil, s.sent() > 0
				})
			},
			code: exitUnknown, reason: reasonUnknownOutcome, outcomes: "unknown unknown", status: "unknown", commits: commitsShifted, sent: 1,
		},
		{
			name: "the answer lacks a partition that was stored",
			breaks: func(s *scene) {
				s.onCommit(func(r *kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.embedded.Cluster.SleepControl(func() { s.put(0, 100); s.put(1, 120) })
					return commitAnswer(r, map[int32]int16{0: 0}), nil, true
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "the answer lacks a partition that was not stored, and has one that nobody asked for", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				s.onCommit(func(r *kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.embedded.Cluster.SleepControl(func() { s.put(0, 100) })
					return commitAnswer(r, map[int32]int16{0: 0, 7: 0}), nil, true
				})
			},
			code: exitUnknown, reason: reasonUnknownOutcome, outcomes: "applied unknown", status: "unknown", commits: firstShifted, sent: 1,
		},
	}
}

// commitAnswer is an answer with these partitions and codes.
func commitAnswer(r *kmsg.OffsetCommitRequest, codes map[int32]int16) kmsg.Response {
	resp := r.ResponseKind().(*kmsg.OffsetCommitResponse)
	topic := kmsg.NewOffsetCommitResponseTopic()
	topic.Topic, topic.TopicID = r.Topics[0].Topic, r.Topics[0].TopicID
	for partition, code := range codes {
		p := kmsg.NewOffsetCommitResponseTopicPartition()
		p.Partition, p.ErrorCode = partition, code
		topic.Partitions = append(topic.Partitions, p)
	}
	resp.Topics = append(resp.Topics, topic)
	return resp
}
