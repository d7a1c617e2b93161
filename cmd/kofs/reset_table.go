package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// previewTable is the plan as a table that fits width, if it can, and a line to
// stand under it: where a terminal is narrow the first and last record are shown
// by their time alone, without what all times have in common.
func (a *app) previewTable(p reset.Plan, palette output.Palette, width int) (table output.Table, note []string) {
	for _, form := range recordForms(p) {
		table, note = a.changeTable(p, palette, form), form.note
		if width <= 0 || table.Width() <= width {
			break
		}
	}
	return table, note
}

func (a *app) changeTable(p reset.Plan, palette output.Palette, form recordForm) output.Table {
	first, last := "FIRST RECORD", "LAST RECORD"
	if form.terse {
		first, last = "FIRST", "LAST"
	}
	table := []column[reset.Change]{
		{"TOPIC", func(c reset.Change) string { return c.Topic }, true},
		{"PARTITION", func(c reset.Change) string { return strconv.Itoa(int(c.Partition)) }, false},
		{"COMMITTED", func(c reset.Change) string { return output.Count(c.CommittedOffset) }, false},
		{"NEW", func(c reset.Change) string { return output.Count(c.NewOffset) }, false},
		{"CONSUMED AGAIN", func(c reset.Change) string { return effectInWords(c, skipWord(p)) }, false},
		{first, func(c reset.Change) string { return form.cell(c.FirstRecord) }, false},
		{last, func(c reset.Change) string { return form.cell(c.LastRecord) }, false},
	}
	wide := []column[reset.Change]{
		{"LOG START", func(c reset.Change) string { return output.Count(c.LogStartOffset) }, false},
		{"LAST STABLE", func(c reset.Change) string { return output.Count(c.LastStableOffset) }, false},
		{"HIGH WATERMARK", func(c reset.Change) string { return output.Count(c.HighWatermark) }, false},
		{"LEADER EPOCH", func(c reset.Change) string { return numberOrDash(c.CommittedLeaderEpoch) }, false},
		{"METADATA", func(c reset.Change) string { return textOrDash(c.CommittedMetadata) }, false},
		{"TOPIC ID", func(c reset.Change) string { return topicID(c.TopicID) }, false},
	}
	t := tableOf(p.Changes, columns(a, table, wide))
	t.Rows = append(t.Rows, []string{"total", totalsInWords(p)})
	t.Paint = effectStyle(p, palette)
	return t
}

// effectStyle is the colour of the cells under CONSUMED AGAIN.
func effectStyle(p reset.Plan, palette output.Palette) func(row, col int) output.Style {
	return func(row, col int) output.Style {
		switch {
		case row >= len(p.Changes) || col != 4:
			return nil
		case p.Changes[row].Error != nil:
			return palette.Red
		case p.Changes[row].Effect == reset.Skip:
			return palette.Yellow
		}
		return nil
	}
}

// skipWord is what becomes of records that are skipped. An undo goes forward over
// what the group had read before the write that it takes back.
func skipWord(p reset.Plan) string {
	if p.Target.Kind == reset.ToUndo {
		return "not again"
	}
	return "NEVER READ"
}

// effectInWords is the cell under CONSUMED AGAIN.
func effectInWords(c reset.Change, skipWord string) string {
	switch {
	case c.Error != nil:
		return "error: " + c.Error.Error()
	case c.Effect == reset.Delete:
		return "commit deleted"
	case c.Effect == reset.None && c.CommittedOffset == nil && c.NewOffset == nil && c.Span != nil:
		return "stays without a commit"
	case c.NewOffset == nil:
		return "no commit to start from"
	}
	switch c.Effect {
	case reset.Replay:
		return recordsInWords(c)
	case reset.Skip:
		return skipWord + " " + recordsInWords(c)
	case reset.FirstRead:
		return "first read " + recordsInWords(c)
	case reset.Kept:
		return "kept"
	}
	return "0"
}

// recordsInWords is the number of records, with the span where that differs.
func recordsInWords(c reset.Change) string {
	switch {
	case c.Records == nil:
		return "at most " + output.Count(c.RecordsAtMost)
	case c.Span != nil && *c.Span != *c.Records:
		return fmt.Sprintf("%d (%d offsets)", *c.Records, *c.Span)
	}
	return output.Count(c.Records)
}

// totalsInWords is "consumed again 2617 records (412 KiB), first read 0, skipped 0".
func totalsInWords(p reset.Plan) string {
	t := p.Totals
	parts := []string{"consumed again " + sumInWords(t.ReplayRecords, t.ReplayRecordsAtMost, " records")}
	if n := p.BytesRead(); n > 0 {
		parts[0] += " (" + output.Bytes(n) + " read)"
	}
	parts = append(parts, "first read "+sumInWords(t.FirstReadRecords, t.FirstReadRecordsAtMost, ""))
	if p.Skips() {
		return strings.Join(append(parts, skipWord(p)+" "+sumInWords(t.SkipRecords, t.SkipRecordsAtMost, "")), ", ")
	}
	parts = append(parts, "skipped 0")
	return strings.Join(parts, ", ")
}

func sumInWords(exact, atMost *int64, what string) string {
	if exact == nil {
		return "at most " + output.Count(atMost) + what
	}
	return output.Count(exact) + what
}
