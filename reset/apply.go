package reset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
)

// Cluster is what a write needs: to read, and to commit.
type Cluster interface {
	inspect.Source
	Committer
}

// Applying says how to apply a plan.
type Applying struct {
	Now func() time.Time
	// Pause waits, or returns the context's error.
	Pause func(ctx context.Context, d time.Duration) error
	// BeforeWrite is called when all checks have passed, right before the commit.
	// Its error ends everything with nothing sent.
	BeforeWrite func(Plan) error
	// Timeout bounds the commit, and again the reading back.
	Timeout time.Duration
	// Watch is the time between two looks at the commits of a simple group, before
	// the commit and once more after it; 0 looks once.
	Watch time.Duration
	// Settle is how long a commit whose answer was lost is looked for before its
	// outcome is called unknown. Below 5 s a slow broker may still store it:
	// offsets.commit.timeout.ms is 5000.
	Settle time.Duration
}

// Times the group's coordinator may move, or still be loading, before the
// partitions are given up.
const maxAttempts = 5

// retryPause is between two attempts, and between two looks at an unsettled commit.
const retryPause = 250 * time.Millisecond

// Apply does what the plan says: it reads everything again, refuses with a
// [*Refusal] if anything moved, sends one commit, and reads the offsets back.
//
// ctx ends the work until the commit; from then on write rules, so that a write
// is never left without a look at what became of it. An error means that nothing
// was changed; after the commit there is always a result. Partitions that a
// coordinator did not take because it had moved or was loading (NOT_COORDINATOR,
// COORDINATOR_LOAD_IN_PROGRESS) are checked and sent again; nothing else is.
func Apply(ctx, write context.Context, cluster Cluster, p Plan, o Applying) (Result, error) {
	if err := checkAgain(ctx, cluster, p, o); err != nil {
		return Result{}, err
	}
	if err := watch(ctx, cluster, p, o); err != nil {
		return Result{}, err
	}
	if err := o.BeforeWrite(p); err != nil {
		return Result{}, fmt.Errorf("saving the old offsets: %w", err)
	}
	if ctx.Err() != nil {
		return Result{}, context.Cause(ctx)
	}
	a := application{
		Applying: o, cluster: cluster, plan: p, result: newResult(p, o.Now()),
		index: map[inspect.TopicPartition]int{}, left: map[inspect.TopicPartition]bool{},
	}
	for i, c := range p.Changes {
		a.index[c.At()] = i
	}
	if err := a.within(write, a.send); err != nil {
		return Result{}, err
	}
	if err := a.within(write, a.readBack); err != nil {
		return a.result, err
	}
	if o.Watch > 0 && p.simple() && p.Writes() > 0 && o.Pause(write, o.Watch) == nil {
		a.look(write)
	}
	return a.result, nil
}

// within gives one phase of the work its time.
func (a *application) within(ctx context.Context, phase func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, a.Timeout)
	defer cancel()
	return phase(ctx)
}

// checkAgain reads the plan's partitions and holds them against the plan.
func checkAgain(ctx context.Context, src inspect.Source, p Plan, o Applying) error {
	now, err := inspect.Take(ctx, src, inspect.Request{Groups: []string{p.Group}, Select: p.Scopes(), Isolation: p.IsolationLevel}, o.Now())
	var gone *inspect.UnknownTopicError
	if errors.As(err, &gone) {
		return &Refusal{Reason: Drift, Group: p.Group, Message: "since the preview: " + gone.Error()}
	}
	if err != nil {
		return err
	}
	return Check(p, now)
}

// Scopes are the partitions that the plan writes.
func (p Plan) Scopes() []inspect.Scope {
	var scopes []inspect.Scope
	for _, c := range p.Changes {
		if c.Writes() {
			scopes = append(scopes, inspect.Scope{Topic: c.Topic, Partitions: []int32{c.Partition}})
		}
	}
	return scopes
}

// application is a plan being applied: the result so far.
type application struct {
	Applying
	cluster Cluster
	plan    Plan
	result  Result
	index   map[inspect.TopicPartition]int // rows of the result
	// left holds the rows whose coordinator said that it is none. One that loses the
	// group while a commit is being replicated says so too, and the commit stays.
	left map[inspect.TopicPartition]bool
}

// send sends the plan's commits, and then its deletions, each in one request.
func (a *application) send(ctx context.Context) error {
	if a.plan.DeletesGroup {
		return a.sendGroupDeletion(ctx)
	}
	commits, deletions := a.rows(), a.deletions()
	err := a.attempt(ctx, commits, func(rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
		return a.cluster.Commit(ctx, a.plan.Group, rows)
	})
	if err != nil {
		return err
	}
	err = a.attempt(ctx, deletions, func(rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
		return a.cluster.DeleteOffsets(ctx, a.plan.Group, partitionsOf(rows))
	})
	if len(commits) > 0 && err != nil { // something was sent before: the rows say what was not
		return nil
	}
	return err
}

