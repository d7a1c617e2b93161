package reset

import (
	"fmt"
	"math"
	"time"

	"github.com/kofs/kofs/inspect"
)

// clockSkew is how far an instant may lie ahead of this machine's clock.
const clockSkew = time.Minute

// Options say what a plan is to do.
type Options struct {
	Target    Target
	Isolation inspect.Isolation
	// AllTopics takes the partitions that have a commit, of every topic. Otherwise
	// every partition of the snapshot is in scope.
	AllTopics bool
	NeverSkip bool // rows that would move forward are kept where they are
	Clamp     bool // new offsets outside the log are moved to its nearest bound
	// Reason is written as the metadata of every commit; "" writes none.
	Reason string
	ID     string
	Now    time.Time
}

// New makes the plan of a reset from a snapshot of one group. It is arithmetic:
// nothing is asked, and the records are not counted yet (see [WithCounts]).
//
// A [*Refusal] comes with a plan when there is one to show: rows outside the
// log, rows without a commit where one is needed. What could not be read is a row
// with an error, not a refusal.
func New(s inspect.Snapshot, o Options) (Plan, error) {
	g := s.Groups[0]
	p := Plan{
		Schema: PlanSchema, MinReader: 1, ID: o.ID, CreatedAt: o.Now.UTC().Format(timestampForm), ClusterID: s.Cluster.ID,
		Group: g.ID, GroupType: g.Type, ProtocolType: g.ProtocolType, GroupState: g.State,
		IsolationLevel: o.Isolation, Target: o.Target.doc(),
		Blockers: blockers(g), NotInScope: []PartitionDoc{}, Changes: []Change{},
	}
	if err := checkInstant(o.Target, o.Now, g.ID); err != nil {
		return p, err
	}
	if g.CommitsFault != nil {
		return p, fmt.Errorf("reading committed offsets of group %q: %w", g.ID, g.CommitsFault)
	}
	for _, row := range g.Partitions {
		if _, named := o.Target.Offsets[row.TopicPartition]; o.Target.Offsets != nil && !named ||
			o.AllTopics && row.Commit == nil && row.Fault == nil {
			p.NotInScope = append(p.NotInScope, PartitionDoc{row.Topic, row.Partition})
			continue
		}
		p.Changes = append(p.Changes, newChange(row, o))
	}
	p.Totals = total(p.Changes)
	return p.sealed(), p.refusal(g, o)
}

func (t Target) doc() TargetDoc {
	doc := TargetDoc{Kind: t.Kind, InstantMs: t.InstantMs()}
	if t.Value != "" {
		doc.Value = &t.Value
	}
	if t.HasInstant() {
		instant := t.Instant.UTC().Format(timestampForm)
		doc.Instant = &instant
	}
	return doc
}

// timestampForm is RFC 3339 in UTC with milliseconds, as in every document.
const timestampForm = "2006-01-02T15:04:05.000Z07:00"

func checkInstant(t Target, now time.Time, group string) error {
	if !t.HasInstant() || !t.Instant.After(now.Add(clockSkew)) {
		return nil
	}
	return &Refusal{Reason: InstantInFuture, Group: group,
		Message: fmt.Sprintf("%s is %s ahead of this machine's clock", t.Instant.Format(timestampForm), t.Instant.Sub(now).Round(time.Second)),
		Hint:    "a datetime without a zone is UTC; to go to the end use --to-latest"}
}

// newChange is what the target means for one partition.
func newChange(row inspect.Partition, o Options) Change {
	c := describe(row)
	if c.Error != nil {
		return c
	}
	offset, ok := newOffset(row, o)
	if !ok { // the target starts from a commit, and there is none
		return c
	}
	if bounded := min(max(offset, row.Log.Start), row.Log.HighWatermark); o.Clamp && bounded != offset {
		offset, c.Clamped = bounded, true
		c.note("clamped")
	}
	c.NewOffset = &offset
	c.Effect = effect(row.Commit, offset)
	if c.Effect == Skip && o.NeverSkip {
		c.Effect, c.NewOffset = Kept, c.CommittedOffset
	}
	if o.Reason != "" && c.Writes() {
		c.NewMetadata = &o.Reason
	}
	c.addNotes(row, o)
	c.setSpan(row.Log)
	return c
}

// describe copies what was read about the partition.
func describe(row inspect.Partition) Change {
	c := Change{Topic: row.Topic, Partition: row.Partition, Condition: row.Condition(), Effect: None, Notes: []string{}, Error: row.Fault}
	if row.TopicID != (inspect.TopicID{}) {
		c.TopicID = &row.TopicID
	}
	if row.Commit != nil {
		c.CommittedOffset, c.CommittedLeaderEpoch, c.CommittedMetadata = &row.Commit.Offset, row.Commit.LeaderEpoch, &row.Commit.Metadata
	}
	if row.Log != nil {
		c.LogStartOffset, c.LastStableOffset, c.HighWatermark = &row.Log.Start, &row.Log.LastStable, &row.Log.HighWatermark
	}
	return c
}

