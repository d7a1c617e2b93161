package main

import (
	"context"
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/explain"
	"github.com/kofs/kofs/inspect/history"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type explainOptions struct {
	history historyOptions
	offset  string
	count   countOptions
	state   stateOptions

	flags  *pflag.FlagSet
	record *int64 // --offset
}

const explainHelp = `Say why the group consumed records twice, or may have: for each window of offsets
the cause, how sure it is, what it was seen by, how many records it holds, and
what to do about it. Newest first.

  reset               somebody set the committed offset back
  rebalance           a living consumer lost a partition with work uncommitted
  crash               a consumer was gone with work uncommitted
  poison_record       consumers end at the same commit again and again
  producer_duplicate  the log has equal records
  aborted_attempt     a transaction was aborted and its work done again
  expired             the commit was deleted, by retention or by somebody
  out_of_range        the commit lies outside the log

A window has a hard bound, beyond which nothing was consumed again for this cause,
and where it can be told a likely one: a crash leaves no commit that goes back, so
that what was done after the last commit is bounded by where the log ended, and
estimated by the owner's pace. A number without "at most" or "likely" was read.

It is read from the group's partition of __consumer_offsets (READ and DESCRIBE on
that topic; see kofs history), the logs, and the records themselves, within the
--count limits: half of them are for the search for equal records, the rest for
counting. What cannot be seen is said. With --topic t:0 --offset N it is
about that one record.

It never joins the group and writes nothing.`

func newExplainCmd(a *app) *cobra.Command {
	var o explainOptions
	cmd := &cobra.Command{
		Use:   "explain GROUP",
		Short: "Say why records were consumed twice: resets, crashes, rebalances, producers",
		Long:  explainHelp,
		Annotations: exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed, no such group, or __consumer_offsets cannot be read"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "the offset log could not be read to its end; the rest is explained"},
		),
		Example:           "  kofs explain billing\n  kofs explain billing --since 2h --topic orders:0 --offset 18320\n  kofs explain billing -o json",
		Args:              argsOf("a group", 1, 1),
		ValidArgsFunction: a.completeGroups(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.history.group = args[0]
			if err := o.validate(a.now()); err != nil {
				return err
			}
			return runExplain(cmd.Context(), a, o)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *explainOptions) addFlags(f *pflag.FlagSet) {
	o.flags = f
	o.history.addFlags(f)
	f.StringVar(&o.offset, "offset", "", "only about the record at offset `N` of the one partition that --topic names")
	o.count.addFlags(f)
	o.state.addFlags(f)
}

func (o *explainOptions) validate(now time.Time) error {
	if err := o.history.validate(now); err != nil {
		return err
	}
	if err := o.count.validate(); err != nil {
		return err
	}
	if !o.flags.Changed("offset") {
		return nil
	}
	target, err := reset.ParseOffset(o.offset)
	if err != nil {
		return usagef("--offset: %v", err)
	}
	if s := o.history.scopes; len(s) != 1 || s[0].IsGlob() || len(s[0].Partitions) != 1 {
		return usagef("--offset needs one partition, such as --topic orders:0")
	}
	o.record = &target.Offset
	return nil
}

// at is the record of --offset.
func (o *explainOptions) at() inspect.TopicPartition {
	return inspect.TopicPartition{Topic: o.history.scopes[0].Topic, Partition: o.history.scopes[0].Partitions[0]}
}

func (o *explainOptions) wants(w explain.Window) bool {
	if o.record != nil {
		return w.Holds(o.at(), *o.record)
	}
	return o.isAbout(w.TopicPartition)
}

// isAbout reports whether anything about the partition is wanted.
func (o *explainOptions) isAbout(p inspect.TopicPartition) bool {
	return len(o.history.scopes) == 0 || slices.ContainsFunc(o.history.scopes, func(s inspect.Scope) bool { return s.Matches(p) })
}

func runExplain(ctx context.Context, a *app, o explainOptions) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	taken, err := a.takeHistory(ctx, c, o.history)
	if err != nil {
		return err
	}
	found, err := a.explain(ctx, c, o, taken.log)
	if err != nil {
		return cause(ctx, err)
	}
	if err := a.showExplained(ctx, c, o, found); err != nil {
		return err
	}
	return taken.verdict()
}

// explained is an explanation and the numbers of its windows' records.
type explained struct {
	explain.Explanation
	history history.Log
	counts  []records.Counted
}

// explain gathers what is known, looks for windows, and counts their records.
func (a *app) explain(ctx context.Context, c client, o explainOptions, log history.Log) (explained, error) {
	in, err := a.gather(ctx, c, o, log)
	if err != nil {
		return explained{}, err
	}
	left, cannotSee := in.addRepeats(ctx, a, c, o)
	if ctx.Err() != nil {
		return explained{}, context.Cause(ctx)
	}
	inquiry := explain.Find(in.Input)
	phase, cancel := a.phase(ctx)
	defer cancel()
	ends, err := explain.Ends(phase, c, inquiry.Instants())
	if err != nil {
		return explained{}, err
	}
	found := explained{Explanation: inquiry.Explain(ends), history: log}
	found.CannotSee = append(append(found.CannotSee, log.CannotSee()...), cannotSee...)
	found.Windows = slices.DeleteFunc(found.Windows, func(w explain.Window) bool { return !o.wants(w) })
	found.counts, err = a.countWindows(ctx, c, found.Windows, left)
	return found, err
}

// countWindows counts the records of the windows, within the limits.
func (a *app) countWindows(ctx context.Context, c client, windows []explain.Window, o countOptions) ([]records.Counted, error) {
	if o.mode == "none" || len(windows) == 0 {
		return nil, nil
	}
	return a.countRanges(ctx, c, explain.Ranges(windows), o)
}
