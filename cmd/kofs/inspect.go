package main

import (
	"context"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
	"github.com/spf13/cobra"
)

func newInspectCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "inspect GROUP",
		Short: "Show one group in full: state, members, offsets, and what is odd about it",
		Long: `Show one group in full: its type and state, its coordinator and assignor, its
members with their assignments, the offsets of every partition, and findings in
words. It joins nothing and changes nothing.`,
		Annotations: exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed, or no such group"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "something could not be read; the rest is shown"},
		),
		Example:           "  kofs inspect billing\n  kofs inspect billing -o json",
		Args:              argsBetween(1, 1),
		ValidArgsFunction: a.completeGroups(1),
		RunE:              func(cmd *cobra.Command, args []string) error { return runInspect(cmd.Context(), a, args[0]) },
	}
}

func runInspect(ctx context.Context, a *app, group string) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := a.phase(ctx)
	defer cancel()
	snapshot, err := inspect.Take(ctx, c, inspect.Request{Groups: []string{group}, MustExist: true}, a.now())
	if err != nil {
		return cause(ctx, err)
	}
	return a.showInspect(snapshot, findings(ctx, c, snapshot.Groups[0]))
}

// expiryTime is how long inspect may look for the time at which commits expire.
const expiryTime = 2 * time.Second

// findings are the group's, with the time at which its commits expire where the
// offset log tells it.
func findings(ctx context.Context, c client, g inspect.GroupSnapshot) []inspect.Finding {
	findings := g.Findings()
	ctx, cancel := context.WithTimeout(ctx, expiryTime)
	defer cancel()
	expiry := history.Expiry(ctx, c, g)
	if expiry == nil {
		return findings
	}
	for i := range findings {
		if findings[i].Kind == inspect.FindingExpiry {
			findings[i] = *expiry
		}
	}
	return findings
}
