package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/pflag"
)

// settleTime is how long a commit without an answer is looked for. It is above
// the broker's offsets.commit.timeout.ms, after which it stores nothing more.
const settleTime = 6 * time.Second

// writeOptions are the flags of every command that writes.
type writeOptions struct {
	yes          bool
	waitText     string
	settleText   string
	overrideText string
	state        stateOptions

	wait     time.Duration
	settle   time.Duration
	override reset.Override
}

func (o *writeOptions) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.yes, "yes", false, "do not ask before writing")
	f.StringVar(&o.waitText, "wait", "", "wait up to this `duration` for an active group to become Empty")
	f.StringVar(&o.settleText, "settle", "", "look at the commits of a simple group twice, this `duration` apart, for a consumer that runs unseen (KOFS_SETTLE; default 6s, 0s does not)")
	f.StringVar(&o.overrideText, "override", "", "write to a group of Kafka Connect or Kafka Streams all the same, `kind`: connect or streams")
	o.state.addFlags(f)
}

// validate reads the values; writes says whether the command will write.
func (o *writeOptions) validate(a *app, writes bool) (err error) {
	if o.wait, err = parsePause("wait", o.waitText); err != nil {
		return err
	}
	if o.settle, err = parsePause("settle", firstOf(o.settleText, a.getenv("KOFS_SETTLE"), "6s")); err != nil {
		return err
	}
	o.override = reset.Override(o.overrideText)
	switch {
	case o.override != "" && o.override != reset.OverrideConnect && o.override != reset.OverrideStreams:
		return usagef("--override %q is not connect or streams", o.overrideText)
	case !writes && o.waitText != "":
		return usagef("--wait goes with a write")
	case writes && !o.yes && !a.CanPrompt():
		return &usageError{message: "writing asks a question, and there is no terminal to ask on", hint: "--yes answers it"}
	}
	return nil
}

// parsePause reads a duration that may be 0.
func parsePause(flag, s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, usagef("--%s %q is not a duration such as 30s or 10m", flag, s)
	}
	return d, nil
}

// writing is a plan that is to be written.
type writing struct {
	preview preview
	intent  reset.Intent
	options writeOptions
	// allowSkip agrees to skips that nobody is asked about; reviewed says that the
	// plan was seen before, or is a way back, so that it needs no such agreement.
	allowSkip, reviewed bool
	// saveSkipped is the file for the records that will never be consumed; force
	// writes over one that exists.
	saveSkipped string
	force       bool
}

// write shows, asks, connects afresh, applies the plan and shows what became of it.
func (a *app) write(ctx context.Context, w writing) error {
	if err := a.showBeforeWrite(w); err != nil {
		return err
	}
	if err := reset.Permit(w.preview.plan, a.permission(w)); err != nil {
		return err
	}
	if err := a.confirm(ctx, w); err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := a.saveSkipped(ctx, c, w); err != nil {
		return err
	}
	result, end := a.applied(ctx, c, w)
	if result != nil {
		if err := a.showResult(*result); err != nil {
			return err
		}
	}
	return end
}

// applied is what became of a plan, and the exit code that it asks for. The result
// is nil where nothing was sent.
func (a *app) applied(ctx context.Context, c client, w writing) (*reset.Result, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	result, err := a.apply(ctx, c, w)
	var unrecorded *reset.UnrecordedError
	if err != nil && !errors.As(err, &unrecorded) {
		return nil, cause(ctx, err)
	}
	if err := verdict(result); err != nil || unrecorded == nil {
		return &result, err
	}
	return &result, &outcomeError{code: exitIncomplete, reason: reasonIncomplete, group: result.Group, message: "the write was done, but " + unrecorded.Error(),
		hint: fmt.Sprintf("kofs journal verify %s puts it down, once the journal can be written", unrecorded.ID)}
}

func (a *app) permission(w writing) reset.Permission {
	return reset.Permission{
		Unattended: w.options.yes, AllowSkip: w.allowSkip || w.reviewed,
		IsolationChosen: a.global.isolationChosen || w.reviewed, Override: w.options.override,
	}
}

