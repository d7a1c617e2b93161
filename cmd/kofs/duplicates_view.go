package main

import (
	"bufio"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kofs/kofs/inspect/records/duplicates"
	"github.com/kofs/kofs/internal/output"
)

// showDuplicates shows the sets, what was read, and where the reading failed.
func (a *app) showDuplicates(summary duplicatesSummaryDoc, sets []duplicates.Set) error {
	if err := a.writeDuplicates(summary, sets); err != nil {
		return err
	}
	a.warnDuplicates(summary)
	if summary.Incomplete {
		return incomplete("not every partition could be read to the end")
	}
	return nil
}

func (a *app) writeDuplicates(summary duplicatesSummaryDoc, sets []duplicates.Set) error {
	switch {
	case a.global.isJSON():
		return a.writeDuplicatesJSON(summary, sets)
	case a.global.isCSV():
		return a.writeDuplicatesCSV(summary.By, sets)
	}
	if len(sets) > 0 {
		if err := a.writeTable(tableOf(sets, duplicateColumns(a, sets))); err != nil {
			return err
		}
	}
	return output.Line(a.Out, "%s", summary.words())
}

// writeDuplicatesJSON writes set by set, since there may be many: lines with the
// summary as the last, or one document around the same.
func (a *app) writeDuplicatesJSON(summary duplicatesSummaryDoc, sets []duplicates.Set) error {
	head, between, tail, end := "", "", "", ""
	if a.global.format == "json" {
		head, between, tail, end = `{"schema":"kofs/duplicates/v1","sets":[`+"\n", ",", `],"summary":`, "}\n"
	}
	out := bufio.NewWriterSize(a.Out, 64<<10)
	_, _ = out.WriteString(head) // Flush reports what could not be written
	for i, s := range sets {
		if i > 0 {
			_, _ = out.WriteString(between)
		}
		if err := output.WriteJSONLine(out, newDuplicateSetDoc(summary.By, s)); err != nil {
			return err
		}
	}
	_, _ = out.WriteString(tail)
	if err := output.WriteJSONLine(out, summary); err != nil {
		return err
	}
	_, _ = out.WriteString(end)
	return out.Flush()
}

func (a *app) writeDuplicatesCSV(by string, sets []duplicates.Set) error {
	csv, err := output.NewCSV(a.Out, duplicateSetDoc{}, a.OutTerminal)
	if err != nil {
		return err
	}
	for _, s := range sets {
		if err := csv.Write(newDuplicateSetDoc(by, s)); err != nil {
			return err
		}
	}
	return csv.Flush()
}

// duplicateColumns begin with what was compared, where that is a part of the
// record, and else with the key.
func duplicateColumns(a *app, sets []duplicates.Set) []column[duplicates.Set] {
	first := column[duplicates.Set]{"KEY", func(s duplicates.Set) string { return bytesInWords(s.Key) }, true}
	if sets[0].Identity != nil {
		first = column[duplicates.Set]{"EQUAL IN", func(s duplicates.Set) string { return bytesInWords(s.Identity) }, true}
	}
	table := []column[duplicates.Set]{
		first,
		{"COUNT", func(s duplicates.Set) string { return strconv.Itoa(len(s.Records)) }, false},
		{"CAUSE", func(s duplicates.Set) string { return string(s.Cause()) }, false},
		{"PARTITION:OFFSET", func(s duplicates.Set) string { return placesInWords(s, a.global.isWide()) }, true},
		{"APART", func(s duplicates.Set) string { return distanceInWords(s) }, false},
		{"FIRST", func(s duplicates.Set) string { return output.Time(s.FirstMs()) }, false},
	}
	wide := []column[duplicates.Set]{{"EVIDENCE", func(s duplicates.Set) string { return strings.Join(s.Evidence(), "; ") }, true}}
	return columns(a, table, wide)
}

// placesInWords is "0:12,40 1:7": the first few places, or all of them.
func placesInWords(s duplicates.Set, all bool) string {
	const most = 4
	var words strings.Builder
	for i, r := range s.Records {
		switch {
		case i == most && !all:
			return words.String() + fmt.Sprintf(" and %d more", len(s.Records)-most)
		case i > 0 && s.Records[i-1].Partition == r.Partition:
			fmt.Fprintf(&words, ",%d", r.Offset)
		case i > 0:
			fmt.Fprintf(&words, " %d:%d", r.Partition, r.Offset)
		default:
			fmt.Fprintf(&words, "%d:%d", r.Partition, r.Offset)
		}
	}
	return words.String()
}

// distanceInWords is "3m20s, 28 offsets"; without offsets across partitions.
func distanceInWords(s duplicates.Set) string {
	words := "-"
	if ms := s.DistanceMs(); ms != nil {
		words = output.Count(ms) + "ms"
		if *ms >= 1000 && *ms < math.MaxInt64/int64(time.Millisecond) {
			words = output.Duration(time.Duration(*ms) * time.Millisecond)
		}
	}
	if offsets := s.DistanceOffsets(); offsets != nil {
		words += fmt.Sprintf(", %d offsets", *offsets)
	}
	return words
}

// words is the summary for people.
func (d duplicatesSummaryDoc) words() string {
	words := fmt.Sprintf("%s by %s: %d records compared, %d sets of equal ones, %d duplicates", d.Topic, d.By, d.RecordsScanned, d.Sets, d.Duplicates)
	if d.RecordsWithout > 0 {
		words += fmt.Sprintf("; %d records have nothing to compare", d.RecordsWithout)
	}
	return words
}

// warnDuplicates says what was not read, or not any more.
func (a *app) warnDuplicates(d duplicatesSummaryDoc) {
	for _, p := range d.Partitions {
		switch {
		case p.Error != nil && p.ReachedOffset == nil:
			a.warn("%s:%d: not read: %v", d.Topic, p.Partition, p.Error)
		case p.Error != nil:
			a.warn("%s:%d: read up to offset %d: %v", d.Topic, p.Partition, *p.ReachedOffset, p.Error)
		}
		if p.LostBelow != nil {
			a.warn("%s:%d: records below offset %d were deleted while they were read", d.Topic, p.Partition, *p.LostBelow)
		}
	}
	if d.RecordsGone > 0 {
		a.warn("%d records that equal others were not there any more at the second reading, and are not shown", d.RecordsGone)
	}
}