// sendGroupDeletion sends the deletion of the group: what becomes of it becomes
// of every row.
func (a *application) sendGroupDeletion(ctx context.Context) error {
	rows := a.deletions()
	for attempt := 1; ; attempt++ {
		fault, err := a.cluster.DeleteGroup(ctx, a.plan.Group)
		if errors.Is(err, ErrNotSent) && attempt == 1 {
			return fmt.Errorf("deleting group %q: %w", a.plan.Group, err)
		}
		answers := map[inspect.TopicPartition]*inspect.Fault{}
		for _, row := range rows {
			answers[row.TopicPartition] = fault
		}
		a.classify(rows, answers, err)
		outcome := Unknown
		if err == nil {
			outcome = outcomeOf(fault)
		}
		a.result.GroupOutcome = &outcome
		moved := fault.HasCode(inspect.CodeNotCoordinator, inspect.CodeCoordinatorLoadInProgress)
		if !moved || attempt == maxAttempts || a.Pause(ctx, retryPause) != nil || checkAgain(ctx, a.cluster, a.plan, a.Applying) != nil {
			return nil
		}
	}
}

// attempt sends rows, and again those that a coordinator did not take because it
// was not the coordinator any more, or not yet.
func (a *application) attempt(ctx context.Context, todo []CommitRow, request func([]CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error)) error {
	for attempt := 1; len(todo) > 0; attempt++ {
		answers, err := request(todo)
		a.classify(todo, answers, err)
		if errors.Is(err, ErrNotSent) && attempt == 1 {
			return fmt.Errorf("writing offsets of group %q: %w", a.plan.Group, err)
		}
		todo = slices.DeleteFunc(slices.Clone(todo), func(r CommitRow) bool {
			return !answers[r.TopicPartition].HasCode(inspect.CodeNotCoordinator, inspect.CodeCoordinatorLoadInProgress)
		})
		if attempt == maxAttempts || len(todo) == 0 || a.Pause(ctx, retryPause) != nil {
			return nil
		}
		if err := checkAgain(ctx, a.cluster, a.plan.only(todo), a.Applying); err != nil {
			a.refuse(todo, err)
			return nil
		}
	}
	return nil
}

func (a *application) rows() []CommitRow {
	var rows []CommitRow
	for _, c := range a.plan.Changes {
		if !c.Writes() || c.Effect == Delete {
			continue
		}
		row := CommitRow{TopicPartition: c.At(), Offset: *c.NewOffset, LeaderEpoch: c.NewLeaderEpoch}
		if c.TopicID != nil {
			row.TopicID = *c.TopicID
		}
		if c.NewMetadata != nil {
			row.Metadata = *c.NewMetadata
		}
		rows = append(rows, row)
	}
	return rows
}

// deletions are the rows whose commit goes; their offset means nothing.
func (a *application) deletions() []CommitRow {
	var rows []CommitRow
	for _, c := range a.plan.Changes {
		if c.Writes() && c.Effect == Delete {
			rows = append(rows, CommitRow{TopicPartition: c.At()})
		}
	}
	return rows
}

func partitionsOf(rows []CommitRow) []inspect.TopicPartition {
	partitions := make([]inspect.TopicPartition, len(rows))
	for i, row := range rows {
		partitions[i] = row.TopicPartition
	}
	return partitions
}

// only is the plan without the changes that rows do not name.
func (p Plan) only(rows []CommitRow) Plan {
	p.Changes = slices.DeleteFunc(slices.Clone(p.Changes), func(c Change) bool {
		return !slices.ContainsFunc(rows, func(r CommitRow) bool { return r.TopicPartition == c.At() })
	})
	return p
}

// classify turns the answers to a commit into outcomes, as far as an answer goes.
func (a *application) classify(rows []CommitRow, answers map[inspect.TopicPartition]*inspect.Fault, err error) {
	for _, row := range rows {
		result := a.at(row.TopicPartition)
		fault, answered := answers[row.TopicPartition]
		switch {
		case errors.Is(err, ErrNotSent):
			result.Outcome, result.Error = Failed, inspect.FaultOf(err)
		case err != nil || !answered:
			result.Outcome, result.Error = Unknown, inspect.FaultOf(err)
		default:
			result.Outcome, result.Error = outcomeOf(fault), fault
		}
		if fault.HasCode(inspect.CodeNotCoordinator) {
			a.left[row.TopicPartition] = true
		}
	}
}

// outcomeOf is what a coordinator's answer for one partition means.
//
// REQUEST_TIMED_OUT, and COORDINATOR_NOT_AVAILABLE, to which a coordinator also
// maps a failed replication, may come after the commit was stored. An answer
// without a code is none.
func outcomeOf(fault *inspect.Fault) Outcome {
	switch {
	case fault == nil:
		return Applied
	case fault.Code == nil || fault.HasCode(inspect.CodeRequestTimedOut, inspect.CodeCoordinatorNotAvailable):
		return Unknown
	case fault.HasCode(inspect.CodeUnknownMemberID, inspect.CodeRebalanceInProgress, inspect.CodeIllegalGeneration, inspect.CodeStaleMemberEpoch,
		inspect.CodeNonEmptyGroup, inspect.CodeGroupSubscribedToTopic):
		return Refused
	}
	return Failed
}

func (a *application) refuse(rows []CommitRow, err error) {
	for _, row := range rows {
		result := a.at(row.TopicPartition)
		result.Outcome, result.Error = Refused, inspect.FaultOf(err)
	}
}

func (a *application) at(p inspect.TopicPartition) *PartitionResult {
	return &a.result.Partitions[a.index[p]]
}
