package output

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

const (
	gap          = 2 // blanks between columns
	leastShrunk  = 8 // no column is shortened below this, or below its header
	ellipsis     = "…"
	ellipsisSize = 1
)

// layout is the width of each column.
type layout struct {
	widths []int
	least  []int // what a column may be shortened to
}

// newLayout makes each column as wide as its widest cell. The last cell of a row
// that is shorter than the others does not count.
func newLayout(header []string, rows [][]string) *layout {
	columns := len(header)
	for _, row := range rows {
		columns = max(columns, len(row))
	}
	l := &layout{widths: make([]int, columns), least: make([]int, columns)}
	for i, h := range header {
		l.widths[i] = displayWidth(h)
		l.least[i] = max(l.widths[i], leastShrunk)
	}
	for _, row := range rows {
		for i, cell := range row {
			if !runsOn(i, len(row), columns) {
				l.widths[i] = max(l.widths[i], displayWidth(cell))
			}
		}
	}
	return l
}

// runsOn reports whether a cell is the last of a row that ends before the table does.
func runsOn(col, cells, columns int) bool { return col == cells-1 && cells < columns }

// shrink takes columns away from the widest of these until the line fits, or all
// of them are as narrow as they may be. A width of 0 is no limit.
func (l *layout) shrink(columns []int, width int) {
	for excess := l.lineWidth() - width; width > 0 && excess > 0; excess-- {
		widest := -1
		for _, i := range columns {
			if l.widths[i] > l.least[i] && (widest < 0 || l.widths[i] > l.widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		l.widths[widest]--
	}
}

func (l *layout) lineWidth() int {
	sum := gap * max(0, len(l.widths)-1)
	for _, w := range l.widths {
		sum += w
	}
	return sum
}

// shorten takes the middle out of s where it is wider than the column.
func shorten(s string, width int) string {
	have := displayWidth(s)
	if have <= width {
		return s
	}
	tail := (width - ellipsisSize) / 2
	measure := narrow()
	head := measure.Truncate(s, width-tail, ellipsis)
	end := measure.TruncateLeft(s, have-tail, "")
	return head + strings.TrimLeft(end, " ") // a blank stands for a wide character that was cut in half
}

// Cut is s as [Safe] shows it, its end taken off by an "…" where it is wider than
// width columns. With a width of 0 or less it is whole.
func Cut(s string, width int) string {
	s = Safe(s)
	if width <= 0 || displayWidth(s) <= width {
		return s
	}
	return narrow().Truncate(s, width, ellipsis)
}

// Width is the number of columns that s takes on a terminal once it is [Safe].
func Width(s string) int { return displayWidth(Safe(s)) }

// displayWidth is the number of columns that s takes on a terminal.
func displayWidth(s string) int {
	for i := range len(s) {
		if s[i] >= 0x7f {
			return narrow().StringWidth(s)
		}
	}
	return len(s)
}

// narrow measures the same in every locale: characters of ambiguous width, such
// as the "…", take one column, as in nearly all terminals of today. The package's
// own default would ask the environment.
func narrow() *runewidth.Condition {
	return &runewidth.Condition{StrictEmojiNeutral: true}
}
