package main

import (
	"context"
	"regexp"

	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/pflag"
)

// searchOptions say which of the records somebody looks for.
type searchOptions struct {
	first, last  int
	key          string
	grep         string
	since, until string

	flags  *pflag.FlagSet
	filter records.Filter
}

func (o *searchOptions) addFlags(f *pflag.FlagSet) {
	o.flags = f
	f.IntVar(&o.first, "first", 0, "only the first `N` records of each partition")
	f.IntVar(&o.last, "last", 0, "only the last `N` records of each partition")
	f.StringVar(&o.key, "key", "", "only records with exactly this `key`")
	f.StringVar(&o.grep, "grep", "", "only records with a match of the `RE2` expression in key, value or a header, also as decoded")
	f.StringVar(&o.since, "since", "", "only records with a timestamp at or after `datetime`")
	f.StringVar(&o.until, "until", "", "only records with a timestamp before `datetime`")
}

func (o *searchOptions) validate() (err error) {
	switch {
	case o.first < 0 || o.flags.Changed("first") && o.first == 0:
		return usagef("--first %d is not a number of records", o.first)
	case o.last < 0 || o.flags.Changed("last") && o.last == 0:
		return usagef("--last %d is not a number of records", o.last)
	case o.first > 0 && o.last > 0:
		return usagef("--first and --last exclude each other")
	}
	if o.flags.Changed("key") {
		o.filter.Key = []byte(o.key)
	}
	if o.grep != "" {
		if o.filter.Grep, err = regexp.Compile(o.grep); err != nil {
			return usagef("--grep %q: %v", o.grep, err)
		}
	}
	if o.filter.SinceMs, err = parseBound("since", o.since); err != nil {
		return err
	}
	o.filter.UntilMs, err = parseBound("until", o.until)
	return err
}

func parseBound(flag, s string) (*int64, error) {
	if s == "" {
		return nil, nil
	}
	target, err := reset.ParseDatetime(s)
	if err != nil {
		return nil, usagef("--%s: %v", flag, err)
	}
	return target.InstantMs(), nil
}

// isWhole reports whether no number of records was asked for.
func (o *searchOptions) isWhole() bool { return o.first == 0 && o.last == 0 }

// list lists the records that are looked for. A Keep in the options is asked
// instead of the filter.
func (o *searchOptions) list(ctx context.Context, f records.Fetcher, ranges []records.Range, options records.ListOptions, yield func(*records.Record) error) ([]records.Listed, error) {
	options.First, options.Keep = int64(o.first), o.keep(options)
	if o.last > 0 {
		return records.Tail(ctx, f, ranges, o.last, options, yield)
	}
	return records.List(ctx, f, ranges, options, yield)
}

// print is list where it isWhole, for lines that are made on several processors.
func (o *searchOptions) print(ctx context.Context, f records.Fetcher, ranges []records.Range, options records.ListOptions, newLine func() records.Line, write func([]byte, int) error) ([]records.Listed, error) {
	options.Keep = o.keep(options)
	return records.Print(ctx, f, ranges, options, newLine, write)
}

func (o *searchOptions) keep(options records.ListOptions) func(*records.Record) bool {
	if options.Keep == nil && !o.filter.IsZero() {
		return o.filter.Keep
	}
	return options.Keep
}
