package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// showPreview shows the plan on stdout.
func (a *app) showPreview(p preview) error {
	switch {
	case a.global.isJSON():
		return a.writeDoc(p.plan)
	case a.global.isCSV():
		return writeCSV(a, changeLines(p.plan))
	}
	return a.writePreview(a.Out, a.OutWidth, a.OutPalette(), p)
}

// changeLineDoc is a row of CSV: one change, with its group.
type changeLineDoc struct {
	Group string `json:"group"`
	reset.Change
}

func changeLines(p reset.Plan) []changeLineDoc {
	lines := make([]changeLineDoc, len(p.Changes))
	for i, c := range p.Changes {
		lines[i] = changeLineDoc{p.Group, c}
	}
	return lines
}

// endPreview says that it was only a preview, and whether it was whole.
func (a *app) endPreview(p reset.Plan) error {
	if !a.global.isData() {
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
	width = a.tableWidth(width)
	if err := writeLines(w, a.previewHead(p)); err != nil {
		return err
	}
	table, note := a.previewTable(p.plan, palette, width)
	if err := table.Render(w, width); err != nil {
		return err
	}
	if err := writeLines(w, append(note, previewNotes(p.plan)...)); err != nil {
		return err
	}
	return writeSamples(w, width, p.samples)
}

func writeLines(w io.Writer, lines []string) error {
	for _, line := range lines {
		if err := output.Line(w, "%s", line); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) previewHead(p preview) []string {
	kind := strings.Trim(string(p.plan.GroupType)+", "+string(p.plan.GroupState), ", ")
	if kind == "" {
		kind = "not described"
	}
	head := []string{
		fmt.Sprintf("%s  %s  on %s (%s)", p.plan.Group, kind, p.server, p.plan.ClusterID),
		a.targetInWords(p.plan),
	}
	for i, b := range p.plan.Blockers {
		if i > 0 || !p.executing { // else it is the refusal that follows at once
			head = append(head, "applying it would be refused: "+b.Message)
		}
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
	case p.DeletesGroup:
		return "deletion of the group with all its commits"
	case t.Kind == reset.ToNothing:
		return "deletion of commits: auto.offset.reset then decides where a consumer begins"
	}
	return targetWithValue(t) + isolation
}

// targetWithValue is a target that somebody gave a value.
func targetWithValue(t reset.TargetDoc) string {
	switch t.Kind {
	case reset.ShiftBy:
		return "by " + *t.Value + " offsets"
	case reset.FromFile:
		return "to the offsets in " + *t.Value
	case reset.ToGroup:
		return "to the committed offsets of group " + *t.Value
	case reset.ToUndo:
		return "back to what was committed before " + *t.Value
	}
	return "to offset " + *t.Value
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
