package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kofs/kofs/inspect/explain"
	"github.com/kofs/kofs/inspect/history"
	"github.com/kofs/kofs/internal/output"
)

// showExplained shows the windows, and then what is exposed and what cannot be seen.
func (a *app) showExplained(ctx context.Context, c client, o explainOptions, e explained) error {
	cluster, err := c.Cluster(ctx)
	if err != nil {
		return cause(ctx, err)
	}
	doc := newExplainDoc(a, cluster, o, e)
	switch a.global.format {
	case "json":
		return a.writeDoc(doc)
	case "jsonl":
		return a.writeWindowLines(doc)
	case "csv":
		return writeCSV(a, doc.Windows)
	}
	if err := a.writeWindows(o, doc); err != nil {
		return err
	}
	a.sayMore(doc, e)
	return nil
}

func (a *app) writeWindowLines(doc explainDoc) error {
	for _, w := range doc.Windows {
		if err := output.WriteJSONLine(a.Out, w); err != nil {
			return err
		}
	}
	return nil
}

// writeWindows is for people: a paragraph for each window.
func (a *app) writeWindows(o explainOptions, doc explainDoc) error {
	if o.record != nil {
		if err := a.writePasses(o, doc); err != nil {
			return err
		}
	}
	if len(doc.Windows) == 0 {
		return output.Line(a.Out, "%s", nothingFound(o))
	}
	for i, w := range doc.Windows {
		if i > 0 && (a.inFull(w) || a.inFull(doc.Windows[i-1])) {
			if err := output.Line(a.Out, ""); err != nil {
				return err
			}
		}
		if err := a.writeWindow(w); err != nil {
			return err
		}
	}
	return nil
}

// inFull: the evidence of what is only possible is left to -o wide.
func (a *app) inFull(w windowDoc) bool {
	return w.Confidence != history.Possible || a.global.isWide()
}

func (a *app) writeWindow(w windowDoc) error {
	head := fmt.Sprintf("%s  %s (%s)  %s:%d  %s", w.At, w.Cause, w.Confidence, w.Topic, w.Partition, windowInWords(w))
	if !a.inFull(w) {
		return output.Line(a.Out, "%s", head)
	}
	lines := []string{head}
	for _, e := range w.Evidence {
		lines = append(lines, "  "+e)
	}
	for _, advice := range w.Advice {
		lines = append(lines, "  -> "+advice)
	}
	for _, line := range lines {
		for _, part := range output.Wrap(line, "     ", a.OutWidth) {
			if err := output.Line(a.Out, "%s", part); err != nil {
				return err
			}
		}
	}
	return nil
}

// windowInWords is "offsets 125 to 249: 35 records likely, at most 125".
func windowInWords(w windowDoc) string {
	if w.From == w.Until {
		return fmt.Sprintf("at offset %d: nothing again", w.From)
	}
	offsets := fmt.Sprintf("offsets %d to %d", w.From, w.Until-1)
	switch {
	case w.Records != nil:
		return fmt.Sprintf("%s: %s again", offsets, recordsCount(int(*w.Records)))
	case w.RecordsLikely != nil && w.LikelyUntil != nil:
		return fmt.Sprintf("%s: %s likely, at most %d", offsets, recordsCount(int(*w.RecordsLikely)), w.RecordsAtMost)
	}
	return fmt.Sprintf("%s: at most %s", offsets, recordsCount(int(w.RecordsAtMost)))
}

func nothingFound(o explainOptions) string {
	if o.record != nil {
		return fmt.Sprintf("nothing speaks for %s offset %d having been consumed more than once", o.at(), *o.record)
	}
	return "nothing speaks for records having been consumed more than once"
}

// writePasses says when the group's commit went over the record.
func (a *app) writePasses(o explainOptions, doc explainDoc) error {
	if len(doc.Passes) == 0 {
		return output.Line(a.Out, "%s offset %d: no commit that is in the history went over it", o.at(), *o.record)
	}
	for _, p := range doc.Passes {
		what := "consumed"
		if p.Skipped {
			what = "skipped"
		}
		if err := output.Line(a.Out, "%s offset %d: %s between %s and %s", o.at(), *o.record, what, p.After, p.By); err != nil {
			return err
		}
	}
	return nil
}

// sayMore says on stderr how far all this goes.
func (a *app) sayMore(doc explainDoc, e explained) {
	if doc.Omitted > 0 {
		a.warn("%d older changes of hands were not looked into; --since narrows the time", doc.Omitted)
	}
	if line := exposureInWords(e.Exposure); line != "" {
		a.warn("%s", line)
	}
	if slices.ContainsFunc(doc.Windows, func(w windowDoc) bool { return !a.inFull(w) }) {
		a.warn("-o wide shows the evidence of what is only possible")
	}
	since := "nothing was read"
	if doc.CompleteSince != nil {
		since = "the history is complete since " + *doc.CompleteSince
	}
	if len(doc.Windows) > 0 && !a.global.isWide() {
		a.warn("%s; there are %d kinds of things that it cannot show, see -o wide", since, len(doc.CannotSee))
		return
	}
	a.warn("%s; what cannot be seen:", since)
	for _, line := range doc.CannotSee {
		a.warn("  - %s", line)
	}
}

// exposureInWords is what dying now would repeat; "" when that cannot be told.
func exposureInWords(e explain.Exposure) string {
	if e.CommitInterval == nil || len(e.Partitions) == 0 {
		return ""
	}
	var total int64
	for _, p := range e.Partitions {
		total += p.RecordsLikely
	}
	auto := ""
	if e.AutoCommit != nil {
		auto = fmt.Sprintf(" (auto-commit: %s)", *e.AutoCommit)
	}
	return fmt.Sprintf("the group commits every %s%s: a crash of all its consumers now would repeat some %s",
		e.CommitInterval.Round(time.Millisecond), auto, recordsCount(int(total)))
}
