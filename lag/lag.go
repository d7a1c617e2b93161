package lag

import (
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
)

// Report is the lag of some groups at one time.
type Report struct {
	ClusterID string
	At        time.Time
	Isolation inspect.Isolation
	Groups    []Group
}

// Group is the lag of one group.
type Group struct {
	inspect.Group
	Partitions []Partition
	// Fault is why the group could not be described or its commits not be read.
	Fault *inspect.Fault
}

// Partition is the lag of one partition.
type Partition struct {
	inspect.Partition
	Condition inspect.Condition
	// Lag is in offsets, never below 0; nil where the commit is not a place in
	// the log. Before the log start it is counted from the log start.
	Lag *int64
	// LostOffsets is how far the commit lies before the log start; nil like Lag.
	LostOffsets *int64
}

// Compute is the lag of every group in the snapshot, as a consumer of the
// isolation level sees it. A non-empty filter leaves out the partitions that it
// does not name.
func Compute(s inspect.Snapshot, isolation inspect.Isolation, filter []inspect.Scope) Report {
	r := Report{ClusterID: s.Cluster.ID, At: s.At, Isolation: isolation}
	for _, g := range s.Groups {
		group := Group{Group: g.Group, Fault: g.Group.Fault}
		if group.Fault == nil {
			group.Fault = g.CommitsFault
		}
		for _, p := range g.Partitions {
			if matches(filter, p.TopicPartition) {
				group.Partitions = append(group.Partitions, computePartition(p, isolation))
			}
		}
		r.Groups = append(r.Groups, group)
	}
	return r
}

func matches(filter []inspect.Scope, p inspect.TopicPartition) bool {
	return len(filter) == 0 || slices.ContainsFunc(filter, func(s inspect.Scope) bool { return s.Matches(p) })
}

func computePartition(p inspect.Partition, isolation inspect.Isolation) Partition {
	row := Partition{Partition: p, Condition: p.Condition()}
	if row.Condition != inspect.ConditionOK && row.Condition != inspect.ConditionBeforeLogStart {
		return row
	}
	from := max(p.Commit.Offset, p.Log.Start)
	behind := max(0, p.Log.End(isolation)-from)
	lost := from - max(0, p.Commit.Offset)
	row.Lag, row.LostOffsets = &behind, &lost
	return row
}

// Total is the sum of the known lags of the group.
func (g Group) Total() int64 {
	var total int64
	for _, p := range g.Partitions {
		if p.Lag != nil {
			total += *p.Lag
		}
	}
	return total
}

// Topic is the known lag of a group in one topic.
type Topic struct {
	Topic string
	Lag   int64
}

// Topics are the known lags by topic, sorted.
func (g Group) Topics() []Topic {
	var topics []Topic
	for _, p := range g.Partitions { // sorted by topic
		if n := len(topics); n == 0 || topics[n-1].Topic != p.Topic {
			topics = append(topics, Topic{Topic: p.Topic})
		}
		if p.Lag != nil {
			topics[len(topics)-1].Lag += *p.Lag
		}
	}
	return topics
}

// Unknown is how many partitions have no lag. With ignoreNoCommit those without
// a commit are left out.
func (g Group) Unknown(ignoreNoCommit bool) int {
	n := 0
	for _, p := range g.Partitions {
		if p.Lag == nil && !(ignoreNoCommit && p.Condition == inspect.ConditionNoCommit) {
			n++
		}
	}
	return n
}

// Above are the groups whose known total is above the threshold.
func (r Report) Above(threshold int64) []Group {
	return slices.DeleteFunc(slices.Clone(r.Groups), func(g Group) bool { return g.Total() <= threshold })
}

// Unread reports whether something could not be read: a group, or a partition
// for another reason than that its topic is gone.
func (r Report) Unread() bool {
	return slices.ContainsFunc(r.Groups, func(g Group) bool {
		return g.Fault != nil || slices.ContainsFunc(g.Partitions, func(p Partition) bool {
			return p.Condition == inspect.ConditionError
		})
	})
}

// Unknown is the sum of the groups' unknown partitions.
func (r Report) Unknown(ignoreNoCommit bool) int {
	n := 0
	for _, g := range r.Groups {
		n += g.Unknown(ignoreNoCommit)
	}
	return n
}

// Partitions is the number of rows in all groups.
func (r Report) Partitions() int {
	n := 0
	for _, g := range r.Groups {
		n += len(g.Partitions)
	}
	return n
}

// Has reports whether some group has a partition in the scope.
func (r Report) Has(scope inspect.Scope) bool {
	return slices.ContainsFunc(r.Groups, func(g Group) bool {
		return slices.ContainsFunc(g.Partitions, func(p Partition) bool { return scope.Matches(p.TopicPartition) })
	})
}
