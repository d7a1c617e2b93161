package main

import (
	"context"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type deleteOptions struct {
	group     string
	whole     bool
	topics    []string
	allTopics bool
	execute   bool
	write     writeOptions

	scopes []inspect.Scope
}

func newDeleteCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delete",
		Short: "Delete a group, or commits of it: preview by default; --execute does it",
		Long: `Delete a group, or the committed offsets of some of its partitions. Where a
consumer then begins is decided by its auto.offset.reset. The journal keeps what
is needed to take it back.`,
		Example:     "  kofs delete offsets billing --topic orders:1\n  kofs delete group billing",
		Args:        noArgs,
		Annotations: exitStatus(exitCode{exitDone, "done"}, exitCode{exitUsage, "usage"}),
		RunE:        func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newDeleteKindCmd(a, &cobra.Command{
			Use:   "group GROUP",
			Short: "Delete a group with all its committed offsets",
			Long: `Show, and with --execute delete, a group with all its committed offsets. It must
have no members. kofs undo brings the offsets back; the group is then a simple
group, because its protocol type is lost.`,
			Example: "  kofs delete group billing\n  kofs delete group billing --execute",
		}, deleteOptions{whole: true}),
		newDeleteKindCmd(a, &cobra.Command{
			Use:   "offsets GROUP {--topic TOPIC... | --all-topics}",
			Short: "Delete committed offsets of a group",
			Long: `Show, and with --execute delete, the committed offsets of partitions. The group
must have no members.`,
			Example: "  kofs delete offsets billing --topic orders:1\n  kofs delete offsets billing --topic orders --execute",
		}, deleteOptions{}),
	)
	return cmd
}

func newDeleteKindCmd(a *app, cmd *cobra.Command, o deleteOptions) *cobra.Command {
	cmd.Args = argsOf("a group", 1, 1)
	cmd.ValidArgsFunction = a.completeGroups(1)
	cmd.Annotations = exitStatus(
		exitCode{exitDone, "done"},
		exitCode{exitFailed, "failed; nothing was changed (also: every row of a write failed)"},
		exitCode{exitUsage, "usage"},
		exitCode{exitIncomplete, "some partitions failed, the rest was done"},
		exitCode{exitRefused, "refused: the group is active, unknown, ..."},
		exitCode{exitUnknown, "outcome unknown: the write was sent and could not be confirmed"},
		exitCode{exitInterrupted, "interrupted before anything was written"},
		exitCode{exitTerminated, "terminated before anything was written"},
	)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.group = args[0]
		if err := o.validate(a); err != nil {
			return err
		}
		return runDelete(cmd.Context(), a, o)
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *deleteOptions) addFlags(f *pflag.FlagSet) {
	if !o.whole {
		f.StringArrayVar(&o.topics, "topic", nil, "every partition of `topic`, or topic:0,1,5, topic:0-5, 'pattern*'; repeatable")
		f.BoolVar(&o.allTopics, "all-topics", false, "every partition that has a commit")
	}
	f.BoolVar(&o.execute, "execute", false, "delete, after a question")
	o.write.addFlags(f)
}

func (o *deleteOptions) validate(a *app) (err error) {
	switch {
	case o.allTopics && len(o.topics) > 0:
		return usagef("--all-topics and --topic %q exclude each other", o.topics[0])
	case !o.whole && !o.allTopics && len(o.topics) == 0:
		return &usageError{message: "no scope", hint: "--topic orders, --topic orders:0,1 or --all-topics"}
	case o.write.yes && !o.execute:
		return usagef("--yes goes with --execute")
	}
	if o.scopes, err = parseScopes(o.topics); err != nil {
		return err
	}
	return o.write.validate(a, o.execute)
}

func runDelete(ctx context.Context, a *app, o deleteOptions) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	p, err := a.deletePreview(ctx, c, o)
	if err != nil {
		return err
	}
	if o.execute {
		kind := reset.WriteDeleteOffsets
		if o.whole {
			kind = reset.WriteDeleteGroup
		}
		return a.write(ctx, writing{preview: *p, intent: a.newIntent(kind, p.server, "", ""), options: o.write, reviewed: true})
	}
	if err := a.showPreview(*p); err != nil {
		return err
	}
	return a.endPreview(p.plan)
}

func (a *app) deletePreview(ctx context.Context, c client, o deleteOptions) (*preview, error) {
	ctx, cancel := a.phase(ctx)
	defer cancel()
	snapshot, err := inspect.Take(ctx, c, inspect.Request{Groups: []string{o.group}, MustExist: true, Select: o.scopes}, a.now())
	if err != nil {
		return nil, cause(ctx, reset.RefuseUnknown(err))
	}
	plan, err := reset.NewDelete(snapshot, o.whole, newID(), a.now())
	return &preview{plan: plan, server: snapshot.Cluster.Server}, err
}
