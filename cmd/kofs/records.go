package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type recordsOptions struct {
	group string
	selection
	fromText, untilText string
	search              searchOptions
	summary             summaryOptions
	includeAborted      bool
	includeControl      bool

	from, until int64
}

func newRecordsCmd(a *app) *cobra.Command {
	var o recordsOptions
	cmd := &cobra.Command{
		Use:   "records {GROUP SCOPE TARGET | --topic TOPIC:N --from-offset A --until-offset B}",
		Short: "List the records that a reset would replay, or those between two offsets",
		Long: `List the records that the group would consume again, skip or read for the first
time if it were reset to TARGET; or, without a group, those from offset A up to
and without offset B. They are exactly the records that a consumer with the
isolation level is given, partition by partition, offsets ascending.

Instead of the records, --by-key shows which keys they have and how often, and
--timeline when they were written, as a plot.

It is read-only: nothing is joined, committed or changed.`,
		Annotations: exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed, or no such group or topic"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "a partition could not be read to the end; the rest is shown"},
			exitCode{exitRefused, "the target is refused: out of the log's range, no commit to start from, ..."},
		),
		Example: `  kofs records billing --topic orders --to-datetime 2026-11-22T09:00:00Z
  kofs records --topic orders:0 --from-offset 10 --until-offset 20 -o jsonl
  kofs records billing --topic orders --to-earliest --by-key
  kofs records billing --topic orders --to-earliest --timeline`,
		Args:              argsBetween(0, 1),
		ValidArgsFunction: a.completeGroups(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.group = args[0]
			}
			if err := o.validate(a); err != nil {
				return err
			}
			return runRecords(cmd.Context(), a, o)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *recordsOptions) addFlags(f *pflag.FlagSet) {
	o.selection.addFlags(f)
	f.StringVar(&o.fromText, "from-offset", "", "without a group: the first offset `A`")
	f.StringVar(&o.untilText, "until-offset", "", "without a group: the offset `B` after the last")
	o.search.addFlags(f)
	o.summary.addFlags(f)
	f.BoolVar(&o.includeAborted, "include-aborted", false, "also records of aborted transactions, marked")
	f.BoolVar(&o.includeControl, "include-control", false, "also transaction markers, marked")
}

func (o *recordsOptions) validate(a *app) error {
	if err := o.search.validate(); err != nil {
		return err
	}
	if err := o.summary.validate(a, o.search, o.includeControl); err != nil {
		return err
	}
	ranged := o.flags.Changed("from-offset") || o.flags.Changed("until-offset")
	switch {
	case o.group == "" && !ranged:
		return &usageError{message: "no group and no offsets", hint: "kofs records GROUP --topic orders --to-earliest, or --topic orders:0 --from-offset A --until-offset B"}
	case o.group != "" && ranged:
		return usagef("--from-offset and --until-offset go without a group, but %q was named", o.group)
	case o.group != "":
		return o.selection.validate(a.now(), o.group)
	}
	return o.validateRange()
}

func (o *recordsOptions) validateRange() error {
	if err := o.validateScope(); err != nil {
		return err
	}
	if o.allTopics || len(o.scopes) != 1 || o.scopes[0].IsGlob() || len(o.scopes[0].Partitions) != 1 {
		return usagef("--from-offset and --until-offset need one partition, such as --topic orders:0")
	}
	if given := o.targets(); len(given) > 0 {
		return usagef("%s needs a group", given[0])
	}
	from, err := reset.ParseOffset(o.fromText)
	if err != nil {
		return usagef("--from-offset: %v", err)
	}
	until, err := reset.ParseOffset(o.untilText)
	if err != nil {
		return usagef("--until-offset: %v", err)
	}
	if until.Offset < from.Offset {
		return usagef("--until-offset %d lies before --from-offset %d", until.Offset, from.Offset)
	}
	o.from, o.until = from.Offset, until.Offset
	return nil
}

func runRecords(ctx context.Context, a *app, o recordsOptions) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	list, unread, err := a.ranges(ctx, c, o)
	if err != nil {
		return err
	}
	if o.summary.wanted() {
		return a.summarize(ctx, c, list, unread, o)
	}
	ranges := make([]records.Range, len(list))
	for i, r := range list {
		ranges[i] = r.Range
	}
	view, err := newRecordsView(a, list)
	if err != nil {
		return err
	}
	progress := a.startListProgress(ranges)
	listed, err := o.search.list(ctx, c, ranges, records.ListOptions{
		Isolation: a.global.isolation, IncludeAborted: o.includeAborted, IncludeControl: o.includeControl, Progress: progress.update,
	}, view.write)
	progress.stop()
	if err == nil {
		err = view.end()
	}
	if err != nil {
		return cause(ctx, err)
	}
	return a.listingVerdict(listed, len(unread))
}

// rangeToList is a range and what the reset would do with it; no effect without
// a group.
type rangeToList struct {
	records.Range
	effect *reset.Effect
}

// ranges are those of the plan, or the one that was named; unread are the rows of
// the plan that have none, because they could not be looked at.
func (a *app) ranges(ctx context.Context, c client, o recordsOptions) (list []rangeToList, unread []reset.Change, err error) {
	if o.group == "" {
		list, err = a.namedRange(ctx, c, o)
		return list, nil, err
	}
	p, err := a.plan(ctx, c, o.group, o.selection)
	if err != nil {
		return nil, nil, err
	}
	unread = p.plan.Unreadable()
	for _, row := range unread {
		a.warn("%s: %v", row.At(), row.Error)
	}
	for _, r := range p.plan.Ranges() {
		i := slices.IndexFunc(p.plan.Changes, func(c reset.Change) bool { return c.At() == r.TopicPartition })
		list = append(list, rangeToList{r, &p.plan.Changes[i].Effect})
	}
	if len(unread) > 0 && len(list) == 0 {
		return nil, nil, fmt.Errorf("reading %s: %w", unread[0].At(), unread[0].Error)
	}
	return list, unread, nil
}

// namedRange is the part of --from-offset to --until-offset that is in the log.
func (a *app) namedRange(ctx context.Context, c client, o recordsOptions) ([]rangeToList, error) {
	ctx, cancel := a.phase(ctx)
	defer cancel()
	at := inspect.TopicPartition{Topic: o.scopes[0].Topic, Partition: o.scopes[0].Partitions[0]}
	log, err := inspect.ReadLog(ctx, c, at)
	if err != nil {
		return nil, cause(ctx, err)
	}
	r := records.Range{TopicPartition: at, From: max(o.from, log.Start), Until: min(o.until, log.HighWatermark)}
	if r.From != o.from || r.Until != o.until {
		a.warn("the log of %s goes from %d to %d", at, log.Start, log.HighWatermark)
	}
	return []rangeToList{{Range: r}}, nil
}

// listingVerdict says what is missing from the list: failed is how many partitions
// could not even be begun.
func (a *app) listingVerdict(listed []records.Listed, failed int) error {
	for _, l := range listed {
		if l.Err != nil {
			a.warn("%s: listed up to offset %d: %v", l.TopicPartition, l.Reached, l.Err)
			failed++
		}
		if l.LostToRetention != nil {
			a.warn("%s: records below offset %d were deleted while they were listed", l.TopicPartition, *l.LostToRetention)
		}
	}
	if failed > 0 {
		return incomplete(fmt.Sprintf("%s could not be read to the end", partitions(failed)))
	}
	return nil
}
