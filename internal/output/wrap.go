package output

import "strings"

// Wrap breaks a line at its spaces so that none is wider than width columns; the
// lines after the first begin with hang. A word that is wider stands alone, whole. A
// width of 0, which is that of a pipe, breaks nothing. What it returns is not yet
// [Safe]; each line is to be written by [Line].
func Wrap(line, hang string, width int) []string {
	if width <= 0 || Width(line) <= width {
		return []string{line}
	}
	var lines []string
	start := line[:len(line)-len(strings.TrimLeft(line, " "))]
	current, empty := start, true
	for _, word := range strings.Split(line[len(start):], " ") {
		switch {
		case empty:
			current += word
		case Width(current)+1+Width(word) > width:
			lines = append(lines, strings.TrimRight(current, " "))
			current = hang + word
		default:
			current += " " + word
		}
		empty = false
	}
	return append(lines, current)
}
