package inspect

import (
	"context"
	"fmt"
	"time"
)

// Request says what a snapshot is to hold.
type Request struct {
	Groups []string // group IDs, literal
	// MustExist makes a group that does not exist an [*UnknownGroupError].
	MustExist bool
	// Select asks for every partition of these scopes, with or without a commit.
	// Empty: every partition of the topics in which the group has a commit or an
	// assignment.
	Select []Scope
	// AtMs asks for the first record at or after this instant, in milliseconds
	// since 1970, as far as a consumer of Isolation reads.
	AtMs      *int64
	Isolation Isolation
}

// Snapshot is what a cluster said about some groups. It is not taken in one
// moment: commits are read first, then the logs, then the lookups by time, so
// that a record written in between makes the lag larger and never negative, and
// is never jumped over by a target taken from the snapshot.
type Snapshot struct {
	At      time.Time
	Cluster Cluster
	Groups  []GroupSnapshot // in the order of Request.Groups
}

// GroupSnapshot is one group of a snapshot.
type GroupSnapshot struct {
	Group
	// Partitions are sorted by topic and number.
	Partitions []Partition
	// CommitsFault is why the group's commits could not be read; Partitions then
	// have the same fault.
	CommitsFault *Fault
}

// bare reports whether nothing is known about a group but that it is there. Such
// a group is rare (Kafka removes an Empty one without commits), and Kafka leaves
// out of "all commits" the topics that one may not describe, without a word: no
// rows then do not mean no lag.
func (g GroupSnapshot) bare() bool {
	return g.Fault == nil && g.State == StateEmpty && len(g.Partitions) == 0 &&
		g.Type != TypeShare && g.Type != TypeStreams
}

// Existing are the partitions of the group that are still there.
func (g GroupSnapshot) Existing() []TopicPartition {
	var partitions []TopicPartition
	for _, p := range g.Partitions {
		if p.Condition() != ConditionTopicMissing {
			partitions = append(partitions, p.TopicPartition)
		}
	}
	return partitions
}

// Take asks the cluster. Groups that do not exist are in the snapshot with
// StateDead, unless they must; a scope of Select that names nothing is an [*UnknownTopicError].
func Take(ctx context.Context, src Source, req Request, at time.Time) (Snapshot, error) {
	t := taking{ctx: ctx, src: src, req: req}
	t.ask("reading cluster metadata", func() (err error) {
		t.cluster, err = src.Cluster(ctx)
		return err
	})
	t.ask("describing groups", func() (err error) {
		t.described, err = src.DescribeGroups(ctx, req.Groups)
		return err
	})
	t.ask("looking for groups", t.requireGroups)
	t.ask("reading committed offsets", func() (err error) {
		t.commits, err = src.FetchCommits(ctx, req.Groups, nil)
		return err
	})
	t.ask("reading topic metadata", t.readTopics)
	t.ask("reading committed offsets", t.readUncommitted)
	t.ask("reading log start and end offsets", func() (err error) {
		t.logs, err = src.Logs(ctx, t.partitionsToRead())
		return err
	})
	t.ask("looking up offsets by time", t.lookUpInstant)
	if t.err != nil {
		return Snapshot{}, t.err
	}
	return t.snapshot(at), nil
}

// ReadLog says where the log of one partition starts and ends. A topic or
// partition that does not exist is an [*UnknownTopicError].
func ReadLog(ctx context.Context, src Source, p TopicPartition) (Log, error) {
	t := taking{ctx: ctx, src: src, req: Request{Select: []Scope{{Topic: p.Topic, Partitions: []int32{p.Partition}}}}}
	t.ask("reading topic metadata", t.readTopics)
	t.ask("reading log start and end offsets", func() (err error) {
		t.logs, err = src.Logs(ctx, []TopicPartition{p})
		return err
	})
	if t.err != nil {
		return Log{}, t.err
	}
	for _, fault := range []*Fault{t.topicFault(p), t.logs[p].Fault} {
		if fault != nil {
			return Log{}, fmt.Errorf("reading the log of %s: %w", p, fault)
		}
	}
	return t.logs[p].Log, nil
}

// CommittedOffsets are the offsets of a group that must exist. A partition whose
// commit cannot be read is an error: offsets are copied whole or not at all.
func CommittedOffsets(ctx context.Context, src Source, group string) (map[TopicPartition]int64, error) {
	s, err := Take(ctx, src, Request{Groups: []string{group}, MustExist: true}, time.Time{})
	if err != nil {
		return nil, err
	}
	offsets := map[TopicPartition]int64{}
	for _, p := range s.Groups[0].Partitions {
		switch {
		case p.Fault != nil:
			return nil, fmt.Errorf("reading the committed offset of group %q in %s: %w", group, p, p.Fault)
		case p.Commit != nil:
			offsets[p.TopicPartition] = p.Commit.Offset
		}
	}
	if len(offsets) == 0 {
		return nil, fmt.Errorf("group %q has no committed offsets", group)
	}
	return offsets, nil
}
