package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
)

// keyWidth is the least width of a key: records are shown as they come, so the
// widest is not known.
const keyWidth = 8

// recordLine is how a record is shown to people, without its partition.
type recordLine struct {
	offsetWidth int
	width       int // columns that there are; 0 for as many as it takes
	indent      string
	wide        bool
	values      valueForm // "" is as text
	schemas     *recordSchemas
}

func (l recordLine) header() string {
	header := fmt.Sprintf("%-*s  %-24s  ", l.offsetWidth, "OFFSET", "TIMESTAMP")
	if l.wide {
		header += fmt.Sprintf("%-15s  %-12s  %-19s  %-14s  %-10s  ", "TIME TYPE", "LEADER EPOCH", "PRODUCER ID", "PRODUCER EPOCH", "SEQUENCE")
	}
	return header + fmt.Sprintf("%-*s  VALUE", keyWidth, "KEY")
}

// leastValue is what is always shown of a value, even if the line gets too long.
const leastValue = 8

// safe is the line of a record as a terminal may be given it. Where there is a
// width, key and value are shortened to it; the mark behind them is not.
func (l recordLine) safe(r *records.Record) string {
	head := l.indent + l.facts(r)
	key, mark := keyInWords(r), markInWords(r)
	value, more := l.valueInWords(r)
	if decoded := l.schemas.inWords(r, l.values); decoded != nil {
		key, mark = cmp.Or(decoded.key, key), mark+decoded.mark
		if decoded.value != "" {
			value, more = decoded.value, decoded.more
		}
	}
	if l.width == 0 {
		return head + padded(output.Safe(key)) + "  " + output.Safe(value) + mark + l.below(more)
	}
	head += padded(output.Cut(key, max(keyWidth, l.width/4))) + "  "
	room := l.width - output.Width(head) - len(mark)
	return head + output.Cut(value, max(leastValue, room)) + mark + l.below(more)
}

// below are the lines of a value that has more than one.
func (l recordLine) below(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		room := 0
		if l.width > 0 {
			room = max(leastValue, l.width)
		}
		b.WriteString("\n" + l.indent + output.Cut(line, room))
	}
	return b.String()
}

// facts are the cells before the key, none of which is foreign.
func (l recordLine) facts(r *records.Record) string {
	facts := fmt.Sprintf("%-*d  %-24s  ", l.offsetWidth, r.Offset, output.Time(r.TimestampMs))
	if l.wide {
		facts += fmt.Sprintf("%-15s  %-12s  %-19s  %-14s  %-10s  ", r.TimestampType, numberOrDash(r.LeaderEpoch),
			numberOrDash(r.ProducerID), numberOrDash(r.ProducerEpoch), numberOrDash(r.Sequence))
	}
	return facts
}

func padded(key string) string {
	return key + strings.Repeat(" ", max(0, keyWidth-output.Width(key)))
}

func keyInWords(r *records.Record) string {
	if r.Control != nil { // what it holds is said by the mark
		return "-"
	}
	return bytesInWords(r.Key)
}

// valueInWords is the value and, behind it, the headers. Of a value of several
// lines, more are those after the first.
func (l recordLine) valueInWords(r *records.Record) (words string, more []string) {
	if r.Control != nil {
		return "-", nil
	}
	words = bytesInWords(r.Value)
	if l.values != "" {
		words, more = l.values.inWords(r.Value)
	}
	return words + headersInWords(r), more
}

func headersInWords(r *records.Record) string {
	var words strings.Builder
	for _, h := range r.Headers {
		words.WriteString("  " + h.Key + "=" + bytesInWords(h.Value))
	}
	return words.String()
}

func markInWords(r *records.Record) string {
	switch {
	case r.Control != nil:
		return "  (" + string(*r.Control) + " marker)"
	case r.Aborted:
		return "  (aborted)"
	case r.Undecided:
		return "  (transaction still open)"
	}
	return ""
}

// bytesInWords is a key or value as text, or base64 with a mark.
func bytesInWords(b []byte) string {
	if b == nil {
		return "null"
	}
	text, encoding := output.Text(b)
	if encoding != "utf8" {
		return encoding + ":" + text
	}
	if text == "" {
		return `""`
	}
	return text
}