// newOffset is where the target puts the partition; false if that needs a commit
// and there is none.
func newOffset(row inspect.Partition, o Options) (int64, bool) {
	end := row.Log.End(o.Isolation)
	switch o.Target.Kind {
	case ToEarliest:
		return row.Log.Start, true
	case ToLatest:
		return end, true
	case ToOffset:
		return o.Target.Offset, true
	case FromFile, ToGroup:
		return o.Target.Offsets[row.TopicPartition], true
	case ShiftBy:
		if row.Commit == nil {
			return 0, false
		}
		return addSaturating(row.Commit.Offset, o.Target.Shift), true
	case ToCurrent:
		if row.Commit == nil {
			return 0, false
		}
		return row.Commit.Offset, true
	}
	// A datetime. The end was read before the lookup: a record written in between
	// may be the one that was found, and must not be jumped over.
	if row.At == nil || !row.At.Found {
		return end, true
	}
	return max(row.Log.Start, min(row.At.Offset, end)), true
}

func addSaturating(a, b int64) int64 {
	switch {
	case b > 0 && a > math.MaxInt64-b:
		return math.MaxInt64
	case b < 0 && a < math.MinInt64-b:
		return math.MinInt64
	}
	return a + b
}

func effect(commit *inspect.Commit, offset int64) Effect {
	switch {
	case commit == nil:
		return FirstRead
	case offset < commit.Offset:
		return Replay
	case offset > commit.Offset:
		return Skip
	}
	return None
}

func (c *Change) note(note string) { c.Notes = append(c.Notes, note) }

// OutsideLog says in words that the committed offset does not lie in the log, so
// that a part of the range has no records to be counted or listed; "" if it does.
func (c Change) OutsideLog() string {
	switch c.Condition {
	case inspect.ConditionPastEnd:
		return fmt.Sprintf("the committed offset %d lies past the end %d: a truncated log, or a recreated topic",
			*c.CommittedOffset, *c.HighWatermark)
	case inspect.ConditionBeforeLogStart:
		return fmt.Sprintf("the committed offset %d lies before the log start offset %d: what was there is deleted",
			*c.CommittedOffset, *c.LogStartOffset)
	}
	return ""
}

func (c *Change) addNotes(row inspect.Partition, o Options) {
	if outside := c.OutsideLog(); outside != "" {
		c.note(outside)
	}
	if o.Target.HasInstant() && row.At != nil && !row.At.Found {
		c.note("no record at or after the instant: the end")
	}
	if *c.NewOffset > row.Log.LastStable && c.Effect != None && c.Effect != Kept {
		c.note(string(AboveLastStableOffset))
	}
	if row.Pending {
		c.note(string(PendingTransaction))
	}
	if row.Commit != nil && row.Commit.Metadata != "" && c.Writes() {
		if c.NewMetadata != nil {
			c.note("metadata will be replaced")
		} else {
			c.note("metadata will be cleared")
		}
	}
}

// setSpan says how many offsets of the log lie in the change's range.
func (c *Change) setSpan(log *inspect.Log) {
	span := int64(0)
	if from, until, ok := c.bounds(); ok {
		span = max(0, until-from)
	}
	c.Span = &span
	switch c.Effect {
	case None, Kept:
		zero := int64(0)
		c.Records, c.RecordsReadUncommitted, c.RecordsReadCommitted, c.Exact = &zero, &zero, &zero, true
	case Delete: // what is read then is not known
	default:
		if c.RecordsAtMost = &span; span == 0 {
			c.Records, c.RecordsReadUncommitted, c.RecordsReadCommitted, c.RecordsAtMost, c.Exact = &span, &span, &span, nil, true
		}
	}
}

// bounds is the range of offsets that the change is about, inside the log: what
// is consumed again, skipped, or read for the first time.
func (c Change) bounds() (from, until int64, ok bool) {
	if c.NewOffset == nil || c.LogStartOffset == nil {
		return 0, 0, false
	}
	switch c.Effect {
	case Replay:
		from, until = *c.NewOffset, *c.CommittedOffset
	case Skip:
		from, until = *c.CommittedOffset, *c.NewOffset
	case FirstRead:
		from, until = *c.NewOffset, *c.HighWatermark
	default: // also Delete: nobody knows where a consumer will begin
		return 0, 0, false
	}
	inLog := func(offset int64) int64 { return min(max(offset, *c.LogStartOffset), *c.HighWatermark) }
	from, until = inLog(from), inLog(until)
	return from, max(from, until), true
}
