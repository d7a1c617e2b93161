package reset

import (
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/document"
)

// ResultSchema names the document of a result.
const ResultSchema = "kofs/result/v1"

// Result is what became of a write, one row for every change of the plan.
type Result struct {
	Schema string `json:"schema"`
	// JournalID is the entry of the journal that can take the write back; null when
	// nothing had to be sent.
	JournalID *string `json:"journal_id"`
	PlanID    string  `json:"plan_id"`
	ClusterID string  `json:"cluster_id"`
	Group     string  `json:"group"`
	At        string  `json:"at"`
	// GroupDeleted says that the group was to go with all its commits.
	GroupDeleted bool `json:"group_deleted"`
	// GroupOutcome is what became of the group's deletion; null for other writes.
	GroupOutcome *Outcome          `json:"group_outcome"`
	Partitions   []PartitionResult `json:"partitions"`
}

// Outcome is what became of one partition.
type Outcome string

// The outcomes.
const (
	Applied     Outcome = "applied"     // the new offset was read back
	Unchanged   Outcome = "unchanged"   // nothing had to be sent
	Refused     Outcome = "refused"     // the coordinator refused: the group is active, or has moved on
	Failed      Outcome = "failed"      // not stored, for the reason in Error
	Overwritten Outcome = "overwritten" // stored, and then replaced by somebody else
	Unknown     Outcome = "unknown"     // sent, and neither confirmed nor ruled out
)

// PartitionResult is the outcome of one partition, with what was there before.
type PartitionResult struct {
	Topic     string           `json:"topic"`
	TopicID   *inspect.TopicID `json:"topic_id"`
	Partition int32            `json:"partition"`
	Outcome   Outcome          `json:"outcome"`
	// OldOffset is null when there was no commit; then the other two are null too.
	OldOffset      *int64         `json:"old_offset"`
	OldLeaderEpoch *int32         `json:"old_leader_epoch"`
	OldMetadata    *string        `json:"old_metadata"`
	NewOffset      *int64         `json:"new_offset"`
	ReadBackOffset *int64         `json:"read_back_offset"` // null when nothing was read back, or no commit was there
	Error          *inspect.Fault `json:"error"`
}

// Count is how many partitions have the outcome.
func (r Result) Count(o Outcome) int {
	n := 0
	for _, p := range r.Partitions {
		if p.Outcome == o {
			n++
		}
	}
	if len(r.Partitions) == 0 && r.GroupOutcome != nil && *r.GroupOutcome == o {
		n++ // a group without a commit
	}
	return n
}

// First is the first partition with one of the outcomes, nil if none has it.
func (r Result) First(outcomes ...Outcome) *PartitionResult {
	for _, o := range outcomes {
		for i := range r.Partitions {
			if r.Partitions[i].Outcome == o {
				return &r.Partitions[i]
			}
		}
	}
	return nil
}

func newResult(p Plan, at time.Time) Result {
	r := Result{Schema: ResultSchema, PlanID: p.ID, ClusterID: p.ClusterID, Group: p.Group, GroupDeleted: p.DeletesGroup, At: at.UTC().Format(timestampForm), Partitions: []PartitionResult{}}
	for _, c := range p.Changes {
		row := PartitionResult{
			Topic: c.Topic, TopicID: c.TopicID, Partition: c.Partition, Outcome: Unchanged, NewOffset: c.NewOffset,
			OldOffset: c.CommittedOffset, OldLeaderEpoch: c.CommittedLeaderEpoch, OldMetadata: c.CommittedMetadata,
		}
		if c.Effect == Delete {
			row.NewOffset = nil
		}
		if c.Error != nil {
			row.Outcome, row.Error = Failed, c.Error
		}
		r.Partitions = append(r.Partitions, row)
	}
	return r
}

// LoadResult reads the document of a result, as strictly as a plan.
func LoadResult(path string) (Result, error) {
	text, err := document.Read(path)
	if err != nil {
		return Result{}, fmt.Errorf("reading result: %w", err)
	}
	var r Result
	if err := document.Decode(text, &r); err != nil {
		return Result{}, fmt.Errorf("reading result %q: %w", path, err)
	}
	if r.Schema != ResultSchema {
		return Result{}, fmt.Errorf("reading result %q: its schema is %q, not %q", path, r.Schema, ResultSchema)
	}
	return r, nil
}
