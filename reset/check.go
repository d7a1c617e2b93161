package reset

import (
	"fmt"
	"slices"

	"github.com/kofs/kofs/inspect"
)

// Permission is what the user allowed beyond an ordinary write.
type Permission struct {
	// Unattended says that nobody is asked, so that a plan with skips needs
	// AllowSkip, or to have been made with NeverSkip.
	Unattended bool
	AllowSkip  bool
	// IsolationChosen says that the isolation level was named, not left to its
	// default. A new offset above the last stable offset needs that: such a commit
	// skips records of a transaction that may still be committed.
	IsolationChosen bool
	// Override goes on against one refusal of OwnProcedure.
	Override Override
}

// Permit says whether the plan may be written at all, before anybody is asked:
// a [*Refusal], or nil.
func Permit(p Plan, allowed Permission) error {
	for _, b := range p.Blockers {
		switch {
		case b.Override == "":
			return &Refusal{Reason: b.Reason, Group: p.Group, Message: b.Message, Hint: b.Hint, Retryable: b.Reason == GroupActive}
		case b.Override != allowed.Override:
			return &Refusal{Reason: b.Reason, Group: p.Group, Message: b.Message, Hint: fmt.Sprintf("--override %s resets the offsets alone, all the same", b.Override)}
		}
	}
	for _, c := range p.Changes {
		if err := c.permit(p, allowed); err != nil {
			return err
		}
	}
	return nil
}

func (c Change) permit(p Plan, allowed Permission) error {
	has := func(note string) bool {
		for _, n := range c.Notes {
			if n == note {
				return true
			}
		}
		return false
	}
	switch {
	case !c.Writes():
		return nil
	case has(string(PendingTransaction)):
		r := refuseRow(PendingTransaction, p.Group, c, "wait for the transaction to end", "an open transaction holds an offset of %s", c.At())
		r.Retryable = true
		return r
	case has(string(AboveLastStableOffset)) && !allowed.IsolationChosen:
		return refuseRow(AboveLastStableOffset, p.Group, c, "name the isolation level of the group's consumers with --isolation-level",
			"new offset %d of %s lies above the last stable offset %d: records of an open transaction would be passed over", *c.NewOffset, c.At(), *c.LastStableOffset)
	case p.movesByTime() && c.Effect == Skip && allowed.Unattended && !allowed.AllowSkip:
		return refuseRow(WouldSkip, p.Group, c, "--never-skip keeps such partitions where they are, --allow-skip agrees",
			"%s would move forward from %d to %d: records would never be read", c.At(), *c.CommittedOffset, *c.NewOffset)
	}
	return nil
}

// movesByTime reports whether the target was a point in time, so that nobody
// may have expected a move forward.
func (p Plan) movesByTime() bool { return p.Target.Kind == ToDatetime || p.Target.Kind == ByDuration }

// Check says whether the cluster still is as the plan's preview showed it: the
// group not active, and in every partition to be written the same topic, the
// same commit, and a log that still holds the new offset. A [*Refusal] with
// [Drift] says what was and what is.
func Check(p Plan, now inspect.Snapshot) error {
	g := now.Groups[0]
	if now.Cluster.ID != p.ClusterID {
		return &Refusal{Reason: Drift, Group: p.Group, Message: fmt.Sprintf("the cluster is %q, the plan was made on %q", now.Cluster.ID, p.ClusterID)}
	}
	if r := refuseGroup(g.Group); r != nil {
		return r
	}
	if g.CommitsFault != nil {
		return fmt.Errorf("reading committed offsets of group %q: %w", p.Group, g.CommitsFault)
	}
	rows := map[inspect.TopicPartition]inspect.Partition{}
	for _, row := range g.Partitions {
		rows[row.TopicPartition] = row
	}
	for _, c := range p.Changes {
		if !c.Writes() {
			continue
		}
		if err := c.check(p, rows[c.At()]); err != nil {
			return err
		}
	}
	return nil
}

