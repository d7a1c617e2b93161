package main

import (
	"cmp"
	"context"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type resetOptions struct {
	group string
	selection
	groups    groupsToReset
	counting  countOptions
	show      int
	execute   bool
	dryRun    bool
	savePlan  string
	force     bool
	write     writeOptions
	allowSkip bool

	saveSkipped string
}

func newResetCmd(a *app) *cobra.Command {
	var o resetOptions
	cmd := &cobra.Command{
		Use:   "reset GROUP {--topic TOPIC... | --all-topics} TARGET",
		Short: "Preview a reset of a group's offsets with the records it replays; --execute does it",
		Long: `Show what a reset would do: old and new offset of every partition, and the
records that would be consumed again, skipped or read for the first time. The
records are counted in the log itself: transaction markers, aborted records and
gaps of compaction are not records. Nothing is changed, nobody is disturbed, and
it works while the group is active.

With --execute the preview is shown, a question asked, everything read again,
and one commit sent and read back. It is refused if anything moved.`,
		Annotations: exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed; nothing was changed (also: every row of a write failed)"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "some partitions failed, the rest was done or shown"},
			exitCode{exitRefused, "refused: the group is active, a new offset lies outside the log, ..."},
			exitCode{exitUnknown, "outcome unknown: the commit was sent and could not be confirmed"},
			exitCode{exitInterrupted, "interrupted before anything was written"},
			exitCode{exitTerminated, "terminated before anything was written"},
		),
		Example: `  kofs reset billing --topic orders --to-datetime 2026-11-22T09:00:00Z
  kofs reset billing --all-topics --by-duration 1h30m --never-skip
  kofs reset billing --topic orders:0 --shift-by -100 --show 3
  kofs reset billing --topic orders --to-earliest --execute`,
		Args:              argsOf("a group", 0, 1),
		ValidArgsFunction: a.completeGroups(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.group = args[0]
			}
			if err := o.validate(a); err != nil {
				return err
			}
			return runReset(cmd.Context(), a, o)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *resetOptions) addFlags(f *pflag.FlagSet) {
	o.selection.addFlags(f)
	o.counting.addFlags(f)
	f.IntVar(&o.show, "show", 0, "print the first and last `N` records of each range")
	f.BoolVar(&o.execute, "execute", false, "write the new offsets, after a question")
	f.BoolVar(&o.dryRun, "dry-run", false, "the default, for those who come from kafka-consumer-groups")
	f.StringVar(&o.savePlan, "save-plan", "", "save the plan as a new `file`, to review it and kofs apply it later")
	f.StringVar(&o.saveSkipped, "save-skipped", "", "with --execute: before the write, save the records that will never be consumed in a new `file`, as JSON lines")
	f.BoolVar(&o.force, "force", false, "with --save-plan or --save-skipped: write over an existing file")
	f.StringVar(&o.selection.reason, "reason", "", "with --execute: keep `text` in the journal and as the metadata of the commits")
	o.groups.addFlags(f)
	o.write.addFlags(f)
	f.BoolVar(&o.allowSkip, "allow-skip", false, "with --execute --yes: agree that a datetime or duration moves partitions forward")
}

func (o *resetOptions) validate(a *app) error {
	switch {
	case o.dryRun && o.execute:
		return usagef("--dry-run and --execute exclude each other")
	case o.write.yes && !o.execute:
		return usagef("--yes goes with --execute")
	case o.allowSkip && !o.write.yes:
		return usagef("--allow-skip goes with --execute --yes")
	case o.selection.reason != "" && !o.execute:
		return usagef("--reason goes with --execute")
	case len(o.selection.reason) > maxReason:
		return usagef("--reason has %d bytes, more than the %d that Kafka takes", len(o.selection.reason), maxReason)
	case o.savePlan != "" && o.execute:
		return usagef("--save-plan and --execute exclude each other")
	case o.force && o.savePlan == "" && o.saveSkipped == "":
		return usagef("--force goes with --save-plan or --save-skipped")
	case o.saveSkipped != "" && !o.execute:
		return &usageError{message: "--save-skipped goes with --execute", hint: "kofs records with the same scope and target lists what would be skipped"}
	case o.saveSkipped != "" && o.groups.several():
		return usagef("--save-skipped is for one group")
	case o.show < 0:
		return usagef("--show %d is below 0", o.show)
	case o.show > 0 && a.global.isData():
		return &usageError{message: "--show goes with the table", hint: "kofs records ... -o jsonl lists the records"}
	}
	if o.saveSkipped != "" {
		if err := mayExport(o.saveSkipped, o.force); err != nil {
			return err
		}
	}
	if err := o.counting.validate(); err != nil {
		return err
	}
	if err := o.groups.validate(o); err != nil {
		return err
	}
	if err := o.selection.validate(a.now(), o.group); err != nil {
		return err
	}
	return o.write.validate(a, o.execute)
}

func runReset(ctx context.Context, a *app, o resetOptions) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if o.groups.several() {
		return runResetGroups(ctx, a, c, o)
	}
	if o.execute {
		if err := a.waitInactive(ctx, c, o.group, o.write.wait); err != nil {
			return err
		}
	}
	p, refused := a.preview(ctx, c, o)
	switch {
	case p == nil:
		return refused
	case o.execute && refused == nil:
		return a.write(ctx, o.writing(a, *p))
	case o.execute:
		return a.showRefused(o.writing(a, *p), refused)
	}
	if err := a.showPreview(*p); err != nil || refused != nil {
		return cmp.Or(refused, err)
	}
	if o.savePlan != "" {
		return a.savePlan(p.plan, o)
	}
	return a.endPreview(p.plan)
}

