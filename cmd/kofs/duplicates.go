package main

import (
	"context"
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/inspect/records/duplicates"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type duplicatesOptions struct {
	topic, by, withinText string
	since, until          string
	fromText, untilText   string
	maxRecords            int64
	maxDuplicates         int64

	flags   *pflag.FlagSet
	request duplicates.Request
	search  duplicates.Options
	filter  records.Filter
}

const duplicatesHelp = `Find the records of a topic that are equal, in all its partitions or those that
are named, and say who wrote them: their producer ids, epochs and sequences, and
how far apart they lie in time and offsets. Several records of one key are no
fault by themselves: --by key finds them all.

Equal means: in key and value, or what --by names:

  key+value            the default; null is only equal to null
  key, value           one of them, where it is not null
  key+value+headers    and all headers, in their order
  header:NAME          the last header of that name
  json:/POINTER        what a JSON pointer (RFC 6901) finds in the value; a
                       number is what is written, so that 1 is not 1.0

A record without it is left out, and counted; so is one whose key and value are
both null. CAUSE is what the log knows, and no more:

  aborted_attempt      at most one is not of an aborted transaction
  same_sequence        one producer, epoch and sequence, twice in a partition
  not_idempotent       a record has no producer id: its producer's own retry
                       cannot be told from an application that sent twice
  several_producers    different producer ids: a restart, or two applications
  new_epoch            one producer id, restarted under its transactional id or
                       begun anew after an error
  same_producer        one producer, which was given the record twice

The topic is read twice, and nothing that is written meanwhile. Memory is some
20 bytes for each record and 200 for each duplicate; what would need more than
the limits is refused. The exit code does not say whether there are duplicates.`

func newDuplicatesCmd(a *app) *cobra.Command {
	var o duplicatesOptions
	cmd := &cobra.Command{
		Use:   "duplicates --topic TOPIC",
		Short: "Find equal records in a topic, and say what the log knows of why",
		Long:  duplicatesHelp,
		Annotations: exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed, or no such topic"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "a partition could not be read to the end; what was read is compared"},
			exitCode{exitRefused, "there are more records or duplicates than the limits allow"},
		),
		Example: `  kofs duplicates --topic orders
  kofs duplicates --topic orders:0-1 --by json:/order/id --within 10m -o jsonl`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(a.now(), a.global.isolation); err != nil {
				return err
			}
			return runDuplicates(cmd.Context(), a, o)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *duplicatesOptions) addFlags(f *pflag.FlagSet) {
	o.flags = f
	f.StringVar(&o.topic, "topic", "", "every partition of `topic`, or topic:0,1,5, topic:0-5")
	f.StringVar(&o.by, "by", "key+value", "`what` makes records equal: key+value, key, value, key+value+headers, header:NAME or json:/POINTER")
	f.StringVar(&o.withinText, "within", "", "only records at most this `duration` apart, each from the next: 10m, 1h30m, PT10M")
	f.StringVar(&o.since, "since", "", "only records with a timestamp at or after `datetime`")
	f.StringVar(&o.until, "until", "", "only records with a timestamp before `datetime`")
	f.StringVar(&o.fromText, "from-offset", "", "of one partition: the first offset `A`")
	f.StringVar(&o.untilText, "until-offset", "", "of one partition: the offset `B` after the last")
	f.Int64Var(&o.maxRecords, "max-records", 10_000_000, "refuse to compare more than `N` records (20 bytes of memory each)")
	f.Int64Var(&o.maxDuplicates, "max-duplicates", 500_000, "refuse to hold more than `N` records of sets (200 bytes of memory each)")
}

// mostRecords bounds what the limits may be set to: 20 GB of memory.
const mostRecords = 1_000_000_000

// keyBytes is how much of keys and identities is kept.
const keyBytes = 64 << 20

func (o *duplicatesOptions) validate(now time.Time, isolation inspect.Isolation) (err error) {
	if err := o.validateScope(); err != nil {
		return err
	}
	for name, n := range map[string]int64{"max-records": o.maxRecords, "max-duplicates": o.maxDuplicates} {
		if n < 1 || n > mostRecords {
			return usagef("--%s %d is not a number from 1 to %d", name, n, mostRecords)
		}
	}
	o.request.Isolation = isolation
	o.search = duplicates.Options{Isolation: isolation, MaxRecords: o.maxRecords, MaxDuplicates: o.maxDuplicates, MaxBytes: keyBytes}
	if o.search.By, err = duplicates.ParseBy(o.by); err != nil {
		return usagef("--by: %v", err)
	}
	if o.flags.Changed("within") {
		ago, err := reset.ParseDuration(o.withinText, now)
		if err != nil {
			return usagef("--within: %v", err)
		}
		o.search.Within = now.Truncate(time.Millisecond).Sub(ago.Instant)
	}
	return o.validateTimes()
}

