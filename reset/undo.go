package reset

import (
	"fmt"
	"strings"
	"time"

	"github.com/kofs/kofs/inspect"
)

// ToUndo is the kind of target of a plan that takes back a write. Its value is
// the ID of the journal entry, or of the plan that was applied.
const ToUndo Kind = "undo"

// Written is one partition of a write that is to be taken back.
type Written struct {
	inspect.TopicPartition
	TopicID *inspect.TopicID
	Old     *inspect.Commit // nil: there was no commit
	New     *int64          // nil: the commit was deleted
}

// Taken is a write that is to be taken back.
type Taken struct {
	ID        string
	ClusterID string
	Group     string
	Rows      []Written
	// GroupDeleted says that the group went with its commits. What comes back is a
	// simple group: its protocol type is lost.
	GroupDeleted bool
	// OpenUntil is when nothing of the write can be stored any more that is not
	// there; zero if its outcome is known.
	OpenUntil time.Time
}

// Taken is what the entry wrote, or may have written, itself or when it was
// resumed: who is given both ways on, and takes the first, may still go back.
func (e Entry) Taken() Taken {
	t := Taken{ID: e.ID, ClusterID: e.Plan.ClusterID, Group: e.Plan.Group, GroupDeleted: e.Plan.DeletesGroup}
	if begun, err := time.Parse(time.RFC3339Nano, e.CreatedAt); err == nil && e.open() {
		t.OpenUntil = begun.Add(settlingTime)
	}
	resumed := map[inspect.TopicPartition]bool{}
	for _, r := range e.resumptions {
		for _, row := range r.Taken().Rows {
			resumed[row.TopicPartition] = true
		}
	}
	for i, c := range e.Plan.Changes {
		if !c.Writes() || !resumed[c.At()] && e.Result != nil && !e.Result.Partitions[i].mayBeStored() {
			continue
		}
		row := Written{TopicPartition: c.At(), TopicID: c.TopicID, Old: c.committed(), New: c.NewOffset}
		if c.Effect == Delete {
			row.New = nil
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// mayBeStored reports whether the row was sent and not refused.
func (p PartitionResult) mayBeStored() bool {
	return p.Outcome == Applied || p.Outcome == Overwritten || p.Outcome == Unknown
}

// Taken is what the result's document says was written, or may have been.
func (r Result) Taken() Taken {
	t := Taken{ID: r.PlanID, ClusterID: r.ClusterID, Group: r.Group, GroupDeleted: r.GroupDeleted}
	if r.JournalID != nil {
		t.ID = *r.JournalID
	}
	for _, p := range r.Partitions {
		if !p.mayBeStored() {
			continue
		}
		row := Written{TopicPartition: inspect.TopicPartition{Topic: p.Topic, Partition: p.Partition}, TopicID: p.TopicID, New: p.NewOffset}
		if p.OldOffset != nil {
			row.Old = &inspect.Commit{Offset: *p.OldOffset, LeaderEpoch: p.OldLeaderEpoch}
			if p.OldMetadata != nil {
				row.Old.Metadata = *p.OldMetadata
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// Scopes are the partitions of the write.
func (t Taken) Scopes() []inspect.Scope {
	var scopes []inspect.Scope
	for _, row := range t.Rows {
		if n := len(scopes); n > 0 && scopes[n-1].Topic == row.Topic {
			scopes[n-1].Partitions = append(scopes[n-1].Partitions, row.Partition)
			continue
		}
		scopes = append(scopes, inspect.Scope{Topic: row.Topic, Partitions: []int32{row.Partition}})
	}
	return scopes
}

// NewUndo makes the plan that puts back what was committed before a write: the
// offset with its leader epoch and metadata, or no commit. Partitions that are
// back already stay. It is a [*Refusal] if a partition stands neither where the
// write put it nor where it was before: the group ran on, and going back is then
// a reset like any other, with a preview of its own.
func NewUndo(s inspect.Snapshot, t Taken, id string, now time.Time) (Plan, error) {
	g := s.Groups[0]
	p := Plan{
		Schema: PlanSchema, MinReader: 1, ID: id, CreatedAt: now.UTC().Format(timestampForm), ClusterID: s.Cluster.ID,
		Group: t.Group, GroupType: g.Type, ProtocolType: g.ProtocolType, GroupState: g.State,
		Target: TargetDoc{Kind: ToUndo, Value: &t.ID}, Blockers: blockers(g), NotInScope: []PartitionDoc{}, Changes: []Change{},
	}
	if s.Cluster.ID != t.ClusterID {
		return p, &Refusal{Reason: Drift, Group: t.Group, Message: fmt.Sprintf("%q was written on cluster %q, this is %q", t.ID, t.ClusterID, s.Cluster.ID)}
	}
	rows := map[inspect.TopicPartition]inspect.Partition{}
	for _, row := range g.Partitions {
		rows[row.TopicPartition] = row
	}
	var ranOn []string
	for _, w := range t.Rows {
		row, ok := rows[w.TopicPartition]
		if !ok {
			row = inspect.Partition{TopicPartition: w.TopicPartition, Fault: inspect.KafkaFault(inspect.CodeUnknownTopicOrPartition, "")}
		}
		c, moved := w.change(row)
		if moved {
			ranOn = append(ranOn, fmt.Sprintf("%s is at %s", c.At(), describeCommit(row.Commit)))
		}
		p.Changes = append(p.Changes, c)
	}
	p.Totals = total(p.Changes)
	p = p.sealed()
	if len(ranOn) > 0 {
		return p, &Refusal{Reason: GroupRanOn, Group: t.Group,
			Message: fmt.Sprintf("since %q the group ran on, or was written by somebody else: %s", t.ID, strings.Join(ranOn, ", ")),
			Hint:    fmt.Sprintf("kofs journal show %s -o kafka-csv > back.csv, then kofs reset %s --from-file back.csv", t.ID, t.Group)}
	}
	return p, nil
}

// change is what takes one partition back, and whether it has moved since.
func (w Written) change(row inspect.Partition) (c Change, moved bool) {
	c = describe(row)
	switch {
	case c.Error != nil:
		return c, false
	case w.TopicID != nil && *w.TopicID != row.TopicID:
		c.Error = inspect.KafkaFault(inspect.CodeUnknownTopicID, "")
		return c, false
	case w.isBack(row.Commit):
		c.NewOffset = c.CommittedOffset
	case !w.isThere(row.Commit):
		return c, true
	case w.Old == nil:
		c.Effect = Delete
	default:
		c.NewOffset, c.NewLeaderEpoch, c.NewMetadata = &w.Old.Offset, w.Old.LeaderEpoch, &w.Old.Metadata
		if c.Effect = effect(row.Commit, w.Old.Offset); c.Effect == None { // the same offset, with another epoch or metadata
			c.Effect = Replay
		}
	}
	c.setSpan(row.Log)
	return c, false
}

// isBack reports whether the commit is what was there before the write.
func (w Written) isBack(now *inspect.Commit) bool {
	if w.Old == nil || now == nil {
		return w.Old == nil && now == nil
	}
	return w.Old.Offset == now.Offset && w.Old.Metadata == now.Metadata && equal(w.Old.LeaderEpoch, now.LeaderEpoch)
}

// isThere reports whether the commit is where the write put it.
func (w Written) isThere(now *inspect.Commit) bool {
	if w.New == nil || now == nil {
		return w.New == nil && now == nil
	}
	return *w.New == now.Offset
}
