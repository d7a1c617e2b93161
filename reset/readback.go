package reset

import (
	"context"
	"fmt"

	"github.com/kofs/kofs/inspect"
)

// readBack looks at what is committed now, until every partition whose answer
// was lost is found at its new offset, or has not come for the time of Settle.
// What is then still open stays unknown, which is no error.
func (a *application) readBack(ctx context.Context) error {
	deadline := a.Now().Add(a.Settle)
	for {
		settled := a.look(ctx)
		if settled || a.Now().After(deadline) || a.Pause(ctx, retryPause) != nil {
			a.conclude()
			return nil
		}
	}
}

// look reads the commits once. It is true when no outcome is open any more.
func (a *application) look(ctx context.Context) bool {
	rows := append(a.rows(), a.deletions()...)
	if a.plan.DeletesGroup {
		a.lookAtGroup(ctx)
	}
	if len(rows) == 0 {
		return a.result.GroupOutcome == nil || *a.result.GroupOutcome != Unknown
	}
	commits, err := a.cluster.FetchCommits(ctx, []string{a.plan.Group}, partitionsOf(rows))
	group := commits[a.plan.Group]
	if err != nil || group.Fault != nil {
		a.unconfirmed(rows, err, group.Fault)
		return false
	}
	settled := true
	for _, row := range rows {
		settled = a.settle(row, group.Commits[row.TopicPartition]) && settled
	}
	return settled
}

// lookAtGroup looks whether the group is gone.
func (a *application) lookAtGroup(ctx context.Context) {
	described, err := a.cluster.DescribeGroups(ctx, []string{a.plan.Group})
	outcome := *a.result.GroupOutcome
	switch g, ok := described[a.plan.Group]; {
	case outcome != Applied && outcome != Unknown:
	case err != nil || !ok || g.Fault != nil:
		outcome = Unknown
	case !g.Exists():
		outcome = Applied
	case outcome == Applied:
		outcome = Overwritten // somebody made it again
	}
	a.result.GroupOutcome = &outcome
}

// unconfirmed takes back "applied": the answer said so, but it was not read back.
func (a *application) unconfirmed(rows []CommitRow, err error, fault *inspect.Fault) {
	if fault == nil {
		fault = inspect.FaultOf(fmt.Errorf("reading committed offsets: %w", err))
	}
	for _, row := range rows {
		result := a.at(row.TopicPartition)
		if result.Outcome == Applied || result.Outcome == Unknown || a.left[row.TopicPartition] {
			result.Outcome, result.Error = Unknown, fault
		}
	}
}

// settle holds one partition's commit against what was sent. It is false while
// the outcome is open: the commit may still come, and a coordinator that has just
// taken the group over knows the last commits only a little later.
func (a *application) settle(row CommitRow, now inspect.CommitAnswer) bool {
	result := a.at(row.TopicPartition)
	result.ReadBackOffset = nil
	if now.Commit != nil {
		result.ReadBackOffset = &now.Commit.Offset
	}
	answered := result.Outcome != Applied && result.Outcome != Unknown
	switch {
	case answered && !a.left[row.TopicPartition]:
	case now.Fault != nil:
		result.Outcome, result.Error = Unknown, now.Fault
		return false
	case a.plan.Changes[a.index[row.TopicPartition]].reached(now.Commit):
		result.Outcome, result.Error = Applied, nil
	case sameOffset(result.OldOffset, now.Commit):
		return false
	case !answered:
		result.Outcome, result.Error = Overwritten, nil
	}
	return true
}

// conclude ends the looking: what was applied, and still shows the old offset,
// was put back by somebody.
func (a *application) conclude() {
	for _, row := range a.rows() {
		result := a.at(row.TopicPartition)
		if result.Outcome == Applied && (result.ReadBackOffset == nil || *result.ReadBackOffset != row.Offset) {
			result.Outcome = Overwritten
		}
	}
}

func sameOffset(old *int64, now *inspect.Commit) bool {
	if old == nil || now == nil {
		return old == nil && now == nil
	}
	return *old == now.Offset
}