func (c Change) check(p Plan, now inspect.Partition) error {
	group := p.Group
	drift := func(format string, args ...any) error {
		return refuseRow(Drift, group, c, "preview again, and look at what changed", "%s: "+format, append([]any{c.At()}, args...)...)
	}
	if c.Effect == Delete { // a commit can be deleted though its topic is gone
		switch {
		case now.Pending:
			return refuseRow(PendingTransaction, group, c, "wait for the transaction to end", "an open transaction holds an offset of %s", c.At())
		case !c.sameCommit(now.Commit):
			return drift("commit was %s, is %s", describeCommit(c.committed()), describeCommit(now.Commit))
		}
		return nil
	}
	switch {
	case now.Fault != nil:
		return drift("could be read at the preview, and now: %v", now.Fault)
	case now.Log == nil:
		return drift("is not there any more")
	case c.TopicID != nil && *c.TopicID != now.TopicID:
		return drift("topic id was %s, is %s: the topic was created again", c.TopicID, now.TopicID)
	case now.Pending:
		return refuseRow(PendingTransaction, group, c, "wait for the transaction to end", "an open transaction holds an offset of %s", c.At())
	case !c.sameCommit(now.Commit):
		return drift("commit was %s, is %s", describeCommit(c.committed()), describeCommit(now.Commit))
	case p.Target.Kind == ToUndo: // what was there is put back, be it outside the log
		return nil
	case *c.NewOffset < now.Log.Start:
		return drift("new offset %d, but the log now starts at %d", *c.NewOffset, now.Log.Start)
	case *c.NewOffset > now.Log.HighWatermark:
		return drift("new offset %d, but the log now ends at %d", *c.NewOffset, now.Log.HighWatermark)
	case c.HighWatermark != nil && now.Log.HighWatermark < *c.HighWatermark:
		return drift("the log ended at %d, but now ends at %d: records were lost", *c.HighWatermark, now.Log.HighWatermark)
	}
	return nil
}

// Remaining is what is left of a plan that was reviewed, or cut, by the rule of a
// row: at its new offset it is unchanged and nothing is sent; with the commit that
// the plan was made from it is to do; anything else is a [*Refusal] with [Drift]
// for the whole plan. "At its new offset" compares the offset alone.
func (p Plan) Remaining(now inspect.Snapshot) (Plan, error) {
	rows := map[inspect.TopicPartition]inspect.Partition{}
	for _, row := range now.Groups[0].Partitions {
		rows[row.TopicPartition] = row
	}
	changes := slices.Clone(p.Changes)
	for i, c := range changes {
		row := rows[c.At()]
		if c.Writes() && row.Fault == nil && c.reached(row.Commit) {
			changes[i].Effect = None
		}
	}
	p.Changes = changes
	return p, Check(p, now)
}

// reached reports whether a commit is what the change would write.
func (c Change) reached(now *inspect.Commit) bool {
	if c.Effect == Delete || now == nil {
		return c.Effect == Delete && now == nil
	}
	return now.Offset == *c.NewOffset
}

// committed is the commit that the plan was made from; nil if there was none.
func (c Change) committed() *inspect.Commit {
	if c.CommittedOffset == nil {
		return nil
	}
	commit := &inspect.Commit{Offset: *c.CommittedOffset, LeaderEpoch: c.CommittedLeaderEpoch}
	if c.CommittedMetadata != nil {
		commit.Metadata = *c.CommittedMetadata
	}
	return commit
}

// sameCommit compares offset, leader epoch and metadata.
func (c Change) sameCommit(now *inspect.Commit) bool {
	was := c.committed()
	if was == nil || now == nil {
		return was == now
	}
	return was.Offset == now.Offset && was.Metadata == now.Metadata && equal(was.LeaderEpoch, now.LeaderEpoch)
}

func equal(a, b *int32) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func describeCommit(c *inspect.Commit) string {
	if c == nil {
		return "none"
	}
	s := fmt.Sprint(c.Offset)
	if c.LeaderEpoch != nil {
		s += fmt.Sprintf(" (leader epoch %d)", *c.LeaderEpoch)
	}
	if c.Metadata != "" {
		s += fmt.Sprintf(" with metadata %q", c.Metadata)
	}
	return s
}
