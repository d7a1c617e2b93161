package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/export"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// runSave exports the records to a file, or goes on with that.
func runSave(ctx context.Context, a *app, o recordsOptions) error {
	file, err := a.openExport(o.save.path, export.Options{Force: o.save.force, Resume: o.save.resume, Once: o.search.last > 0})
	if err != nil {
		return err
	}
	err = a.save(ctx, file, o)
	resumable := file.Resumable()
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil && resumable && !errors.As(err, new(exportedWithLoss)) && !errors.As(err, new(*reset.Refusal)) && !errors.As(err, new(*usageError)) {
		return &cutExportError{err: err, hint: "go on with it:\n  " + a.toResume()}
	}
	return err
}

// cutExportError ends an export that can be gone on with.
type cutExportError struct {
	err  error
	hint string
}

// Error is that of what cut it.
func (e *cutExportError) Error() string { return e.err.Error() }

// Unwrap is what cut it.
func (e *cutExportError) Unwrap() error { return e.err }

// exportedWithLoss is a finished file that lacks what retention had removed.
type exportedWithLoss struct{ error }

// Unwrap is what was lost, and where.
func (e exportedWithLoss) Unwrap() error { return e.error }

func (a *app) save(ctx context.Context, file *export.File, o recordsOptions) error {
	if o.save.resume {
		if err := file.At().Fits(o.settings); err != nil {
			return &usageError{message: "--resume: " + err.Error(), hint: "--force without --resume begins anew"}
		}
	}
	if file.At().Complete { // but for its name
		return a.finishExport(file, o)
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if !o.save.resume {
		err = a.beginExport(ctx, c, file, o)
	}
	if err == nil {
		err = a.checkOrigin(ctx, c, originOf(file.At()))
	}
	if err != nil {
		return err
	}
	encoder, err := newRecordEncoder(o.save.format, o.values, o.schemas, effectsOf(file.At()))
	if err != nil {
		return err
	}
	e := exporting{file: file, encoder: encoder, search: o.search, options: o.listOptions(a), schemas: o.schemas}
	err = cause(ctx, a.export(ctx, c, e))
	if errors.As(err, new(*cutRangeError)) {
		return incomplete(err.Error())
	}
	if err != nil {
		return err
	}
	if err := a.checkOrigin(ctx, c, originOf(file.At())); err != nil {
		return err
	}
	return a.finishExport(file, o)
}

// beginExport fixes the ranges. A partition that cannot be read fails the export:
// the file would lack it without a word.
func (a *app) beginExport(ctx context.Context, c client, file *export.File, o recordsOptions) error {
	list, unread, err := a.ranges(ctx, c, o)
	if err != nil {
		return err
	}
	if len(unread) > 0 {
		return fmt.Errorf("%s could not be read, and the file would lack them: leave them out with --topic", partitions(len(unread)))
	}
	ctx, cancel := a.phase(ctx)
	defer cancel()
	origin, err := reset.OriginOf(ctx, c, topicsOf(list))
	if err != nil {
		return cause(ctx, err)
	}
	return file.Begin(origin.ClusterID, o.settings, rangesToExport(list, origin))
}

func topicsOf(list []rangeToList) []string {
	var topics []string
	seen := map[string]bool{}
	for _, r := range list {
		if !seen[r.Topic] {
			seen[r.Topic] = true
			topics = append(topics, r.Topic)
		}
	}
	return topics
}

func rangesToExport(list []rangeToList, origin reset.Origin) []export.Range {
	ranges := make([]export.Range, len(list))
	for i, r := range list {
		ranges[i] = export.Range{Topic: r.Topic, Partition: r.Partition, From: r.From, Until: max(r.From, r.Until), Next: r.From}
		if id := origin.Topics[r.Topic]; id != (inspect.TopicID{}) {
			ranges[i].TopicID = &id
		}
		if r.effect != nil {
			ranges[i].Effect = (*string)(r.effect)
		}
	}
	return ranges
}

// originOf is where the ranges of an export were read.
func originOf(at export.Checkpoint) reset.Origin {
	o := reset.Origin{ClusterID: at.ClusterID, Topics: map[string]inspect.TopicID{}}
	for _, r := range at.Ranges {
		o.Topics[r.Topic] = inspect.TopicID{}
		if r.TopicID != nil {
			o.Topics[r.Topic] = *r.TopicID
		}
	}
	return o
}

func effectsOf(at export.Checkpoint) map[inspect.TopicPartition]*reset.Effect {
	effects := map[inspect.TopicPartition]*reset.Effect{}
	for _, r := range at.Ranges {
		effects[inspect.TopicPartition{Topic: r.Topic, Partition: r.Partition}] = (*reset.Effect)(r.Effect)
	}
	return effects
}

func (a *app) checkOrigin(ctx context.Context, c client, o reset.Origin) error {
	ctx, cancel := a.phase(ctx)
	defer cancel()
	return cause(ctx, o.Check(ctx, c))
}

// finishExport gives the file its name and says what is in it.
func (a *app) finishExport(file *export.File, o recordsOptions) error {
	if err := file.Finish(); err != nil {
		return err
	}
	at := file.At()
	if !a.global.quiet {
		a.warn("%s (%s) in %s", recordsCount(int(at.Records())), output.Bytes(file.Bytes()), o.save.path)
	}
	lost := 0
	for _, r := range at.Ranges {
		if r.LostToRetention != nil {
			a.warn("%s:%d: records below offset %d were deleted before they were exported", r.Topic, r.Partition, *r.LostToRetention)
			lost++
		}
	}
	if lost > 0 {
		return exportedWithLoss{incomplete("records of " + partitions(lost) + " were deleted before they were exported")}
	}
	return nil
}
