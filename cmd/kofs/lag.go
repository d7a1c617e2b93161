package main

import (
	"context"
	"fmt"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/lag"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type lagOptions struct {
	groups         []string
	all            bool
	topics         []string
	failAboveText  string
	ignoreNoCommit bool

	scopes    []inspect.Scope
	failAbove *int64
}

func newLagCmd(a *app) *cobra.Command {
	var o lagOptions
	cmd := &cobra.Command{
		Use:   "lag [GROUP...]",
		Short: "Show how far groups are behind, per partition and group",
		Long: `Show how many offsets each group is behind the end of each partition. The end
is the high watermark, or the last stable offset with --isolation-level
read_committed. A partition without a commit, or with a commit outside the log,
has no lag but says what is the matter.

A GROUP is a name or, when no group has that name, a pattern such as 'billing-*'.`,
		Annotations: exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed, or no such group"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "something could not be read; with --fail-above also: a partition has no lag"},
			exitCode{exitCondition, "--fail-above: the known lag of a group is above the threshold"},
		),
		Example:           "  kofs lag billing\n  kofs lag --all-groups --topic orders\n  kofs lag billing --fail-above 10000 -o json",
		Args:              argsOf("a group", 0, 1000),
		ValidArgsFunction: a.completeGroups(1000),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.groups = args
			if err := o.validate(); err != nil {
				return err
			}
			return runLag(cmd.Context(), a, o)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *lagOptions) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.all, "all-groups", false, "every group that the brokers list")
	f.StringArrayVar(&o.topics, "topic", nil, "only `topic`, topic:0,1,5, topic:0-5 or 'pattern*'; repeatable")
	f.StringVar(&o.failAboveText, "fail-above", "", "exit with 5 when a group's total lag is above `N`")
	f.BoolVar(&o.ignoreNoCommit, "ignore-no-commit", false, "with --fail-above: do not count partitions without a commit as unknown")
}

func (o *lagOptions) validate() (err error) {
	switch {
	case o.all && len(o.groups) > 0:
		return usagef("--all-groups goes without a group, but %q was named", o.groups[0])
	case !o.all && len(o.groups) == 0:
		return &usageError{message: "no group named", hint: "kofs lag GROUP, or --all-groups"}
	case o.ignoreNoCommit && o.failAboveText == "":
		return usagef("--ignore-no-commit goes with --fail-above")
	}
	if o.failAboveText != "" {
		threshold, err := reset.ParseOffset(o.failAboveText)
		if err != nil {
			return usagef("--fail-above %q is not a number of offsets", o.failAboveText)
		}
		o.failAbove = &threshold.Offset
	}
	o.scopes, err = parseScopes(o.topics)
	return err
}

func runLag(ctx context.Context, a *app, o lagOptions) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := a.phase(ctx)
	defer cancel()
	groups, faults, err := o.resolve(ctx, c)
	if err != nil {
		return cause(ctx, err)
	}
	snapshot, err := inspect.Take(ctx, c, inspect.Request{Groups: groups, MustExist: !o.all}, a.now())
	if err != nil {
		return cause(ctx, err)
	}
	report := lag.Compute(snapshot, a.global.isolation, o.scopes)
	if err := o.requireRows(report); err != nil {
		return err
	}
	if len(groups) == 0 {
		a.warn(noGroups)
	}
	if err := a.writeLag(report, faults); err != nil {
		return err
	}
	return o.verdict(report, faults)
}

func (o lagOptions) resolve(ctx context.Context, c client) ([]string, []inspect.BrokerFault, error) {
	if !o.all {
		return inspect.ResolveGroups(ctx, c, o.groups)
	}
	list, err := inspect.ListGroups(ctx, c, inspect.GroupFilter{})
	return list.IDs(), list.Faults, err
}

// requireRows makes sure that a misspelt --topic does not look like no lag.
func (o lagOptions) requireRows(r lag.Report) error {
	for _, scope := range o.scopes {
		if !r.Has(scope) && !r.Unread() {
			return fmt.Errorf("no group that was asked for has a commit or an assignment in %q", scope)
		}
	}
	return nil
}

// verdict is the exit code that the report asks for.
func (o lagOptions) verdict(r lag.Report, faults []inspect.BrokerFault) error {
	if o.failAbove != nil {
		if above := r.Above(*o.failAbove); len(above) > 0 {
			return &outcomeError{code: exitCondition, message: fmt.Sprintf("the lag of group %q is above %d", above[0].ID, *o.failAbove)}
		}
		if n := r.Unknown(o.ignoreNoCommit); n > 0 {
			return incomplete(fmt.Sprintf("the lag of %d partitions is not known", n))
		}
	}
	if r.Unread() || len(faults) > 0 {
		return incomplete("not everything could be read")
	}
	return nil
}
