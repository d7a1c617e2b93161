package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// showResult shows what became of a write.
func (a *app) showResult(r reset.Result) error {
	switch {
	case a.global.isJSON():
		return a.writeDoc(r)
	case a.global.isCSV():
		return writeCSV(a, resultLines(r))
	}
	if err := output.Line(a.Out, ""); err != nil {
		return err
	}
	if err := a.writeTable(tableOf(r.Partitions, columns(a, resultColumns(), wideResultColumns()))); err != nil {
		return err
	}
	return output.Line(a.Out, "%s", outcomesInWords(r))
}

// resultLineDoc is a row of CSV: one partition, with its group.
type resultLineDoc struct {
	Group string `json:"group"`
	reset.PartitionResult
}

func resultLines(r reset.Result) []resultLineDoc {
	lines := make([]resultLineDoc, len(r.Partitions))
	for i, p := range r.Partitions {
		lines[i] = resultLineDoc{r.Group, p}
	}
	return lines
}

func resultColumns() []column[reset.PartitionResult] {
	return []column[reset.PartitionResult]{
		{"TOPIC", func(p reset.PartitionResult) string { return p.Topic }, true},
		{"PARTITION", func(p reset.PartitionResult) string { return strconv.Itoa(int(p.Partition)) }, false},
		{"OLD", func(p reset.PartitionResult) string { return output.Count(p.OldOffset) }, false},
		{"NEW", func(p reset.PartitionResult) string { return output.Count(p.NewOffset) }, false},
		{"READ BACK", func(p reset.PartitionResult) string { return output.Count(p.ReadBackOffset) }, false},
		{"OUTCOME", outcomeInWords, false},
	}
}

func wideResultColumns() []column[reset.PartitionResult] {
	return []column[reset.PartitionResult]{
		{"OLD LEADER EPOCH", func(p reset.PartitionResult) string { return numberOrDash(p.OldLeaderEpoch) }, false},
		{"OLD METADATA", func(p reset.PartitionResult) string { return textOrDash(p.OldMetadata) }, false},
		{"TOPIC ID", func(p reset.PartitionResult) string { return topicID(p.TopicID) }, false},
	}
}

func outcomeInWords(p reset.PartitionResult) string {
	if p.Error == nil {
		return string(p.Outcome)
	}
	return string(p.Outcome) + ": " + p.Error.Error()
}

// outcomesInWords is "6 partitions applied, 1 unchanged".
func outcomesInWords(r reset.Result) string {
	var parts []string
	for _, o := range []reset.Outcome{reset.Applied, reset.Unchanged, reset.Refused, reset.Failed, reset.Overwritten, reset.Unknown} {
		if n := r.Count(o); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	return strings.Join(parts, ", ")
}
