package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/output"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// completionTime is how long somebody who pressed Tab is kept waiting.
const completionTime = 2 * time.Second

// setUpCompletion says what may follow each flag, if a shell asks. cobra would keep
// the flags of every run of this process, which only matters to tests.
func setUpCompletion(a *app, root *cobra.Command) {
	if !slices.ContainsFunc(a.args, isShellsQuestion) {
		return
	}
	known := map[string]cobra.CompletionFunc{
		"topic":           a.completeTopics,
		"output":          fixed(formats()...),
		"isolation-level": fixed(inspect.ReadUncommitted.String(), inspect.ReadCommitted.String()),
		"state":           fixed(groupStates()...),
		"type":            fixed(groupTypes()...),
		"count":           fixed(countModes()...),
		"save-as":         fixed(saveFormats()...),
		"values":          fixed(valueForms()...),
		"command-config":  cobra.FixedCompletions([]string{"properties"}, cobra.ShellCompDirectiveFilterFileExt),
	}
	for _, cmd := range allCommands(root) {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			complete := known[f.Name]
			if complete == nil {
				complete = cobra.NoFileCompletions
			}
			_ = cmd.RegisterFlagCompletionFunc(f.Name, complete) // it fails for a flag that has one: its own
		})
	}
}

// isShellsQuestion reports whether an argument is the command that the completion
// scripts run.
func isShellsQuestion(arg string) bool {
	return arg == cobra.ShellCompRequestCmd || arg == cobra.ShellCompNoDescRequestCmd
}

func fixed(values ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}

// completeGroups offers the groups of the cluster for the first most arguments.
func (a *app) completeGroups(most int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		groups := a.ask(cmd.Context(), func(ctx context.Context, c client) ([]string, error) {
			list, err := c.ListGroups(ctx)
			return list.IDs(), err
		})
		groups = slices.DeleteFunc(groups, func(g string) bool { return slices.Contains(args, g) })
		return beginningWith(groups, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeTopics offers the topics of the cluster, without Kafka's own.
func (a *app) completeTopics(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	topics := a.ask(cmd.Context(), func(ctx context.Context, c client) ([]string, error) {
		topics, err := c.Topics(ctx, nil)
		var names []string
		for name, topic := range topics {
			if !topic.Internal {
				names = append(names, name)
			}
		}
		return names, err
	})
	return beginningWith(topics, typed), cobra.ShellCompDirectiveNoFileComp
}

// beginningWith are the names to offer, sorted. A name that a terminal cannot be
// given as it is, is not offered.
func beginningWith(names []string, typed string) []string {
	slices.Sort(names)
	return slices.DeleteFunc(names, func(name string) bool {
		return !strings.HasPrefix(name, typed) || output.Safe(name) != name
	})
}

// ask is a question to the cluster for a completion: whatever goes wrong, also
// that no server is named, nothing is offered and nothing said.
func (a *app) ask(ctx context.Context, question func(context.Context, client) ([]string, error)) []string {
	if a.global.validate(a.getenv) != nil {
		return nil
	}
	a.global.timeout, a.global.verbose = completionTime, false
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	c, err := a.dial(ctx)
	if err != nil {
		return nil
	}
	defer c.Close()
	names, err := question(ctx, c)
	if err != nil {
		return nil
	}
	return names
}
