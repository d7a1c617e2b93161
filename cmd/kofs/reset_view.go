package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// showPreview shows the plan on stdout.
func (a *app) showPreview(p preview) error {
	if a.global.isJSON() {
		return a.writeDoc(p.plan)
	}
	return a.writePreview(a.Out, a.OutWidth, a.OutPalette(), p)
}

// endPreview says that it was only a preview, and whether it was whole.
func (a *app) endPreview(p reset.Plan) error {
	if !a.global.isJSON() {
		if err := output.Line(a.Out, "nothing was changed; add --execute to write"); err != nil {
			return err
		}
	}
	if n := len(p.Unreadable()); n > 0 {
		return incomplete(partitions(n) + " could not be read")
	}
	return nil
}

func partitions(n int) string {
	if n == 1 {
		return "1 partition"
	}
	return fmt.Sprintf("%d partitions", n)
}

// writePreview writes the preview for people.
func (a *app) writePreview(w io.Writer, width int, palette output.Palette, p preview) error {
	lines := func(list []string) (err error) {
		for _, line := range list {
			if err == nil {
				err = output.Line(w, "%s", line)
			}
		}
		return err
	}
	if err := lines(a.previewHead(p)); err != nil {
		return err
	}
	table := previewTable(p.plan, palette, recordInWords)
	if width > 0 && table.Width() > width {
		table = narrowTable(p.plan, palette)
	}
	if err := table.Render(w, width); err != nil {
		return err
	}
	if err := lines(previewNotes(p.plan)); err != nil {
		return err
	}
	return writeSamples(w, p.samples)
}

func (a *app) previewHead(p preview) []string {
	kind := string(p.plan.GroupType)
	if kind == "" {
		kind = "group"
	}
	head := []string{
		fmt.Sprintf("%s  %s, %s  on %s (%s)", p.plan.Group, kind, p.plan.GroupState, p.server, p.plan.ClusterID),
		a.targetInWords(p.plan),
	}
	for _, b := range p.plan.Blockers {
		head = append(head, "applying it would be refused: "+b.Message)
		for _, m := range b.Members {
			head = append(head, fmt.Sprintf("  member %s, client ID %s, host %s", m.MemberID, orDash(m.ClientID), orDash(m.Host)))
		}
	}
	return append(head, "")
}

// targetInWords says where the plan goes, an instant in UTC and in local time.
func (a *app) targetInWords(p reset.Plan) string {
	t := p.Target
	isolation := ""
	if p.IsolationLevel.String() != "read_uncommitted" {
		isolation = ", as " + p.IsolationLevel.String() + " consumers read"
	}
	switch {
	case t.InstantMs != nil:
		return "to " + a.instantInWords(time.UnixMilli(*t.InstantMs)) + ", the first record at or after it" + isolation
	case t.Kind == reset.ToEarliest:
		return "to the log start offset" + isolation
	case t.Kind == reset.ToLatest:
		return "to the end, as it is now" + isolation
	case t.Kind == reset.ToCurrent:
		return "to the committed offset" + isolation
	case t.Kind == reset.ShiftBy:
		return "by " + *t.Value + " offsets" + isolation
	}
	return "to offset " + *t.Value + isolation
}

// instantInWords is the instant in UTC, and in local time where that differs.
func (a *app) instantInWords(t time.Time) string {
	utc, local := t.UTC(), t.In(a.zone)
	words := utc.Format("2006-01-02T15:04:05.999Z07:00")
	if _, offset := local.Zone(); offset != 0 {
		words += local.Format(" (15:04:05 MST)")
	}
	return words
}

