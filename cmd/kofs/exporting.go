package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/export"
)

// exporting is an export while it runs.
type exporting struct {
	file    *export.File
	encoder recordEncoder
	search  searchOptions
	options records.ListOptions
	schemas *recordSchemas // that --grep looks into; nil without a registry
	whole   bool           // a range that ends before its Until is an error
}

// export writes the ranges, one after the other, each from where it was left. It
// ends at the first that cannot be read on: what follows would stand in the file
// before the rest of it.
func (a *app) export(ctx context.Context, f records.Fetcher, e exporting) error {
	if e.file.Bytes() == 0 {
		if err := e.file.Head(e.encoder.head()); err != nil {
			return err
		}
	}
	ranges := e.remaining()
	progress := a.startProgress("exporting records", ranges)
	defer progress.stop()
	for i, r := range ranges {
		if e.file.At().Ranges[i].Done {
			continue
		}
		done := progress.last
		e.options.Progress = func(now records.Progress) { progress.update(sum(done, now)) }
		if err := e.one(ctx, f, i, r); err != nil {
			return err
		}
	}
	return nil
}

func sum(a, b records.Progress) records.Progress {
	return records.Progress{Bytes: a.Bytes + b.Bytes, Records: a.Records + b.Records, Offsets: a.Offsets + b.Offsets}
}

// remaining are the parts of the ranges that are not in the file yet.
func (e exporting) remaining() []records.Range {
	var ranges []records.Range
	for _, r := range e.file.At().Ranges {
		ranges = append(ranges, records.Range{TopicPartition: inspect.TopicPartition{Topic: r.Topic, Partition: r.Partition}, From: r.Next, Until: r.Until})
	}
	return ranges
}

// one exports the rest of range i.
func (e exporting) one(ctx context.Context, f records.Fetcher, i int, r records.Range) error {
	if first := int64(e.search.first); first > 0 {
		left := first - e.file.At().Ranges[i].Records
		if left <= 0 {
			e.file.Done(i)
			return nil
		}
		e.search.first = int(left)
	}
	options, passed := e.withPassed(ctx, i, r)
	listed, err := e.search.list(ctx, f, []records.Range{r}, options, func(r *records.Record) error {
		text, err := e.encoder.encode(r)
		if err := errors.Join(err, *passed); err != nil {
			return err
		}
		return e.file.Record(i, r.Offset, text)
	})
	if err == nil {
		err = *passed
	}
	for _, l := range listed {
		e.file.Lost(i, l.LostToRetention)
		if err == nil {
			err = e.ended(i, l)
		}
	}
	return err
}

// withPassed are the options of a listing that tells the file also of records that
// are not wanted, and the first error of that.
func (e exporting) withPassed(ctx context.Context, i int, at records.Range) (records.ListOptions, *error) {
	o, failed := e.options, new(error)
	filter := e.search.filter
	if filter.IsZero() {
		return o, failed
	}
	o.Keep = func(r *records.Record) bool {
		keep := filter.Keep(r)
		// What a registry did not answer is not unwanted.
		if *failed == nil {
			*failed = context.Cause(ctx)
		}
		if *failed == nil && e.schemas.passedOver() > 0 {
			*failed = &cutRangeError{records.Listed{Range: at, Reached: r.Offset}, e.schemas.blind.err}
		}
		if !keep && *failed == nil {
			*failed = e.file.Passed(i, r.Offset+1)
		}
		return keep || *failed != nil // which ends the listing
	}
	return o, failed
}

// ended says of a range that was listed whether it is done.
func (e exporting) ended(i int, l records.Listed) error {
	switch {
	case l.Err != nil:
		return &cutRangeError{l, l.Err}
	case e.whole && l.Reached < l.Until:
		return &cutRangeError{l, fmt.Errorf("its log ends there for %s", e.options.Isolation)}
	}
	e.file.Done(i)
	return e.file.Passed(i, l.Reached)
}

// cutRangeError is a range that could not be exported to its end.
type cutRangeError struct {
	listed records.Listed
	err    error
}

// Error names the range and why it ended.
func (e *cutRangeError) Error() string {
	return fmt.Sprintf("exporting %s: up to offset %d of %d: %v", e.listed.TopicPartition, e.listed.Reached, e.listed.Until, e.err)
}

// Unwrap is why it ended.
func (e *cutRangeError) Unwrap() error { return e.err }
