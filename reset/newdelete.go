package reset

import (
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect"
)

// NewDelete makes the plan that deletes the commits of the snapshot's partitions,
// or, with wholeGroup, the group with all of them. What is not committed stays as
// it is.
func NewDelete(s inspect.Snapshot, wholeGroup bool, id string, now time.Time) (Plan, error) {
	g := s.Groups[0]
	p := Plan{
		Schema: PlanSchema, MinReader: 1, ID: id, CreatedAt: now.UTC().Format(timestampForm), ClusterID: s.Cluster.ID,
		Group: g.ID, GroupType: g.Type, ProtocolType: g.ProtocolType, GroupState: g.State, DeletesGroup: wholeGroup,
		Target: TargetDoc{Kind: ToNothing}, Blockers: blockers(g), NotInScope: []PartitionDoc{}, Changes: []Change{},
	}
	if g.CommitsFault != nil {
		return p, fmt.Errorf("reading committed offsets of group %q: %w", g.ID, g.CommitsFault)
	}
	for _, row := range g.Partitions {
		c := describe(row)
		switch {
		case row.Commit != nil && (row.Fault == nil || row.Condition() == inspect.ConditionTopicMissing):
			c.Effect, c.Error = Delete, nil
		case row.Commit == nil && row.Fault == nil:
			continue
		}
		c.setSpan(row.Log)
		p.Changes = append(p.Changes, c)
	}
	p.Totals = total(p.Changes)
	return p.sealed(), nil
}