// showBeforeWrite shows the preview to whoever decides: on stdout, or on stderr
// where stdout is not the terminal, or is for a document.
func (a *app) showBeforeWrite(w writing) error {
	switch {
	case !a.global.isData() && (a.OutTerminal || w.options.yes):
		return a.writePreview(a.Out, a.OutWidth, a.OutPalette(), w.preview)
	case !w.options.yes:
		return a.writePreview(a.Err, a.ErrWidth, a.ErrPalette(), w.preview)
	}
	return nil
}

// showRefused shows a preview whose write is refused, as it is shown before a write.
func (a *app) showRefused(w writing, refused error) error {
	return firstError(refused, a.showBeforeWrite(w))
}

func (a *app) confirm(ctx context.Context, w writing) error {
	p := w.preview.plan
	if w.options.yes || p.Writes() == 0 && !p.DeletesGroup {
		return nil
	}
	agreed, err := a.Confirm(ctx, question(p))
	switch {
	case err != nil:
		return cause(ctx, err)
	case !agreed:
		return &reset.Refusal{Reason: reset.Declined, Group: p.Group, Message: "declined; nothing was changed"}
	}
	return nil
}

// question is what is asked before a write.
func question(p reset.Plan) string {
	switch {
	case p.DeletesGroup:
		return fmt.Sprintf("delete group %q with the commits of %s?", p.Group, partitions(p.Writes()))
	case p.Target.Kind == reset.ToNothing:
		return fmt.Sprintf("delete the commits of %s of group %q?", partitions(p.Writes()), p.Group)
	}
	return fmt.Sprintf("write %s of group %q: %s?", newOffsets(p.Writes()), p.Group, consequences(p))
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
		s += ", " + skipWord(p) + " " + sumInWords(p.Totals.SkipRecords, p.Totals.SkipRecordsAtMost, "")
	}
	return s
}

// apply writes. From the commit on, a signal does not end the work at once.
func (a *app) apply(ctx context.Context, c client, w writing) (reset.Result, error) {
	journal, err := a.openJournal(w.options.state)
	if err != nil {
		return reset.Result{}, err
	}
	write, cancel := a.interrupt.writing(func() {
		a.warn("the commit may have been sent: looking at what became of it, at most %s; Ctrl-C again leaves it unknown (exit 6)", graceAfterSignal)
	})
	defer cancel()
	return journal.Apply(ctx, write, c, w.preview.plan, reset.Applying{
		Now: a.now, Pause: a.pause, Timeout: a.global.timeout, Settle: settleTime, Watch: w.options.settle,
		BeforeWrite: func(reset.Plan) error { return a.outputLost() },
	}, w.intent)
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
		end.hint = wayOn(r)
	case bad.Outcome == reset.Refused && done == 0 && bad.Error != nil && bad.Error.Code == nil: // by kofs, before a second try
		end.code, end.reason = exitRefused, string(reset.Drift)
		end.message = fmt.Sprintf("the coordinator moved, and with it what was to be written; nothing was changed: %s", bad.Error.Message)
	case bad.Outcome == reset.Refused && done == 0:
		end.code, end.reason = exitRefused, string(reset.GroupActive)
		end.message = fmt.Sprintf("the coordinator refused: group %q became active after the preview; nothing was changed", r.Group)
	case done == 0:
		end.code, end.reason = exitFailed, reasonFailed
		if bad.Error.HasCode(inspect.CodeTopicAuthorizationFailed, inspect.CodeGroupAuthorizationFailed) {
			end.reason = reasonNotAuthorized
		}
		end.message = "every partition failed; nothing was changed"
		if bad.Error != nil {
			end.message += ": " + bad.Error.Error()
		}
	default:
		end.code, end.reason = exitIncomplete, reasonIncomplete
		end.message = fmt.Sprintf("%s not applied", partitions(len(r.Partitions)-r.Count(reset.Applied)-r.Count(reset.Unchanged)))
		end.hint = wayOn(r)
	}
	return end
}

// wayOn are the commands that finish a write that was cut, or take it back.
func wayOn(r reset.Result) string {
	if r.JournalID == nil {
		return ""
	}
	return fmt.Sprintf("finish it, or take it back:\n  kofs apply --resume %s\n  kofs undo %s", *r.JournalID, *r.JournalID)
}
