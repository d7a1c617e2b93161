package main

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strconv"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/pflag"
)

// summaryOptions ask for an account of the records instead of the records.
type summaryOptions struct {
	byKey, timeline bool
	topText         string
	maxKeys         int
	bucketText      string

	flags    *pflag.FlagSet
	top      *int   // nil: all
	bucketMs *int64 // nil: as fits
}

func (o *summaryOptions) addFlags(f *pflag.FlagSet) {
	o.flags = f
	f.BoolVar(&o.byKey, "by-key", false, "instead of the records: their keys, and how often each occurs")
	f.StringVar(&o.topText, "top", "", "with --by-key: only the `N` most frequent keys, or all (default 20 in tables, else all)")
	f.IntVar(&o.maxKeys, "max-keys", records.DefaultMaxKeys, "with --by-key: fail where there are more than `N` distinct keys, each counted for every partition that has it")
	f.BoolVar(&o.timeline, "timeline", false, "instead of the records: how many there are in each minute, hour or day")
	f.StringVar(&o.bucketText, "bucket", "", "with --timeline: the `width` of a bucket such as 10s, 1m, 1d (default: as fits)")
}

func (o *summaryOptions) wanted() bool { return o.byKey || o.timeline }

// tableTop is how many keys a table shows where nobody says.
const tableTop = 20

func (o *summaryOptions) validate(a *app, r *recordsOptions) error {
	switch {
	case o.byKey && o.timeline:
		return usagef("--by-key and --timeline exclude each other")
	case o.wanted() && (r.search.first > 0 || r.search.last > 0):
		return &usageError{message: "--first and --last list records, they do not go with --by-key or --timeline", hint: "--top N shows the N most frequent keys; --since and --until narrow the time"}
	case o.wanted() && r.includeControl:
		return usagef("--include-control lists transaction markers, it does not go with --by-key or --timeline")
	case o.wanted() && r.save.path != "":
		return &usageError{message: "--save saves records, it does not go with --by-key or --timeline", hint: "-o json, jsonl or csv writes the account to standard output"}
	case o.wanted() && o.flags.Changed("values"):
		return usagef("--values shows values, it does not go with --by-key or --timeline")
	case !o.byKey && o.flags.Changed("top"):
		return usagef("--top goes with --by-key")
	case !o.byKey && o.flags.Changed("max-keys"):
		return usagef("--max-keys goes with --by-key")
	case !o.timeline && o.flags.Changed("bucket"):
		return usagef("--bucket goes with --timeline")
	case o.maxKeys < 1:
		return usagef("--max-keys %d is not a number of keys", o.maxKeys)
	}
	if err := o.parseTop(a.global.isData()); err != nil {
		return err
	}
	return o.parseBucket()
}

func (o *summaryOptions) parseTop(data bool) error {
	switch {
	case o.topText == "all":
		return nil
	case !o.flags.Changed("top"):
		if !data {
			o.top = new(tableTop)
		}
		return nil
	}
	n, err := strconv.Atoi(o.topText)
	if err != nil || n < 1 {
		return usagef("--top %q is neither a number of keys nor all", o.topText)
	}
	o.top = &n
	return nil
}

func (o *summaryOptions) parseBucket() error {
	if !o.flags.Changed("bucket") {
		return nil
	}
	m := regexp.MustCompile(`^([1-9][0-9]{0,5})(s|m|h|d)$`).FindStringSubmatch(o.bucketText)
	if m == nil {
		return usagef("--bucket %q is not a width such as 10s, 1m, 6h or 1d", o.bucketText)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return err
	}
	n *= map[string]int64{"s": 1000, "m": 60_000, "h": 3600_000, "d": 24 * 3600_000}[m[2]]
	o.bucketMs = &n
	return nil
}

// summary gathers an account of the records, and shows it.
type summary interface {
	Add(*records.Record) error
	show(covered) error
}

// summarize reads the records as they would be listed, and shows the account of
// them: also of a part of them, then marked, when the reading was cut short.
func (a *app) summarize(ctx context.Context, c client, list []rangeToList, unread []reset.Change, o recordsOptions) error {
	var s summary = &keysView{Keys: records.NewKeys(o.summary.maxKeys), app: a, top: o.summary.top}
	if o.summary.timeline {
		s = &timelineView{Timeline: records.NewTimeline(o.summary.bucketMs), app: a}
	}
	ranges := make([]records.Range, len(list))
	for i, r := range list {
		ranges[i] = r.Range
	}
	progress := a.startProgress("reading records", ranges)
	listed, err := o.search.list(ctx, c, ranges, records.ListOptions{
		Isolation: a.global.isolation, IncludeAborted: o.includeAborted, Progress: progress.update,
	}, s.Add)
	progress.stop()
	if err = tooMuch(cause(ctx, err)); err != nil && !errors.As(err, new(signalError)) {
		return err
	}
	return cmp.Or(s.show(coveredBy(listed, unread, err != nil || o.schemas.passedOver() > 0)), err, a.listingVerdict(listed, unread, o.schemas))
}

// tooMuch is err with what helps where there was too much to account for.
func tooMuch(err error) error {
	var keys *records.TooManyKeysError
	var buckets *records.TooManyBucketsError
	switch {
	case errors.As(err, &keys):
		return &outcomeError{code: exitRefused, reason: reasonTooMany, message: "counting keys: " + keys.Error(), hint: "--key, --grep, --since or fewer partitions make them fewer; --max-keys allows more, about 300 bytes of memory each"}
	case errors.As(err, &buckets):
		return &outcomeError{code: exitRefused, reason: reasonTooMany, message: "counting by time: " + buckets.Error(), hint: "leave out --bucket, or choose a greater one"}
	}
	return err
}

// coveredBy is what was read, and what could not be begun.
func coveredBy(listed []records.Listed, unread []reset.Change, cut bool) covered {
	c := covered{Incomplete: cut || len(unread) > 0, Ranges: []coveredDoc{}}
	for _, l := range listed {
		c.Incomplete = c.Incomplete || l.Err != nil
		c.Ranges = append(c.Ranges, coveredDoc{
			Topic: l.Topic, Partition: l.Partition, FromOffset: &l.From, UntilOffset: &l.Until,
			Reached: &l.Reached, Records: l.Records, LostBelow: l.LostToRetention, Error: inspect.FaultOf(l.Err),
		})
	}
	for _, row := range unread {
		c.Ranges = append(c.Ranges, coveredDoc{Topic: row.Topic, Partition: row.Partition, Error: row.Error})
	}
	return c
}

// label stands before numbers that are not those of all records.
func (c covered) label() string {
	if c.Incomplete {
		return "incomplete, at least "
	}
	return ""
}
