package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// previewNotes are the notes of the changes, each with all its partitions.
func previewNotes(p reset.Plan) []string {
	var notes []string // in the order in which they come first
	places := map[string][]inspect.TopicPartition{}
	for _, c := range p.Changes {
		for _, note := range c.Notes {
			if places[note] == nil {
				notes = append(notes, note)
			}
			places[note] = append(places[note], c.At())
		}
	}
	var lines []string
	for _, note := range notes {
		lines = append(lines, partitionsInWords(places[note])+": "+note)
	}
	if n := len(p.NotInScope); n > 0 {
		out := make([]inspect.TopicPartition, n)
		for i, row := range p.NotInScope {
			out[i] = inspect.TopicPartition{Topic: row.Topic, Partition: row.Partition}
		}
		lines = append(lines, "not in scope, because they have no commit: "+partitionsInWords(out))
	}
	return lines
}

// writeSamples writes the first and last records of each range, within width
// columns if that is above 0.
func writeSamples(w io.Writer, width int, samples []records.Sampled) error {
	line := recordLine{offsetWidth: 1, width: width, indent: "  "}
	for _, s := range samples {
		if _, err := io.WriteString(w, sampleText(s, line)); err != nil {
			return err
		}
	}
	return nil
}

func sampleText(s records.Sampled, line recordLine) string {
	var text strings.Builder
	say := func(safe string) { text.WriteString(safe + "\n") }
	say(output.Safe(fmt.Sprintf("%s, offsets %d to %d:", s.TopicPartition, s.From, s.Until-1)))
	for i := range s.First {
		say(line.safe(&s.First[i]))
	}
	if s.Between {
		say("  ...")
	}
	for i := range s.Last {
		say(line.safe(&s.Last[i]))
	}
	if s.Err != nil {
		say(output.Safe(fmt.Sprintf("  not read: %v", s.Err)))
	}
	return text.String()
}
