package main

import (
	"context"
	"fmt"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type applyOptions struct {
	plan   string
	resume string
	check  bool
	write  writeOptions
}

func newApplyCmd(a *app) *cobra.Command {
	var o applyOptions
	cmd := &cobra.Command{
		Use:   "apply {PLAN | --resume ID}",
		Short: "Do what a saved plan says, if nothing has moved since",
		Long: `Apply a plan that kofs reset --save-plan has written. Everything is read again:
a partition at its new offset already is left alone, one with the commit that the
plan was made from is written, and anything else refuses the whole plan.

--resume finishes a write of kofs that was cut: only the partitions that are still
at their old offset are written, to the offsets of the plan.`,
		Example: `  kofs reset billing --topic orders --to-earliest --save-plan plan.json
  kofs apply plan.json --check
  kofs apply plan.json
  kofs apply --resume 20261122T093000.123Z-x7k2pq`,
		Args: argsOf("a plan", 0, 1),
		Annotations: exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed; nothing was changed (also: every row of a write failed)"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "some partitions failed, the rest was done"},
			exitCode{exitRefused, "refused: something moved since the preview, the group is active, ..."},
			exitCode{exitUnknown, "outcome unknown: the write was sent and could not be confirmed"},
			exitCode{exitInterrupted, "interrupted before anything was written"},
			exitCode{exitTerminated, "terminated before anything was written"},
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.plan = args[0]
			}
			if err := o.validate(a); err != nil {
				return err
			}
			return runApply(cmd.Context(), a, o)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *applyOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.resume, "resume", "", "finish the write with this journal `ID`")
	f.BoolVar(&o.check, "check", false, "run the checks only, and write nothing")
	o.write.addFlags(f)
}

func (o *applyOptions) validate(a *app) error {
	switch {
	case o.plan == "" && o.resume == "":
		return &usageError{message: "no plan named", hint: "kofs apply plan.json, or kofs apply --resume ID"}
	case o.plan != "" && o.resume != "":
		return usagef("--resume goes without a plan, but %q was named", o.plan)
	case o.check && o.write.yes:
		return usagef("--check and --yes exclude each other")
	}
	return o.write.validate(a, !o.check)
}

func runApply(ctx context.Context, a *app, o applyOptions) error {
	plan, intent, err := a.planToApply(o)
	if err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	rest, server, err := a.remaining(ctx, c, plan)
	if err != nil {
		return err
	}
	if o.check {
		return output.Line(a.Err, "%s of group %q would be written, %d are at their new offset", partitions(rest.Writes()), rest.Group, plan.Writes()-rest.Writes())
	}
	intent.Server = server
	return a.write(ctx, writing{preview: preview{plan: rest, server: server}, intent: intent, options: o.write, reviewed: true})
}

// planToApply is the plan of the file, or of the journal entry to finish.
func (a *app) planToApply(o applyOptions) (reset.Plan, reset.Intent, error) {
	if o.plan != "" {
		plan, err := reset.LoadPlan(o.plan)
		if err != nil {
			return plan, reset.Intent{}, &usageError{message: err.Error()}
		}
		return plan, a.newIntent(reset.WriteReset, "", "", ""), nil
	}
	journal, err := a.readJournal(o.write.state)
	if err != nil {
		return reset.Plan{}, reset.Intent{}, err
	}
	entry, err := journal.Entry(o.resume)
	return entry.Plan, a.newIntent(reset.WriteResume, "", entry.ID, entry.Reason), err
}

// remaining is what is left of the plan on the cluster as it is now.
func (a *app) remaining(ctx context.Context, c client, plan reset.Plan) (reset.Plan, string, error) {
	ctx, cancel := a.phase(ctx)
	defer cancel()
	snapshot, err := inspect.Take(ctx, c, inspect.Request{Groups: []string{plan.Group}, Select: plan.Scopes(), Isolation: plan.IsolationLevel}, a.now())
	if err != nil {
		return plan, "", cause(ctx, reset.RefuseUnknown(err))
	}
	rest, err := plan.Remaining(snapshot)
	if err != nil {
		return rest, snapshot.Cluster.Server, fmt.Errorf("checking the plan: %w", err)
	}
	return rest, snapshot.Cluster.Server, nil
}
