package output

import (
	"bytes"
	"fmt"
	"io"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/tw"
)

// Table is rows under a header, without borders: left-aligned, two blanks
// between columns, one line per row, no blanks at the end of a line.
//
// Cells are given as they are; Render passes each through [Safe].
type Table struct {
	// Header has the words over the columns, as they are to be shown. nil shows none.
	Header []string
	// Rows may be shorter than the header. The last cell of a shorter row runs on
	// over the columns to its right and does not widen its own: the place for a
	// row of totals in words.
	Rows [][]string
	// Shrink names the columns (by their header) that may be shortened where the
	// width is known and too small: names, never numbers.
	Shrink []string
	// Paint gives the style of a cell, nil for none. It may itself be nil.
	Paint func(row, col int) Style
}

// Render writes the table. With width 0 nothing is shortened; otherwise the
// columns in Shrink are, the widest first, by an "…" in the middle, because the
// names of a cluster are often told apart by their ends. What then still does
// not fit makes long lines: a digit is never cut off.
func (t Table) Render(w io.Writer, width int) error {
	header, rows := t.safe()
	l := newLayout(header, rows)
	l.shrink(columnsOf(t.Header, t.Shrink), width)

	var out bytes.Buffer
	tab := tablewriter.NewTable(&out,
		tablewriter.WithRenderer(newLines(l, rows, t.Paint)),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
	)
	if header != nil {
		tab.Header(header)
	}
	if err := tab.Bulk(filledUp(rows, len(l.widths))); err != nil {
		return fmt.Errorf("laying out a table: %w", err)
	}
	if err := tab.Render(); err != nil {
		return fmt.Errorf("laying out a table: %w", err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("writing a table: %w", err)
	}
	return nil
}

func (t Table) safe() (header []string, rows [][]string) {
	rows = make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = safeAll(row)
	}
	return safeAll(t.Header), rows
}

func safeAll(cells []string) []string {
	if cells == nil {
		return nil
	}
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = Safe(cell)
	}
	return safe
}

// filledUp has every row as long as the table is wide: tablewriter loses its
// count where a row is empty.
func filledUp(rows [][]string, columns int) [][]string {
	filled := make([][]string, len(rows))
	for i, row := range rows {
		filled[i] = make([]string, columns)
		copy(filled[i], row)
	}
	return filled
}

// columnsOf are the indexes of the named columns.
func columnsOf(header, names []string) []int {
	var columns []int
	for i, h := range header {
		for _, name := range names {
			if h == name {
				columns = append(columns, i)
			}
		}
	}
	return columns
}

// Width is how many columns of a terminal the table needs to be shown whole.
func (t Table) Width() int { return newLayout(t.safe()).lineWidth() }
