package main

import (
	"context"
	"fmt"

	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/export"
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
	values              valueForm
	save                saveOptions
	plan                string
	schemaRegistry      string

	from, until int64
	saved       *reset.Plan // of --plan
	settings    []export.Setting
	schemas     *recordSchemas
}

func newRecordsCmd(a *app) *cobra.Command {
	var o recordsOptions
	cmd := &cobra.Command{
		Use:   "records {GROUP SCOPE TARGET | --plan FILE | --topic TOPIC:N --from-offset A --until-offset B}",
		Short: "List the records that a reset would replay, or those between two offsets",
		Long: `List the records that the group would consume again, skip or read for the first
time if it were reset to TARGET; or, without a group, those from offset A up to
and without offset B. They are exactly the records that a consumer with the
isolation level is given, partition by partition, offsets ascending.

Instead of the records, --by-key shows which keys they have and how often, and
--timeline when they were written, as a plot.

It is read-only: nothing is joined, committed or changed.

--save exports them to a file, which is there whole or not at all. What was written
of an interrupted export stays beside it, in FILE.partial and FILE.checkpoint; the
same command line with --resume goes on: the ranges are those of the first run, and
no record is lost or stands twice.`,
		Annotations: exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed, or no such group or topic"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "a partition could not be read to the end, retention removed records meanwhile, or a registry failed that --grep needs; the rest is shown"},
			exitCode{exitRefused, "the target is refused: out of the log's range, no commit to start from, ...; --plan, --resume: a topic was made anew"},
			exitCode{exitInterrupted, "interrupted"},
			exitCode{exitTerminated, "terminated"},
		),
		Example: `  kofs records billing --topic orders --to-datetime 2026-11-22T09:00:00Z
  kofs records --topic orders:0 --from-offset 10 --until-offset 20 -o jsonl
  kofs records billing --topic orders --to-earliest --by-key
  kofs records billing --topic orders --to-earliest --timeline
  kofs records billing --topic orders --to-earliest --save orders.jsonl
  kofs records --topic orders:0 --from-offset 0 --until-offset 20 --values json`,
		Args:              argsOf("a group", 0, 1),
		ValidArgsFunction: a.completeGroups(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.group = args[0]
			}
			if err := o.validate(a); err != nil {
				return err
			}
			if err := o.useSchemas(cmd.Context(), a); err != nil {
				return err
			}
			o.settings = settingsOf(cmd, &o, a)
			if o.save.path != "" {
				return runSave(cmd.Context(), a, o)
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
	f.StringVar(&o.plan, "plan", "", "the records of the plan in `file`, which kofs reset --save-plan has written")
	f.StringVar(&o.schemaRegistry, "schema-registry", "", "decode Avro, Protobuf and JSON with the schemas of the registry at `URL` (KOFS_SCHEMA_REGISTRY)")
	o.values.addFlag(f)
	o.save.addFlags(f)
}

func (o *recordsOptions) validate(a *app) error {
	if err := o.search.validate(); err != nil {
		return err
	}
	if err := o.summary.validate(a, o); err != nil {
		return err
	}
	if err := o.save.validate(a, o); err != nil {
		return err
	}
	ranged := o.flags.Changed("from-offset") || o.flags.Changed("until-offset")
	switch {
	case o.plan != "":
		return o.validatePlan(a, ranged)
	case o.group == "" && !ranged:
		return &usageError{message: "no group and no offsets", hint: "kofs records GROUP --topic orders --to-earliest, --plan plan.json, or --topic orders:0 --from-offset A --until-offset B"}
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

// useSchemas has records decoded if a registry is named; --grep then looks into what
// is decoded, too.
func (o *recordsOptions) useSchemas(ctx context.Context, a *app) (err error) {
	var named *string
	if o.flags.Changed("schema-registry") {
		named = &o.schemaRegistry
	}
	if o.schemas, err = a.schemas(ctx, named); err == nil && o.schemas != nil {
		o.search.filter.Texts = o.schemas.textsFor(o.search.filter.Grep)
	}
	return err
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
	view, err := newRecordsView(a, list, o.values, o.schemas)
	if err != nil {
		return err
	}
	progress := a.startListProgress(ranges)
	options := o.listOptions(a)
	options.Progress = progress.update
	listed, err := view.list(ctx, c, ranges, o.search, options)
	progress.stop()
	if err != nil {
		_ = view.out.Flush() // what was listed until then is shown; the error is told
	} else {
		err = view.end()
	}
	if err != nil {
		return cause(ctx, err)
	}
	return a.listingVerdict(listed, unread, o.schemas)
}

func (o recordsOptions) listOptions(a *app) records.ListOptions {
	return records.ListOptions{Isolation: a.global.isolation, IncludeAborted: o.includeAborted, IncludeControl: o.includeControl}
}

// listingVerdict says of which partitions not all was listed, and why; in JSON
// there is no other place for it than the error's message. unread are the rows
// that could not even be begun, of which was said why; schemas those that --grep
// looked into.
func (a *app) listingVerdict(listed []records.Listed, unread []reset.Change, schemas *recordSchemas) error {
	var short []string
	for _, row := range unread {
		short = append(short, fmt.Sprintf("%s: %v", row.At(), row.Error))
	}
	for _, l := range listed {
		if why := shortfall(l); why != "" {
			a.warn("%s", why)
			short = append(short, why)
		}
	}
	if schemas.passedOver() > 0 {
		if len(short) == 0 {
			return incomplete(schemas.blind.String())
		}
		a.warn("%s", schemas.blind.String())
	}
	if len(short) == 0 {
		return nil
	}
	message := fmt.Sprintf("%s could not be listed whole", partitions(len(short)))
	if a.global.isJSON() {
		message += "; " + short[0]
	}
	return incomplete(message)
}

// shortfall is why not all records were listed that the range had when it was
// asked for; "" if they were.
func shortfall(l records.Listed) string {
	switch {
	case l.Err != nil:
		return fmt.Sprintf("%s: listed up to offset %d: %v", l.TopicPartition, l.Reached, l.Err)
	case l.LostToRetention != nil:
		return fmt.Sprintf("%s: records below offset %d were deleted while they were listed", l.TopicPartition, *l.LostToRetention)
	}
	return ""
}
