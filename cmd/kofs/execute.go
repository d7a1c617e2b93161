package main

import (
	"context"
	"fmt"
	"time"

	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// settleTime is how long a commit without an answer is looked for. It is above
// the broker's offsets.commit.timeout.ms, after which it stores nothing more.
const settleTime = 6 * time.Second

// execute asks, connects afresh, applies the plan and shows what became of it.
func (a *app) execute(ctx context.Context, p preview, o resetOptions) error {
	permission := reset.Permission{Unattended: o.yes, AllowSkip: o.allowSkip, IsolationChosen: a.global.isolationChosen}
	if err := a.showBeforeWrite(p, o); err != nil {
		return err
	}
	if err := reset.Permit(p.plan, permission); err != nil {
		return err
	}
	if err := a.confirm(ctx, p.plan, o); err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	result, err := a.apply(ctx, c, p.plan)
	if err != nil {
		return cause(ctx, err)
	}
	if err := a.showResult(result); err != nil {
		return err
	}
	return verdict(result)
}

// showBeforeWrite shows the preview to whoever decides: on stdout, or on stderr
// where stdout is not the terminal, or is for a document.
func (a *app) showBeforeWrite(p preview, o resetOptions) error {
	switch {
	case !a.global.isData() && (a.OutTerminal || o.yes):
		return a.writePreview(a.Out, a.OutWidth, a.OutPalette(), p)
	case !o.yes:
		return a.writePreview(a.Err, a.ErrWidth, a.ErrPalette(), p)
	}
	return nil
}

func (a *app) confirm(ctx context.Context, p reset.Plan, o resetOptions) error {
	if o.yes || p.Writes() == 0 {
		return nil
	}
	question := fmt.Sprintf("write %s of group %q: %s?", newOffsets(p.Writes()), p.Group, consequences(p))
	agreed, err := a.Confirm(ctx, question)
	switch {
	case err != nil:
		return cause(ctx, err)
	case !agreed:
		return &reset.Refusal{Reason: reset.Declined, Group: p.Group, Message: "declined; nothing was changed"}
	}
	return nil
}

func newOffsets(n int) string {
	if n == 1 {
		return "1 new offset"
	}
	return fmt.Sprintf("%d new offsets", n)
}

// consequences is "consumed again 2617, NEVER READ 8120".
func consequences(p reset.Plan) string {
	s := "consumed again " + sumInWords(p.Totals.ReplayRecords, p.Totals.ReplayRecordsAtMost, "")
	if p.Skips() {
		s += ", NEVER READ " + sumInWords(p.Totals.SkipRecords, p.Totals.SkipRecordsAtMost, "")
	}
	return s
}

// apply writes. From the commit on, a signal does not end the work at once.
func (a *app) apply(ctx context.Context, c client, p reset.Plan) (reset.Result, error) {
	write, cancel := a.interrupt.writing(func() {
		a.warn("the commit may have been sent: looking at what became of it, at most %s; Ctrl-C again leaves it unknown (exit 6)", graceAfterSignal)
	})
	defer cancel()
	read, cancelRead := a.phase(ctx)
	defer cancelRead()
	return reset.Apply(read, write, c, p, reset.Applying{
		Now: a.now, Pause: pause, Timeout: a.global.timeout, Settle: settleTime,
		BeforeWrite: a.saveOldOffsets,
	})
}

// saveOldOffsets is the last thing before the commit: what would be replaced goes
// to stderr, in the form that kafka-consumer-groups takes back. With JSON output
// it stands in the result instead.
func (a *app) saveOldOffsets(p reset.Plan) error {
	if err := a.outputLost(); err != nil {
		return err
	}
	if a.global.isJSON() || p.Writes() == 0 {
		return nil
	}
	if err := output.Line(a.Err, "old offsets, for kafka-consumer-groups --reset-offsets --from-file:"); err != nil {
		return err
	}
	if err := reset.WriteOldOffsets(a.Err, p); err != nil {
		return err
	}
	for _, c := range p.Changes {
		if c.Writes() && c.CommittedOffset == nil {
			if err := output.Line(a.Err, "%s had no commit", c.At()); err != nil {
				return err
			}
		}
	}
	return nil
}

// verdict is the exit code that the result asks for.
func verdict(r reset.Result) error {
	bad := r.First(reset.Unknown, reset.Refused, reset.Failed, reset.Overwritten)
	if bad == nil {
		return nil
	}
	end := &outcomeError{group: r.Group, fault: bad.Error}
	done := r.Count(reset.Applied) + r.Count(reset.Unchanged) + r.Count(reset.Overwritten)
	switch {
	case bad.Outcome == reset.Unknown:
		end.code, end.reason = exitUnknown, reasonUnknownOutcome
		end.message = fmt.Sprintf("the commit of %s was sent and could not be confirmed", partitions(r.Count(reset.Unknown)))
		end.hint = "look at the group with kofs inspect before writing again: the commit may still be stored"
	case bad.Outcome == reset.Refused && done == 0:
		end.code, end.reason = exitRefused, string(reset.GroupActive)
		end.message = fmt.Sprintf("the coordinator refused: group %q became active after the preview; nothing was changed", r.Group)
	case done == 0:
		end.code, end.reason, end.message = exitFailed, reasonFailed, "every partition failed; nothing was changed"
	default:
		end.code, end.reason = exitIncomplete, reasonIncomplete
		end.message = fmt.Sprintf("%s not applied", partitions(len(r.Partitions)-r.Count(reset.Applied)-r.Count(reset.Unchanged)))
	}
	return end
}