// maxReason is Kafka's offset.metadata.max.bytes unless changed.
const maxReason = 4096

func (o resetOptions) writing(a *app, p preview) writing {
	return writing{preview: p, intent: a.newIntent(reset.WriteReset, p.server, "", o.selection.reason), options: o.write, allowSkip: o.allowSkip,
		saveSkipped: o.saveSkipped, force: o.force}
}

// waitInactive waits for the group to become Empty, before it is previewed.
func (a *app) waitInactive(ctx context.Context, c client, group string, wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	return reset.WaitInactive(ctx, c, group, a.pause)
}

func (a *app) savePlan(p reset.Plan, o resetOptions) error {
	if err := reset.SavePlan(o.savePlan, p, o.force); err != nil {
		return err
	}
	a.warn("nothing was changed; the plan is in %s: kofs apply %s does it", o.savePlan, o.savePlan)
	return nil
}

// preview is a plan with its records, and why it is refused. Nil without a plan
// to show.
func (a *app) preview(ctx context.Context, c client, o resetOptions) (*preview, error) {
	p, err := a.plan(ctx, c, o.group, o.selection)
	if p == nil || err != nil {
		return p, reset.RefuseUnknown(err)
	}
	p.executing = o.execute
	if p.plan, err = a.count(ctx, c, p.plan, o.counting); err != nil {
		return p, cause(ctx, err)
	}
	if o.show > 0 {
		p.samples, err = records.Sample(ctx, c, p.plan.Ranges(), o.show, records.ListOptions{Isolation: a.global.isolation})
	}
	return p, cause(ctx, err)
}

// preview is what a preview shows.
type preview struct {
	plan      reset.Plan
	server    string
	samples   []records.Sampled
	executing bool // a write, or its refusal, follows
}

// plan reads the group and makes the plan. A refusal may come with a plan.
func (a *app) plan(ctx context.Context, c client, group string, s selection) (*preview, error) {
	ctx, cancel := a.phase(ctx)
	defer cancel()
	if s.toGroup != "" {
		offsets, err := inspect.CommittedOffsets(ctx, c, s.toGroup)
		if err != nil {
			return nil, cause(ctx, err)
		}
		s.setOffsets(offsets)
	}
	snapshot, err := inspect.Take(ctx, c, inspect.Request{
		Groups: []string{group}, MustExist: !s.create, Select: s.scopes, AtMs: s.target.InstantMs(), Isolation: a.global.isolation,
	}, a.now())
	if err != nil {
		return nil, cause(ctx, err)
	}
	plan, err := reset.New(snapshot, reset.Options{
		Target: s.target, Isolation: a.global.isolation, AllTopics: s.allTopics, NeverSkip: s.neverSkip, Clamp: s.clamp, Reason: s.reason,
		ID: newID(), Now: a.now(),
	})
	return &preview{plan: plan, server: snapshot.Cluster.Server}, err
}
