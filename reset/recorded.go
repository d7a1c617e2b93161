package reset

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// UnrecordedError says that a write was done, and its outcome looked at, but the
// outcome could not be put into the journal. The intent is there, so undo works.
type UnrecordedError struct {
	ID  string
	Err error
}

// Error names the entry.
func (e *UnrecordedError) Error() string {
	return fmt.Sprintf("journal entry %q has no outcome: %v", e.ID, e.Err)
}

// Unwrap is the cause.
func (e *UnrecordedError) Unwrap() error { return e.Err }

// Apply is [Apply] with the intent in the journal before anything is sent, and
// the outcome in it afterwards. It is refused while the group has an unsettled
// write, unless this one is to settle it (intent.Of). The result has the ID of
// the entry, if something had to be sent. With an [*UnrecordedError] there is a
// result too.
func (j *Journal) Apply(ctx, write context.Context, cluster Cluster, p Plan, o Applying, intent Intent) (Result, error) {
	unlock, err := j.Lock(p.ClusterID, p.Group)
	if err != nil {
		return Result{}, err
	}
	defer unlock()
	if err := j.refuseUnsettled(p, intent.Of); err != nil {
		return Result{}, err
	}
	begun := false
	before := o.BeforeWrite
	o.BeforeWrite = func(p Plan) error {
		if err := before(p); err != nil || p.Writes() == 0 && !p.DeletesGroup {
			return err
		}
		intent.Plan = p
		err := j.Begin(intent)
		begun = err == nil
		return err
	}
	result, err := Apply(ctx, write, cluster, p, o)
	switch {
	case !begun && err == nil:
		return result, j.settleUnsent(intent, p, result, o.Now())
	case !begun:
		return result, err
	case err != nil: // nothing was sent
		return result, errors.Join(err, j.abandon(intent, p, o))
	}
	result.JournalID = &intent.ID
	if err := j.End(intent.ID, result); err != nil {
		return result, &UnrecordedError{ID: intent.ID, Err: err}
	}
	return result, nil
}

// settleUnsent puts down that an entry needs nothing more to be finished, or taken
// back: everything is there already. Taken back it is only when nothing of it can
// come any more.
func (j *Journal) settleUnsent(i Intent, p Plan, r Result, at time.Time) error {
	if i.Of == "" {
		return nil
	}
	entry, err := j.Entry(i.Of)
	if err != nil || !entry.Unsettled() || i.Kind == WriteUndo && entry.mayStillCome(at) {
		return err
	}
	i.Plan, r.JournalID = p, &i.ID
	return errors.Join(j.Begin(i), j.End(i.ID, r))
}

// refuseUnsettled refuses a write to a group whose last one is not settled. The
// entry that the write is to settle does not count.
func (j *Journal) refuseUnsettled(p Plan, of string) error {
	entry, err := j.UnsettledFor(p.ClusterID, p.Group)
	if err != nil || entry == nil || entry.ID == of {
		return err
	}
	return &Refusal{Reason: UnsettledWrite, Group: p.Group,
		Message: fmt.Sprintf("an earlier write to group %q, %s, is not settled", p.Group, entry.ID),
		Hint:    fmt.Sprintf("kofs journal show %s says what is open; kofs apply --resume %s finishes it, kofs undo %s takes it back", entry.ID, entry.ID, entry.ID)}
}

// abandon puts down that nothing of the intent was sent.
func (j *Journal) abandon(i Intent, p Plan, o Applying) error {
	r := newResult(p, o.Now())
	r.JournalID = &i.ID
	for n, c := range p.Changes {
		if c.Writes() {
			r.Partitions[n].Outcome = Failed
		}
	}
	return j.End(i.ID, r)
}
