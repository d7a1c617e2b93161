package main

import (
	"context"
	"errors"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type historyOptions struct {
	group      string
	sinceText  string
	topics     []string
	sampleText string

	since  time.Time
	scopes []inspect.Scope
	sample time.Duration
}

func newHistoryCmd(a *app) *cobra.Command {
	var o historyOptions
	cmd := &cobra.Command{
		Use:   "history GROUP",
		Short: "Show what happened to a group's offsets: commits, rewinds, rebalances, deletions",
		Long: `Show a timeline of the group: its commits (many in a row as one line), rewinds,
forward jumps, rebalances, members that came and went, partitions that changed
hands, offsets that expired or were deleted, and transactions.

It is read from the group's partition of __consumer_offsets, which takes READ and
DESCRIBE on that topic. Compaction removes old records: the time since when the
history is complete is always said, and nothing is said about what was removed.
Where the topic is hidden, --sample asks the coordinator every second instead and
shows what changes. Neither joins the group or writes.`,
		Annotations: exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed, no such group, or __consumer_offsets cannot be read"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "the partition could not be read to its end; the rest is shown"},
		),
		Example:           "  kofs history billing\n  kofs history billing --since 2h --topic orders -o jsonl\n  kofs history billing --sample 60s",
		Args:              argsOf("a group", 1, 1),
		ValidArgsFunction: a.completeGroups(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.group = args[0]
			if err := o.validate(a.now()); err != nil {
				return err
			}
			return runHistory(cmd.Context(), a, o)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *historyOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.sinceText, "since", "24h", "how far back: a `datetime` as --to-datetime takes it, or a duration such as 2h or P2D")
	f.StringArrayVar(&o.topics, "topic", nil, "only `topic`, topic:0,1,5, topic:0-5 or 'pattern*'; repeatable")
	f.StringVar(&o.sampleText, "sample", "", "ask the coordinator every second for this `duration`, such as 60s, instead of reading the log")
}

func (o *historyOptions) validate(now time.Time) (err error) {
	since, err := reset.ParseDuration(o.sinceText, now)
	if err != nil {
		since, err = reset.ParseDatetime(o.sinceText)
	}
	if err != nil {
		return usagef("--since %q is neither a datetime such as 2026-01-02T03:04:05Z nor a duration such as 2h", o.sinceText)
	}
	if o.since = since.Instant; o.since.After(now) {
		return usagef("--since %s lies ahead of now", o.sinceText)
	}
	if o.sampleText != "" {
		o.sample, err = time.ParseDuration(o.sampleText)
		if err != nil || o.sample <= 0 {
			return usagef("--sample %q is not a duration above zero such as 60s", o.sampleText)
		}
	}
	o.scopes, err = parseScopes(o.topics)
	return err
}

func runHistory(ctx context.Context, a *app, o historyOptions) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	taken, err := a.takeHistory(ctx, c, o)
	if err != nil {
		return err
	}
	if err := a.showHistory(ctx, c, o, taken.log, taken.place); err != nil {
		return err
	}
	return taken.verdict()
}

// takenHistory is a history, and why it does not go to the end of the log.
type takenHistory struct {
	log   history.Log
	place history.Place // nothing for a sample
	cut   error
}

func (t takenHistory) verdict() error {
	if t.cut == nil {
		return nil
	}
	return incomplete("the offset log could not be read to its end: " + t.cut.Error())
}

// takeHistory reads the offset log, or takes a sample.
func (a *app) takeHistory(ctx context.Context, c client, o historyOptions) (takenHistory, error) {
	if o.sample > 0 {
		log, err := a.sampleHistory(ctx, c, o)
		return takenHistory{log: log}, err
	}
	place, described, options, err := a.locateHistory(ctx, c, o)
	if err != nil {
		return takenHistory{}, err
	}
	progress := a.startProgress("reading the offset log", []records.Range{place.Range()})
	log, err := history.Read(ctx, c, place, options, progress.update)
	progress.stop()
	if err != nil && (log.Records == 0 || ctx.Err() != nil) {
		return takenHistory{}, hiddenLog(cause(ctx, err))
	}
	if log.OfGroup == 0 && !described.Exists() {
		return takenHistory{}, inspect.UnknownGroup(ctx, c, o.group)
	}
	return takenHistory{log, place, err}, nil
}

// locateHistory finds where to read, and what is known about the group.
func (a *app) locateHistory(ctx context.Context, c client, o historyOptions) (history.Place, inspect.Group, history.Options, error) {
	ctx, cancel := a.phase(ctx)
	defer cancel()
	options := history.Options{Group: o.group}
	groups, err := c.DescribeGroups(ctx, []string{o.group})
	if err != nil {
		return history.Place{}, inspect.Group{}, options, cause(ctx, err)
	}
	group := groups[o.group]
	place, err := history.Locate(ctx, c, group, &o.since)
	if err != nil {
		return place, group, options, hiddenLog(cause(ctx, err))
	}
	options.Retention = history.Retention(ctx, c, group.Coordinator.NodeID)
	return place, group, options, nil
}

// hiddenLog is the one sentence about a service that hides the offset log.
func hiddenLog(err error) error {
	var hidden *history.HiddenError
	if !errors.As(err, &hidden) {
		return err
	}
	out := &outcomeError{code: exitFailed, reason: reasonNoOffsetLog, fault: hidden.Fault,
		message: "no history: " + err.Error(),
		hint:    "where a service hides the topic, --sample 60s collects commits live; lag, reset and inspect need it not"}
	if hidden.Fault.HasCode(inspect.CodeTopicAuthorizationFailed) {
		out.reason = reasonNotAuthorized
		out.hint = "it takes READ and DESCRIBE on topic " + inspect.OffsetsTopic + "; without, --sample 60s collects commits live"
	}
	return out
}

// samplePause is the time between two polls of a sample.
const samplePause = time.Second

// sampleHistory asks the coordinator again and again.
func (a *app) sampleHistory(ctx context.Context, c client, o historyOptions) (history.Log, error) {
	sampler := history.NewSampler(o.group)
	for end, first := a.now().Add(o.sample), true; ; first = false {
		group, err := a.poll(ctx, c, o.group, sampler)
		switch {
		case err != nil:
			return history.Log{}, cause(ctx, err)
		case first && !group.Exists():
			return history.Log{}, inspect.UnknownGroup(ctx, c, o.group)
		}
		left := end.Sub(a.now())
		if left <= 0 {
			return sampler.Log(), nil
		}
		if err := a.pause(ctx, min(samplePause, left)); err != nil {
			return history.Log{}, err
		}
	}
}

// poll asks the coordinator once.
func (a *app) poll(ctx context.Context, c client, group string, sampler *history.Sampler) (inspect.Group, error) {
	ctx, cancel := a.phase(ctx)
	defer cancel()
	groups, err := c.DescribeGroups(ctx, []string{group})
	if err != nil {
		return inspect.Group{}, err
	}
	commits, err := c.FetchCommits(ctx, []string{group}, nil)
	if err != nil {
		return inspect.Group{}, err
	}
	sampler.Add(a.now(), groups[group], commits[group])
	return groups[group], nil
}
