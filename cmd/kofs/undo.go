package main

import (
	"context"
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type undoOptions struct {
	id      string
	group   string
	from    string
	execute bool
	write   writeOptions
}

func newUndoCmd(a *app) *cobra.Command {
	var o undoOptions
	cmd := &cobra.Command{
		Use:   "undo [ID]",
		Short: "Take back a write of kofs: preview by default; --execute does it",
		Long: `Put back what was committed before a write of kofs: the offset with its leader
epoch and metadata, or no commit where there was none. Without an ID it is the
last write of kofs to this cluster; --from takes it from the result document, on
any machine. It is refused where the group ran on since: going back is then a
reset like any other. An undo can itself be taken back.`,
		Example: `  kofs undo
  kofs undo 20261122T093000.123Z-x7k2pq --execute
  kofs undo --group billing --execute --yes
  kofs undo --from result.json`,
		Args: argsOf("an ID", 0, 1),
		Annotations: exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed; nothing was changed (also: every row of a write failed)"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "some partitions failed, the rest was done"},
			exitCode{exitRefused, "refused: the group ran on, the group is active, ..."},
			exitCode{exitUnknown, "outcome unknown: the write was sent and could not be confirmed"},
			exitCode{exitInterrupted, "interrupted before anything was written"},
			exitCode{exitTerminated, "terminated before anything was written"},
		),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.id = args[0]
			}
			if err := o.validate(a); err != nil {
				return err
			}
			return runUndo(cmd.Context(), a, o)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *undoOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.group, "group", "", "without an ID: the last write to this `group`")
	f.StringVar(&o.from, "from", "", "take back what this result `file` says")
	f.BoolVar(&o.execute, "execute", false, "write, after a question")
	o.write.addFlags(f)
}

func (o *undoOptions) validate(a *app) error {
	switch {
	case o.id != "" && (o.group != "" || o.from != ""):
		return usagef("%q goes without --group and --from", o.id)
	case o.group != "" && o.from != "":
		return usagef("--group and --from exclude each other")
	case o.write.yes && !o.execute:
		return usagef("--yes goes with --execute")
	}
	return o.write.validate(a, o.execute)
}

func runUndo(ctx context.Context, a *app, o undoOptions) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	taken, err := a.writeToUndo(ctx, c, o)
	if err != nil {
		return err
	}
	p, refused := a.undoPreview(ctx, c, taken)
	if left := taken.OpenUntil.Sub(a.now()); p != nil && refused == nil && o.execute && left > 0 && p.plan.Writes() < len(taken.Rows) {
		a.warn("the write may still be stored: looking again in %s", output.Duration(left))
		if err := a.pause(ctx, left); err != nil {
			return cause(ctx, err)
		}
		p, refused = a.undoPreview(ctx, c, taken)
	}
	if p == nil {
		return refused
	}
	if o.execute {
		intent := a.newIntent(reset.WriteUndo, p.server, taken.ID, "")
		if o.from != "" {
			intent.Of = ""
		}
		w := writing{preview: *p, intent: intent, options: o.write, reviewed: true}
		if refused != nil {
			return a.showRefused(w, refused)
		}
		return a.write(ctx, w)
	}
	if err := a.showPreview(*p); err != nil || refused != nil {
		return firstError(refused, err)
	}
	return a.endPreview(p.plan)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// writeToUndo is the write that the options name, or the last one to this cluster.
func (a *app) writeToUndo(ctx context.Context, c client, o undoOptions) (reset.Taken, error) {
	if o.from != "" {
		result, err := reset.LoadResult(o.from)
		if err != nil {
			return reset.Taken{}, &usageError{message: err.Error()}
		}
		return result.Taken(), nil
	}
	journal, err := a.readJournal(o.write.state)
	if err != nil {
		return reset.Taken{}, err
	}
	if o.id != "" {
		entry, err := journal.Entry(o.id)
		return entry.Taken(), err
	}
	cluster, err := c.Cluster(ctx)
	if err != nil {
		return reset.Taken{}, err
	}
	entry, err := journal.LastWrite(cluster.ID, o.group)
	if err != nil {
		return reset.Taken{}, err
	}
	a.warn("the last write was %s, a %s of group %q, %s ago", entry.ID, entry.Kind, entry.Plan.Group, a.age(entry))
	return entry.Taken(), nil
}

func (a *app) age(e reset.Entry) string {
	at, err := time.Parse(time.RFC3339Nano, e.CreatedAt)
	if err != nil {
		return e.CreatedAt
	}
	return output.Duration(a.now().Sub(at))
}

// undoPreview is the plan that takes the write back, and why it is refused.
func (a *app) undoPreview(ctx context.Context, c client, taken reset.Taken) (*preview, error) {
	ctx, cancel := a.phase(ctx)
	defer cancel()
	snapshot, err := inspect.Take(ctx, c, inspect.Request{Groups: []string{taken.Group}, MustExist: !taken.GroupDeleted, Select: taken.Scopes()}, a.now())
	if err != nil {
		return nil, cause(ctx, reset.RefuseUnknown(err))
	}
	plan, err := reset.NewUndo(snapshot, taken, newID(), a.now())
	if err == nil && taken.GroupDeleted && slices.ContainsFunc(plan.Changes, reset.Change.Writes) {
		a.warn("group %q comes back as a simple group: its protocol type went with it", taken.Group)
	}
	return &preview{plan: plan, server: snapshot.Cluster.Server}, err
}
