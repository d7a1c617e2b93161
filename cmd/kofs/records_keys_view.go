package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
)

// keysView is the count by key, and how it is shown.
type keysView struct {
	*records.Keys
	app *app
	top *int
}

func (v *keysView) show(c covered) error {
	counts := v.Counts()
	shown := counts
	if v.top != nil {
		shown = counts[:min(*v.top, len(counts))]
	}
	switch g := v.app.global; {
	case g.format == "jsonl":
		return v.lines(shown)
	case g.isJSON():
		return v.app.writeDoc(v.doc(c, shown, len(counts)-len(shown)))
	case g.isCSV():
		return writeCSV(v.app, keyDocs(shown))
	}
	return v.table(c, shown, len(counts)-len(shown))
}

func (v *keysView) lines(counts []records.KeyCount) error {
	for _, c := range counts {
		if err := output.WriteJSONLine(v.app.Out, keyDocOf(c)); err != nil {
			return err
		}
	}
	return nil
}

// table has a row for each key; with -o wide one for each partition that has it.
func (v *keysView) table(c covered, shown []records.KeyCount, omitted int) error {
	rows := shown
	if v.app.global.isWide() {
		rows = byPlace(shown)
	}
	if err := v.app.writeTable(tableOf(rows, keyColumns())); err != nil {
		return err
	}
	if omitted > 0 {
		if err := output.Line(v.app.Out, "... and %s less frequent; --top all shows them", keysInWords(omitted)); err != nil {
			return err
		}
	}
	return output.Line(v.app.Out, "%s%s, %s, %d without a key", c.label(), recordsCount(int(v.Records())), distinctInWords(v.Distinct()), v.WithoutKey())
}

func keyColumns() []column[records.KeyCount] {
	return []column[records.KeyCount]{
		{"KEY", func(c records.KeyCount) string { return keyName(c.Key) }, true},
		{"RECORDS", func(c records.KeyCount) string { return strconv.FormatInt(c.Records, 10) }, false},
		{"BYTES", func(c records.KeyCount) string { return output.Bytes(c.Bytes) }, false},
		{"FIRST OFFSET", func(c records.KeyCount) string {
			return offsetOf(c, func(p records.KeyPlace) int64 { return p.FirstOffset })
		}, false},
		{"LAST OFFSET", func(c records.KeyCount) string {
			return offsetOf(c, func(p records.KeyPlace) int64 { return p.LastOffset })
		}, false},
		{"PARTITION", keyPlacesInWords, true},
	}
}

// byPlace is a row for each partition of each key.
func byPlace(counts []records.KeyCount) []records.KeyCount {
	var rows []records.KeyCount
	for _, c := range counts {
		for _, p := range c.Places {
			row := records.KeyCount{Key: c.Key, Records: p.Records, Bytes: p.Bytes, Places: []records.KeyPlace{p}}
			rows = append(rows, row)
		}
	}
	return rows
}

// offsetOf is an offset of a key that lies in one partition: those of several
// have nothing in common.
func offsetOf(c records.KeyCount, which func(records.KeyPlace) int64) string {
	if len(c.Places) != 1 {
		return "-"
	}
	return strconv.FormatInt(which(c.Places[0]), 10)
}

func keyPlacesInWords(c records.KeyCount) string {
	places := make([]inspect.TopicPartition, len(c.Places))
	for i, p := range c.Places {
		places[i] = p.TopicPartition
	}
	return partitionsInWords(places)
}

// keyName is a key as in a list of records, but a text that reads as one of the
// words for other keys is in quotes: here it may have a row beside theirs.
func keyName(key []byte) string {
	text := string(key)
	if key != nil && (text == "null" || strings.HasPrefix(text, `"`) || strings.HasPrefix(text, "base64:")) {
		return strconv.Quote(text)
	}
	return bytesInWords(key)
}

func keysInWords(n int) string {
	if n == 1 {
		return "1 key"
	}
	return fmt.Sprintf("%d keys", n)
}

func distinctInWords(n int) string {
	if n == 1 {
		return "1 distinct key"
	}
	return fmt.Sprintf("%d distinct keys", n)
}
