package reset

import (
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect"
)

// settlingTime is how long a commit that was sent may still come: twice the
// default of the broker's offsets.commit.timeout.ms.
const settlingTime = 10 * time.Second

// Verify holds an entry against the cluster as it is now. When the entry's outcome
// was open, and nothing of it can come any more, what was found is put down and
// counts from then on.
func (j *Journal) Verify(e Entry, now inspect.Snapshot, at time.Time) (Result, error) {
	if now.Cluster.ID != e.Plan.ClusterID {
		return Result{}, fmt.Errorf("entry %q was written on cluster %q, this is %q", e.ID, e.Plan.ClusterID, now.Cluster.ID)
	}
	rows := map[inspect.TopicPartition]inspect.Partition{}
	for _, row := range now.Groups[0].Partitions {
		rows[row.TopicPartition] = row
	}
	r := newResult(e.Plan, at)
	r.JournalID = &e.ID
	for i, c := range e.Plan.Changes {
		if c.Writes() {
			r.Partitions[i].verify(c, rows[c.At()], e.mayStillCome(at))
		}
	}
	if e.Plan.DeletesGroup {
		outcome := Failed
		if !now.Groups[0].Exists() {
			outcome = Applied
		}
		r.GroupOutcome = &outcome
	}
	if !e.open() || r.Count(Unknown) > 0 {
		return r, nil
	}
	return r, j.write(e.ID+".verified.json", r)
}

// open reports whether nobody knows what became of the entry, or of a part of it.
func (e Entry) open() bool { return e.Result == nil || e.Result.Count(Unknown) > 0 }

// mayStillCome reports whether a commit of the entry may be stored later.
func (e Entry) mayStillCome(at time.Time) bool {
	begun, err := time.Parse(time.RFC3339Nano, e.CreatedAt)
	return e.open() && (err != nil || at.Sub(begun) < settlingTime)
}

// verify says of one partition what its commit says.
func (p *PartitionResult) verify(c Change, now inspect.Partition, mayStillCome bool) {
	if now.Commit != nil {
		p.ReadBackOffset = &now.Commit.Offset
	}
	switch {
	case now.Fault != nil && c.Effect != Delete:
		p.Outcome, p.Error = Unknown, now.Fault
	case c.reached(now.Commit):
		p.Outcome = Applied
	case !c.sameCommit(now.Commit):
		p.Outcome = Overwritten
	case mayStillCome:
		p.Outcome = Unknown
	default:
		p.Outcome = Failed
	}
}
