package main

import (
	"context"
	"fmt"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/export"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// saveSkipped exports the records that the plan skips, before it is written: the
// file is whole, and on the disk, or nothing is written to the cluster.
func (a *app) saveSkipped(ctx context.Context, c client, w writing) error {
	if w.saveSkipped == "" {
		return nil
	}
	file, err := export.Open(w.saveSkipped, export.Options{Force: w.force, Once: true, Now: a.now})
	if err != nil {
		return &notWrittenError{err}
	}
	err = a.exportSkipped(ctx, c, file, w.preview.plan)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return &notWrittenError{cause(ctx, err)}
	}
	a.warn("%s (%s) that the new offsets skip in %s", recordsCount(int(file.At().Records())), output.Bytes(file.Bytes()), w.saveSkipped)
	return nil
}

// notWrittenError is a failure before the write, which therefore was not begun.
type notWrittenError struct{ err error }

// Error says that the write was not begun, and why.
func (e *notWrittenError) Error() string {
	return "saving the skipped records, nothing was written to the cluster: " + e.err.Error()
}

// Unwrap is why.
func (e *notWrittenError) Unwrap() error { return e.err }

func (a *app) exportSkipped(ctx context.Context, c client, file *export.File, p reset.Plan) error {
	skip := reset.Skip
	effects := map[inspect.TopicPartition]*reset.Effect{}
	var list []rangeToList
	for _, r := range p.Skipped() {
		list = append(list, rangeToList{Range: r, effect: &skip})
		effects[r.TopicPartition] = &skip
	}
	if err := file.Begin(p.ClusterID, nil, rangesToExport(list, p.Origin())); err != nil {
		return err
	}
	encoder, err := newRecordEncoder(saveJSONL, valuesAsText, nil, effects)
	if err != nil {
		return err
	}
	e := exporting{file: file, encoder: encoder, options: records.ListOptions{Isolation: p.IsolationLevel}, whole: true}
	if err := a.checkOrigin(ctx, c, p.Origin()); err != nil {
		return err
	}
	if err := a.export(ctx, c, e); err != nil {
		return err
	}
	for _, r := range file.At().Ranges {
		if r.LostToRetention != nil {
			return fmt.Errorf("%s:%d: records below offset %d were deleted before they were saved", r.Topic, r.Partition, *r.LostToRetention)
		}
	}
	return file.Finish()
}
