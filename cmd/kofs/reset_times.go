package main

import (
	"fmt"
	"time"

	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// recordForm is a way to show the first and last record of a range, with a line
// that says what the cells leave out.
type recordForm struct {
	cell  func(*reset.RecordDoc) string
	note  []string
	terse bool // the headers too: FIRST and LAST
}

// recordForms are the ways for this plan, the widest first.
func recordForms(p reset.Plan) []recordForm {
	forms := []recordForm{
		{cell: timeForm("", func(r *reset.RecordDoc) string { return fmt.Sprintf("%d  %s", r.Offset, output.Time(r.TimestampMs)) })},
		{cell: timeForm("", func(r *reset.RecordDoc) string { return output.Time(r.TimestampMs) })},
	}
	days, years := commonTimes(p)
	switch {
	case len(days) == 1:
		note := []string{"first and last records: times of " + days[0] + ", UTC"}
		return append(forms, recordForm{timeForm("15:04:05.000Z", nil), note, false},
			recordForm{timeForm("15:04:05Z", nil), note, false}, recordForm{timeForm("15:04:05Z", nil), note, true})
	case len(years) == 1:
		note := []string{"first and last records: month, day and time of " + years[0] + ", UTC"}
		return append(forms, recordForm{timeForm("01-02 15:04Z", nil), note, false}, recordForm{timeForm("01-02 15:04Z", nil), note, true})
	}
	return append(forms, recordForm{cell: timeForm("2006-01-02", nil), terse: true})
}

// timeForm shows a record by its time in UTC in this layout, or, without a
// layout, by words. A time that no year of four digits has is always a number.
func timeForm(layout string, words func(*reset.RecordDoc) string) func(*reset.RecordDoc) string {
	return func(r *reset.RecordDoc) string {
		switch {
		case r == nil:
			return "-"
		case layout == "":
			return words(r)
		case r.Timestamp == nil:
			return output.Count(r.TimestampMs)
		}
		return time.UnixMilli(*r.TimestampMs).UTC().Format(layout)
	}
}

// commonTimes are the days and the years of the first and last records.
func commonTimes(p reset.Plan) (days, years []string) {
	seen := map[string]bool{}
	once := func(list []string, s string) []string {
		if seen[s] {
			return list
		}
		seen[s] = true
		return append(list, s)
	}
	for _, c := range p.Changes {
		for _, r := range []*reset.RecordDoc{c.FirstRecord, c.LastRecord} {
			if r != nil && r.Timestamp != nil {
				t := time.UnixMilli(*r.TimestampMs).UTC()
				days, years = once(days, t.Format("2006-01-02")), once(years, t.Format("2006"))
			}
		}
	}
	return days, years
}
