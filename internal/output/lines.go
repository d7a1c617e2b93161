package output

import (
	"bytes"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// lines is tablewriter's renderer for tables without borders. The stock one
// measures by the locale, counts colour and pads the last column; this one goes
// by the layout, colours a cell after it was measured and ends where the text ends.
type lines struct {
	*renderer.Blueprint // what has no part in such a table: logger, configuration
	layout              *layout
	rows                [][]string // as they were given, so that a short row is known
	paint               func(row, col int) Style
	next                int // the row that comes next
	out                 io.Writer
	err                 error
}

func newLines(l *layout, rows [][]string, paint func(row, col int) Style) *lines {
	if paint == nil {
		paint = func(int, int) Style { return nil }
	}
	bare := tw.Rendition{Borders: tw.BorderNone, Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone}}
	return &lines{Blueprint: renderer.NewBlueprint(bare), layout: l, rows: rows, paint: paint}
}

// Start is told where the lines go.
func (l *lines) Start(w io.Writer) error {
	l.out = w
	return nil
}

// Header writes the header's one line; tablewriter was told not to wrap.
func (l *lines) Header(headers [][]string, _ tw.Formatting) {
	for _, cells := range headers {
		l.line(cells, func(int) Style { return nil })
	}
}

// Row writes one row. Its cells are those that were given: what tablewriter
// passes was filled up, which hides where a short row ends.
func (l *lines) Row(_ []string, _ tw.Formatting) {
	row := l.next
	l.next++
	l.line(l.rows[row], func(col int) Style { return l.paint(row, col) })
}

// Line draws no rule.
func (l *lines) Line(tw.Formatting) {}

// Close reports the first line that could not be written.
func (l *lines) Close() error { return l.err }

// line writes cells side by side. Blanks are owed until something follows them.
func (l *lines) line(cells []string, style func(col int) Style) {
	var b bytes.Buffer
	owed := 0
	for col, cell := range cells {
		width := l.layout.widths[col]
		if !runsOn(col, len(cells), len(l.layout.widths)) {
			cell = shorten(cell, width)
		}
		if text := strings.TrimRight(cell, " "); text != "" {
			b.WriteString(strings.Repeat(" ", owed))
			b.WriteString(painted(text, style(col)))
			owed = -displayWidth(text)
		}
		owed += width + gap
	}
	b.WriteByte('\n')
	if _, err := l.out.Write(b.Bytes()); err != nil && l.err == nil {
		l.err = err
	}
}

func painted(text string, style Style) string {
	if style == nil {
		return text
	}
	return style(text)
}
