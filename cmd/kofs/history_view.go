package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
	"github.com/kofs/kofs/internal/output"
)

// showHistory shows the events that --topic selects, and since when they are all.
func (a *app) showHistory(ctx context.Context, c client, o historyOptions, l history.Log, place history.Place) error {
	cluster, err := c.Cluster(ctx)
	if err != nil {
		return cause(ctx, err)
	}
	events := slices.DeleteFunc(l.Events(), func(e history.Event) bool { return !o.selects(e) })
	switch a.global.format {
	case "json":
		return a.writeDoc(newHistoryDoc(cluster, a.now(), l, events))
	case "jsonl":
		err = a.writeHistoryLines(events)
	case "csv":
		err = writeCSV(a, newHistoryDoc(cluster, a.now(), l, events).Events)
	default:
		err = a.writeHistoryTable(events)
	}
	if err == nil {
		a.sayCompleteness(o, l, place, len(events))
	}
	return err
}

func (o *historyOptions) selects(e history.Event) bool {
	return len(o.scopes) == 0 || e.Partition == nil ||
		slices.ContainsFunc(o.scopes, func(s inspect.Scope) bool { return s.Matches(*e.Partition) })
}

func (a *app) writeHistoryLines(events []history.Event) error {
	for _, e := range events {
		if err := output.WriteJSONLine(a.Out, newHistoryEventDoc(e)); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) writeHistoryTable(events []history.Event) error {
	table := []column[history.Event]{
		{"TIME", func(e history.Event) string { return formatTime(e.At) }, false},
		{"EVENT", func(e history.Event) string { return string(e.Kind) }, false},
		{"PARTITION", eventPartition, true},
		{"OFFSETS", eventOffsets, false},
		{"GENERATION", func(e history.Event) string { return numberOrDash(e.Generation) }, false},
		{"WHAT", eventInWords, false},
	}
	wide := []column[history.Event]{
		{"UNTIL", func(e history.Event) string { return eventUntil(e.Until) }, false},
		{"MEMBER", func(e history.Event) string { return textOrDash(e.MemberID) }, false},
	}
	return a.writeTable(tableOf(events, columns(a, table, wide)))
}

func eventPartition(e history.Event) string {
	if e.Partition == nil {
		return "-"
	}
	return e.Partition.String()
}

func eventUntil(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return formatTime(*t)
}

// eventOffsets is "125 → 250", or the only one that there is.
func eventOffsets(e history.Event) string {
	switch {
	case e.From != nil && e.To != nil:
		return fmt.Sprintf("%d → %d", *e.From, *e.To)
	case e.To != nil:
		return strconv.FormatInt(*e.To, 10)
	}
	return numberOrDash(e.From)
}

// eventInWords is "112 commits, every 5.0 s", and the detail.
func eventInWords(e history.Event) string {
	words := ""
	if e.Count > 1 {
		words = fmt.Sprintf("%d commits", e.Count)
		if e.Interval != nil {
			words += ", every " + intervalInWords(*e.Interval)
		}
	}
	if e.Transactional {
		words = joined(words, "transactional")
	}
	return orDash(joined(words, e.Detail))
}

// intervalInWords is "5.0 s", or "12 ms" below a second.
func intervalInWords(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

// sayCompleteness says on stderr, also beside JSON lines, what the history covers.
func (a *app) sayCompleteness(o historyOptions, l history.Log, place history.Place, shown int) {
	say := func(format string, args ...any) { output.Sentence(a.Err, format, args...) }
	if l.CompleteSince == nil {
		say("the offset log has no record: nothing is known")
	} else {
		say("history is complete since %s (%s)", formatTime(*l.CompleteSince), l.Why)
	}
	if shown == 0 && l.OfGroup == 0 && l.Source == history.SourceOffsetLog {
		say("nothing was recorded for group %q since %s in %s; --since goes further back", o.group, formatTime(o.since), l.Partition)
	}
	if place.Elsewhere {
		say("the group's coordinator does not lead %s, where Kafka's rule puts the group: the cluster may follow another rule, or leadership is moving", l.Partition)
	}
	for _, unread := range recordTypeDocs(l.Unknown) {
		say("%d records of type %s were not understood", unread.Count, numberOrDash(unread.Type))
	}
	if l.Dropped > 0 {
		say("%d of the oldest entries are not shown: more than kofs keeps", l.Dropped)
	}
}
