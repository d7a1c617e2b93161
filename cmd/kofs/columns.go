package main

import (
	"slices"

	"github.com/kofs/kofs/internal/output"
)

// column is a column of a table, for rows of one kind.
type column[R any] struct {
	header string
	cell   func(R) string
	shrink bool // its cells may be shortened where a terminal is narrow
}

// tableOf lays out rows in columns.
func tableOf[R any](rows []R, columns []column[R]) output.Table {
	var t output.Table
	for _, c := range columns {
		t.Header = append(t.Header, c.header)
		if c.shrink {
			t.Shrink = append(t.Shrink, c.header)
		}
	}
	for _, row := range rows {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = c.cell(row)
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// columns are those of the table, and with -o wide the others too.
func columns[R any](a *app, table, wide []column[R]) []column[R] {
	if a.global.isWide() {
		return slices.Concat(table, wide)
	}
	return table
}
