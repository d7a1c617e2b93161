package main

import (
	"bufio"
	"context"
	"fmt"
	"strconv"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// outBuffer is how much text is written at once, where nobody waits for it.
const outBuffer = 64 << 10

// recordsView writes records as they come: it never holds more than some text.
type recordsView struct {
	app            *app
	out            *bufio.Writer
	csv            *output.CSV // nil in the other formats
	effects        map[inspect.TopicPartition]*reset.Effect
	json           records.Line // nil in the other formats
	partitionWidth int
	line           recordLine
	values         valueForm
	written        int
}

// newRecordsView begins the output: also a list without a record has a header.
func newRecordsView(a *app, list []rangeToList, values valueForm, schemas *recordSchemas) (*recordsView, error) {
	v := &recordsView{
		app: a, out: bufio.NewWriterSize(a.Out, outBuffer), effects: map[inspect.TopicPartition]*reset.Effect{},
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
	if a.global.isJSON() {
		v.json = v.newLine()
	}
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

// list lists the records that are looked for. Lines of JSON are made on several
// processors, unless a registry is asked for what is in them, or not all are wanted.
func (v *recordsView) list(ctx context.Context, f records.Fetcher, ranges []records.Range, search searchOptions, options records.ListOptions) ([]records.Listed, error) {
	if v.json != nil && v.line.schemas == nil && search.isWhole() {
		return search.print(ctx, f, ranges, options, v.newLine, v.print)
	}
	return search.list(ctx, f, ranges, options, v.write)
}

// newLine makes lines of JSON, those of -o json with a comma before each.
func (v *recordsView) newLine() records.Line {
	lines := recordLines{effects: v.effects, values: v.values}
	return func(dst []byte, r *records.Record) []byte {
		if v.app.global.format == "json" {
			dst = append(dst, ',')
		}
		return lines.append(dst, r, v.line.schemas.doc(r))
	}
}

// print shows records whose lines are made.
func (v *recordsView) print(lines []byte, records int) error {
	if err := v.writeJSON(lines, records); err != nil {
		return err
	}
	return v.out.Flush()
}

func (v *recordsView) writeJSON(lines []byte, records int) error {
	if v.written == 0 && v.app.global.format == "json" {
		lines = lines[len(","):]
	}
	v.written += records
	_, err := v.out.Write(lines)
	return err
}

// write shows one record, on a terminal at once.
func (v *recordsView) write(r *records.Record) error {
	if _, _, err := v.line.schemas.of(r); err != nil {
		return err
	}
	if err := v.writeOne(r); err != nil || !v.app.OutTerminal || v.csv != nil {
		return err
	}
	return v.out.Flush()
}

func (v *recordsView) writeOne(r *records.Record) error {
	if v.json != nil {
		return v.writeJSON(v.json(v.out.AvailableBuffer(), r), 1)
	}
	v.written++
	if v.csv != nil {
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
