package main

import (
	"context"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type inspectOptions struct {
	group     string
	producers bool
}

func newInspectCmd(a *app) *cobra.Command {
	var o inspectOptions
	cmd := &cobra.Command{
		Use:   "inspect GROUP",
		Short: "Show one group in full: state, members, offsets, and what is odd about it",
		Long: `Show one group in full: its type and state, its coordinator and assignor, its
members with their assignments, the offsets of every partition, and findings in
words. It joins nothing and changes nothing.

With --producers also who writes to these partitions: the idempotent and
transactional producers that the leaders remember (Kafka 2.8 and later), and the
transactions that are open, with their coordinator's word (3.0 and later). One
that no coordinator lists hangs: it holds read_committed consumers for ever.
This needs READ on the topics, and DESCRIBE on the transactional ids.`,
		Annotations: exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed, or no such group"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "something could not be read; the rest is shown"},
		),
		Example:           "  kofs inspect billing\n  kofs inspect billing -o json\n  kofs inspect billing --producers",
		Args:              argsOf("a group", 1, 1),
		ValidArgsFunction: a.completeGroups(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.group = args[0]
			return runInspect(cmd.Context(), a, o)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *inspectOptions) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.producers, "producers", false, "also the producers of the partitions, and their open transactions")
}

func runInspect(ctx context.Context, a *app, o inspectOptions) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := a.phase(ctx)
	defer cancel()
	snapshot, err := inspect.Take(ctx, c, inspect.Request{Groups: []string{o.group}, MustExist: true}, a.now())
	if err != nil {
		return cause(ctx, err)
	}
	producers, err := o.takeProducers(ctx, c, snapshot.Groups[0])
	if err != nil {
		return cause(ctx, err)
	}
	found := findings(ctx, c, snapshot.Groups[0])
	if producers != nil {
		found = append(found, producers.Findings()...)
	}
	return a.showInspect(snapshot, producers, found)
}

// takeProducers is nil unless producers were asked for.
func (o inspectOptions) takeProducers(ctx context.Context, c client, g inspect.GroupSnapshot) (*inspect.Producers, error) {
	if !o.producers {
		return nil, nil
	}
	taken, err := inspect.TakeProducers(ctx, c, g.Existing())
	return &taken, err
}

// expiryTime is how long inspect may look for the time at which commits expire.
const expiryTime = 2 * time.Second

// findings are the group's, with what the offset log adds to them.
func findings(ctx context.Context, c client, g inspect.GroupSnapshot) []inspect.Finding {
	ctx, cancel := context.WithTimeout(ctx, expiryTime)
	defer cancel()
	return history.Findings(ctx, c, g)
}