// previewTable is the plan as a table; record says how a record is shown.
func previewTable(p reset.Plan, palette output.Palette, record func(*reset.RecordDoc) string) output.Table {
	t := output.Table{
		Header: []string{"TOPIC", "PARTITION", "COMMITTED", "NEW", "CONSUMED AGAIN", "FIRST RECORD", "LAST RECORD"},
		Shrink: []string{"TOPIC"},
	}
	for _, c := range p.Changes {
		t.Rows = append(t.Rows, []string{
			c.Topic, strconv.Itoa(int(c.Partition)), output.Count(c.CommittedOffset), output.Count(c.NewOffset),
			effectInWords(c), record(c.FirstRecord), record(c.LastRecord),
		})
	}
	t.Rows = append(t.Rows, []string{"total", totalsInWords(p)})
	t.Paint = func(row, col int) output.Style {
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
	return t
}

// effectInWords is the cell under CONSUMED AGAIN.
func effectInWords(c reset.Change) string {
	switch {
	case c.Error != nil:
		return "error: " + c.Error.Error()
	case c.NewOffset == nil:
		return "no commit to start from"
	}
	switch c.Effect {
	case reset.Replay:
		return recordsInWords(c)
	case reset.Skip:
		return "NEVER READ " + recordsInWords(c)
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

func recordInWords(r *reset.RecordDoc) string {
	if r == nil {
		return "-"
	}
	return fmt.Sprintf("%d  %s", r.Offset, output.Time(r.TimestampMs))
}

// narrowTable is the table for a narrow terminal: a record is shown by its time
// alone, and where all are of one day, the day stands in the header.
func narrowTable(p reset.Plan, palette output.Palette) output.Table {
	days := map[string]bool{}
	for _, c := range p.Changes {
		for _, r := range []*reset.RecordDoc{c.FirstRecord, c.LastRecord} {
			if r != nil {
				day, _, _ := strings.Cut(output.Time(r.TimestampMs), "T")
				days[day] = true
			}
		}
	}
	if len(days) != 1 {
		return previewTable(p, palette, func(r *reset.RecordDoc) string {
			if r == nil {
				return "-"
			}
			return output.Time(r.TimestampMs)
		})
	}
	t := previewTable(p, palette, func(r *reset.RecordDoc) string {
		if r == nil {
			return "-"
		}
		_, clock, _ := strings.Cut(output.Time(r.TimestampMs), "T")
		return orDash(clock)
	})
	for day := range days {
		_, monthAndDay, _ := strings.Cut(day, "-")
		t.Header[5], t.Header[6] = "FIRST "+monthAndDay, "LAST"
	}
	return t
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
		return strings.Join(append(parts, "NEVER READ "+sumInWords(t.SkipRecords, t.SkipRecordsAtMost, "")), ", ")
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

func previewNotes(p reset.Plan) []string {
	var notes []string // in the order in which they come first
	places := map[string][]inspect.TopicPartition{}
	for _, c := range p.Changes {
		for _, note := range c.Notes {
			if places[note] == nil {
				notes = append(notes, note)
			}
			places[note] = append(places[note], c.At())
		}
	}
	var lines []string
	for _, note := range notes {
		lines = append(lines, partitionsInWords(places[note])+": "+note)
	}
	if n := len(p.NotInScope); n > 0 {
		out := make([]inspect.TopicPartition, n)
		for i, row := range p.NotInScope {
			out[i] = inspect.TopicPartition{Topic: row.Topic, Partition: row.Partition}
		}
		lines = append(lines, "not in scope, because they have no commit: "+partitionsInWords(out))
	}
	return lines
}

// writeSamples writes the first and last records of each range.
func writeSamples(w io.Writer, samples []records.Sampled) error {
	for _, s := range samples {
		if err := output.Line(w, "%s, offsets %d to %d:", s.TopicPartition, s.From, s.Until-1); err != nil {
			return err
		}
		for i := range s.First {
			if err := output.Line(w, "  %s", recordLine(&s.First[i], 1)); err != nil {
				return err
			}
		}
		if s.Between {
			if err := output.Line(w, "  ..."); err != nil {
				return err
			}
		}
		for i := range s.Last {
			if err := output.Line(w, "  %s", recordLine(&s.Last[i], 1)); err != nil {
				return err
			}
		}
		if s.Err != nil {
			if err := output.Line(w, "  not read: %v", s.Err); err != nil {
				return err
			}
		}
	}
	return nil
}
