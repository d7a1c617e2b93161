package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
)

// timelineView is the count by time, and how it is shown.
type timelineView struct {
	*records.Timeline
	app *app
}

// timelineLines is how many lines the buckets take if their width is not chosen.
const timelineLines = 40

func (v *timelineView) show(c covered) error {
	v.Fit(timelineLines)
	switch g := v.app.global; {
	case g.format == "jsonl":
		return v.lines()
	case g.isJSON():
		return v.app.writeDoc(v.doc(c))
	case g.isCSV():
		return writeCSV(v.app, v.bucketDocs())
	}
	return v.plot(c)
}

func (v *timelineView) lines() error {
	for _, doc := range v.bucketDocs() {
		if err := output.WriteJSONLine(v.app.Out, doc); err != nil {
			return err
		}
	}
	return nil
}

// plot has a line for each bucket, and one for each gap between them.
func (v *timelineView) plot(c covered) error {
	buckets := v.Buckets()
	rows := make([]timelineRow, len(buckets))
	most := int64(0)
	for i, b := range buckets {
		rows[i] = timelineRow{Bucket: b}
		most = max(most, b.Records)
	}
	t := tableOf(rows, columns(v.app, timelineColumns(v.WidthMs()), []column[timelineRow]{
		{"BYTES", func(r timelineRow) string { return output.Bytes(r.Bytes) }, false},
	}))
	v.draw(&t, buckets, most)
	if err := v.app.writeTable(t); err != nil {
		return err
	}
	return output.Line(v.app.Out, "%s", v.totals(c))
}

type timelineRow struct{ records.Bucket }

func timelineColumns(widthMs int64) []column[timelineRow] {
	return []column[timelineRow]{
		{"FROM (UTC)", func(r timelineRow) string { return bucketTime(r.FromMs, widthMs) }, false},
		{"RECORDS", func(r timelineRow) string { return fmt.Sprint(r.Records) }, false},
	}
}

// draw adds the bars, as wide as there is room, and the gaps.
func (v *timelineView) draw(t *output.Table, buckets []records.Bucket, most int64) {
	room := plotWidth
	if v.app.OutWidth > 0 {
		room = v.app.OutWidth
	}
	room = max(leastBar, room-t.Width()-2)
	t.Header = append(t.Header, "PER "+strings.ToUpper(widthInWords(v.WidthMs())))
	var rows [][]string
	for i, b := range buckets {
		if i > 0 && b.FromMs > buckets[i-1].UntilMs {
			rows = append(rows, []string{"... " + gapInWords(buckets[i-1].UntilMs, b.FromMs) + " without a record"})
		}
		rows = append(rows, append(t.Rows[i], v.bar(b.Records, most, room)))
	}
	t.Rows = rows
}

const (
	plotWidth = 80 // where there is no terminal to be as wide as
	leastBar  = 10
)

// bar is at least one mark long: nothing is drawn as nothing.
func (v *timelineView) bar(n, most int64, room int) string {
	mark := "#"
	if v.app.OutTerminal && v.app.isUTF8() {
		mark = "█"
	}
	return strings.Repeat(mark, max(1, int(math.Round(float64(n)/float64(most)*float64(room)))))
}

// isUTF8 reports whether the locale is one of UTF-8; the first variable that is
// set decides, as in POSIX.
func (a *app) isUTF8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToUpper(a.getenv(name)); value != "" {
			return strings.Contains(value, "UTF-8") || strings.Contains(value, "UTF8")
		}
	}
	return false
}

func (v *timelineView) totals(c covered) string {
	words := c.label() + recordsCount(int(v.Records()))
	if first, last := v.Bounds(); first != nil {
		words += fmt.Sprintf(", timestamps %s to %s", output.Time(first), output.Time(last))
	}
	if n := v.WithoutTimestamp(); n > 0 {
		words += fmt.Sprintf(", %d without a timestamp", n)
	}
	return words
}

// bucketTime is the start of a bucket, as exact as its width asks for.
func bucketTime(ms, widthMs int64) string {
	text := output.Time(&ms)
	if output.JSONTime(&ms) == nil {
		return text + " ms"
	}
	if widthMs%1000 == 0 {
		text = strings.TrimSuffix(text, ".000Z") + "Z"
	}
	return text
}

const dayMs = 24 * 3600 * 1000

// widthInWords is 10s, 1m, 6h, 1d, of the greatest unit that it is whole in.
func widthInWords(ms int64) string {
	switch {
	case ms%dayMs == 0:
		return fmt.Sprintf("%dd", ms/dayMs)
	case ms%3600_000 == 0:
		return fmt.Sprintf("%dh", ms/3600_000)
	case ms%60_000 == 0:
		return fmt.Sprintf("%dm", ms/60_000)
	}
	return fmt.Sprintf("%ds", ms/1000)
}

// gapInWords is the time between two instants, which may be further apart than
// an int64 can hold.
func gapInWords(from, until int64) string {
	gap := uint64(until) - uint64(from)
	if days := gap / dayMs; days >= 100 {
		return fmt.Sprintf("%d days", days)
	}
	return output.Duration(time.Duration(gap) * time.Millisecond)
}
