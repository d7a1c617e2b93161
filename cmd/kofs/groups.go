package main

import (
	"context"
	"slices"
	"strings"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/lag"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type groupsOptions struct {
	names  []string
	states []string
	types  []string
	topics []string
	lag    bool

	scopes []inspect.Scope
}

func newGroupsCmd(a *app) *cobra.Command {
	var o groupsOptions
	cmd := &cobra.Command{
		Use:   "groups [GROUP...]",
		Short: "List groups with their type and state",
		Long: `List the groups of all brokers. A GROUP is a name or, when no group has that
name, a pattern such as 'billing-*'. Brokers leave out groups that the principal
may not describe, without saying so.`,
		Annotations: exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed, or no such group"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "a broker did not list its groups; the rest is shown"},
		),
		Example:           "  kofs groups\n  kofs groups --state Empty --lag\n  kofs groups --topic orders -o json",
		Args:              argsOf("a group", 0, 1000),
		ValidArgsFunction: a.completeGroups(1000),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.names = args
			if err := o.validate(); err != nil {
				return err
			}
			return runGroups(cmd.Context(), a, o)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *groupsOptions) addFlags(f *pflag.FlagSet) {
	f.StringSliceVar(&o.states, "state", nil, "only groups in these `states`: Empty, Stable, PreparingRebalance, ...")
	f.StringSliceVar(&o.types, "type", nil, "only groups of these `types`: classic, consumer, share, streams")
	f.StringArrayVar(&o.topics, "topic", nil, "only groups with a commit or an assignment in `topic`, topic:0,1 or 'pattern*'")
	f.BoolVar(&o.lag, "lag", false, "add each group's total lag")
}

func (o *groupsOptions) validate() (err error) {
	if o.states, err = spelledAs(groupStates(), o.states, "state"); err != nil {
		return err
	}
	if o.types, err = spelledAs(groupTypes(), o.types, "type"); err != nil {
		return err
	}
	o.scopes, err = parseScopes(o.topics)
	return err
}

func groupStates() []string {
	return []string{"Empty", "Stable", "PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling", "NotReady", "Dead", "Unknown"}
}

func groupTypes() []string { return []string{"classic", "consumer", "share", "streams"} }

// spelledAs gives values Kafka's spelling, whatever their case.
func spelledAs(known, values []string, what string) ([]string, error) {
	var spelled []string
	for _, v := range values {
		i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, v) })
		if i < 0 {
			return nil, usagef("--%s %q is not one of %s", what, v, strings.Join(known, ", "))
		}
		spelled = append(spelled, known[i])
	}
	return spelled, nil
}

func parseScopes(topics []string) ([]inspect.Scope, error) {
	var scopes []inspect.Scope
	for _, t := range topics {
		scope, err := inspect.ParseScope(t)
		if err != nil {
			return nil, usagef("--topic: %v", err)
		}
		scopes = append(scopes, scope)
	}
	return scopes, nil
}

func runGroups(ctx context.Context, a *app, o groupsOptions) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := a.phase(ctx)
	defer cancel()
	list, err := inspect.ListGroups(ctx, c, inspect.GroupFilter{Names: o.names, States: o.states, Types: o.types})
	if err != nil {
		return cause(ctx, err)
	}
	var report *lag.Report
	if o.lag || len(o.scopes) > 0 {
		if report, err = a.lagOfListed(ctx, c, list, o.scopes); err != nil {
			return cause(ctx, err)
		}
	}
	return a.showGroups(ctx, c, list, report, o)
}

// lagOfListed is the lag of the listed groups in the scopes.
func (a *app) lagOfListed(ctx context.Context, c client, list inspect.GroupList, scopes []inspect.Scope) (*lag.Report, error) {
	snapshot, err := inspect.Take(ctx, c, inspect.Request{Groups: list.IDs()}, a.now())
	if err != nil {
		return nil, err
	}
	report := lag.Compute(snapshot, a.global.isolation, scopes)
	return &report, nil
}