func (o *duplicatesOptions) validateTimes() (err error) {
	if o.filter.SinceMs, err = parseBound("since", o.since); err != nil {
		return err
	}
	if o.filter.UntilMs, err = parseBound("until", o.until); err != nil {
		return err
	}
	o.request.SinceMs = o.filter.SinceMs
	if !o.filter.IsZero() {
		o.search.Keep = o.filter.Keep
	}
	return nil
}

func (o *duplicatesOptions) validateScope() (err error) {
	if o.topic == "" {
		return &usageError{message: "no topic", hint: "kofs duplicates --topic orders"}
	}
	if o.request.Scope, err = inspect.ParseScope(o.topic); err != nil {
		return usagef("--topic: %v", err)
	}
	if o.request.Scope.IsGlob() {
		return usagef("--topic %q: records are compared within one topic, so it must be named", o.topic)
	}
	if o.request.From, err = o.offset("from-offset", o.fromText); err != nil {
		return err
	}
	if o.request.Until, err = o.offset("until-offset", o.untilText); err != nil {
		return err
	}
	from, until := o.request.From, o.request.Until
	switch {
	case (from != nil || until != nil) && len(o.request.Scope.Partitions) != 1:
		return usagef("--from-offset and --until-offset need one partition, such as --topic orders:0")
	case from != nil && until != nil && *until < *from:
		return usagef("--until-offset %d lies before --from-offset %d", *until, *from)
	}
	return nil
}

// offset is the value of a flag, nil where it was not given.
func (o *duplicatesOptions) offset(flag, text string) (*int64, error) {
	if !o.flags.Changed(flag) {
		return nil, nil
	}
	target, err := reset.ParseOffset(text)
	if err != nil {
		return nil, usagef("--%s: %v", flag, err)
	}
	return &target.Offset, nil
}

func runDuplicates(ctx context.Context, a *app, o duplicatesOptions) error {
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	parts, err := a.parts(ctx, c, o)
	if err != nil {
		return err
	}
	found, err := a.findDuplicates(ctx, c, parts, o.search)
	if err != nil {
		return cause(ctx, err)
	}
	cluster, err := c.Cluster(ctx)
	if err != nil {
		return cause(ctx, err)
	}
	summary := newDuplicatesSummary(o, parts, found)
	summary.ClusterID, summary.At = cluster.ID, formatTime(a.now())
	return a.showDuplicates(summary, found.Sets)
}

// parts is what is to be read. Where nothing can be, the first reason is the error.
func (a *app) parts(ctx context.Context, c client, o duplicatesOptions) ([]duplicates.Part, error) {
	ctx, cancel := a.phase(ctx)
	defer cancel()
	parts, err := duplicates.Parts(ctx, c, o.request)
	if err != nil {
		return nil, cause(ctx, err)
	}
	readable := 0
	for _, p := range parts {
		if p.Fault == nil {
			readable++
		}
	}
	if readable == 0 && len(parts) > 0 {
		return nil, fmt.Errorf("reading %s: %w", parts[0].TopicPartition, parts[0].Fault)
	}
	return parts, nil
}

// findDuplicates reads the parts, with a progress for each reading.
func (a *app) findDuplicates(ctx context.Context, c client, parts []duplicates.Part, o duplicates.Options) (duplicates.Found, error) {
	ranges := make([]records.Range, len(parts))
	for i, p := range parts {
		ranges[i] = p.Range
	}
	shown := a.startProgress("reading records, 1 of 2", ranges)
	reading := 1
	o.Progress = func(now int, p records.Progress) {
		if now != reading {
			reading = now
			shown.stop()
			shown = a.startProgress("reading records, 2 of 2", ranges)
		}
		shown.update(p)
	}
	defer func() { shown.stop() }()
	return duplicates.Find(ctx, c, ranges, o)
}
