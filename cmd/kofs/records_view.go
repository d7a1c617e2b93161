package main

import (
	"fmt"
	"strconv"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// recordsView writes records one by one: it never holds more than one.
type recordsView struct {
	app            *app
	out            *output.Behind
	csv            *output.CSV // nil in the other formats
	effects        map[inspect.TopicPartition]*reset.Effect
	lines          recordLines
	partitionWidth int
	line           recordLine
	values         valueForm
	written        int
}

// newRecordsView begins the output: also a list without a record has a header.
func newRecordsView(a *app, list []rangeToList, values valueForm, schemas *recordSchemas) (*recordsView, error) {
	v := &recordsView{
		app: a, out: output.NewBehind(a.Out), effects: map[inspect.TopicPartition]*reset.Effect{},
		partitionWidth: len("PARTITION"), line: recordLine{offsetWidth: len("OFFSET"), wide: a.global.isWide(), values: values, schemas: schemas}, values: values,
	}
	for _, r := range list {
		v.effects[r.TopicPartition] = r.effect
		v.partitionWidth = max(v.partitionWidth, output.Width(r.TopicPartition.String()))
		v.line.offsetWidth = max(v.line.offsetWidth, len(strconv.FormatInt(r.Until, 10)))
	}
	if terminal := a.tableWidth(a.OutWidth); terminal > 0 {
		v.line.width = max(1, terminal-v.partitionWidth-2)
	}
	v.lines = recordLines{effects: v.effects, values: values}
	return v, v.begin()
}

func (v *recordsView) begin() (err error) {
	switch v.app.global.format {
	case "json":
		_, err = v.out.WriteString(`{"schema":"kofs/records/v1","records":[` + "\n")
	case "csv":
		v.csv, err = output.NewCSV(v.out, recordDoc{}, v.app.OutTerminal)
	case "table", "wide":
		err = output.Line(v.out, "%-*s  %s", v.partitionWidth, "PARTITION", v.line.header())
	}
	return err
}

// write shows one record.
func (v *recordsView) write(r *records.Record) error {
	if _, _, err := v.line.schemas.of(r); err != nil {
		return err
	}
	v.written++
	switch v.app.global.format {
	case "jsonl", "json":
		text := v.out.AvailableBuffer()
		if v.written > 1 && v.app.global.format == "json" {
			text = append(text, ',')
		}
		_, err := v.out.Write(v.lines.append(text, r, v.line.schemas.doc(r)))
		return err
	case "csv":
		return v.csv.Write(newRecordDoc(r, v.effects[r.TopicPartition], v.values, v.line.schemas.doc(r)))
	}
	_, err := fmt.Fprintf(v.out, "%-*s  %s\n", v.partitionWidth, output.Safe(r.TopicPartition.String()), v.line.safe(r))
	return err
}

// end finishes the output, and says how much it was.
func (v *recordsView) end() error {
	switch v.app.global.format {
	case "json":
		if _, err := v.out.WriteString("]}\n"); err != nil {
			return err
		}
	case "csv":
		if err := v.csv.Flush(); err != nil {
			return err
		}
	}
	if err := v.out.Flush(); err != nil {
		return err
	}
	if !v.app.global.isData() && !v.app.global.quiet {
		v.app.warn("%s", recordsCount(v.written))
	}
	return nil
}

func recordsCount(n int) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprintf("%d records", n)
}
