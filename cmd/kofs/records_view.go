package main

import (
	"bufio"
	"fmt"
	"strconv"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

type recordDoc struct {
	Topic         string                `json:"topic"`
	Partition     int32                 `json:"partition"`
	Offset        int64                 `json:"offset"`
	TimestampMs   *int64                `json:"timestamp_ms"`
	Timestamp     *string               `json:"timestamp"`
	TimestampType records.TimestampType `json:"timestamp_type"`
	Key           *string               `json:"key"`
	KeyEncoding   *string               `json:"key_encoding"`
	KeySize       *int                  `json:"key_size"`
	Value         *string               `json:"value"`
	ValueEncoding *string               `json:"value_encoding"`
	ValueSize     *int                  `json:"value_size"`
	Headers       []headerDoc           `json:"headers"`
	LeaderEpoch   int32                 `json:"batch_leader_epoch"`
	Transactional bool                  `json:"transactional"`
	ProducerID    *int64                `json:"producer_id"`
	ProducerEpoch *int16                `json:"producer_epoch"`
	Sequence      *int32                `json:"sequence"`
	Aborted       *bool                 `json:"aborted"`
	Control       *records.ControlType  `json:"control"`
	Effect        *reset.Effect         `json:"effect"`
}

type headerDoc struct {
	Key           string  `json:"key"`
	Value         *string `json:"value"`
	ValueEncoding *string `json:"value_encoding"`
}

// recordsView writes records one by one: it never holds more than one.
type recordsView struct {
	out     *bufio.Writer
	format  string
	effects map[inspect.TopicPartition]*reset.Effect
	widths  [2]int // of partition and offset
	written int
}

func newRecordsView(a *app, list []rangeToList) *recordsView {
	v := &recordsView{
		out: bufio.NewWriterSize(a.Out, 64<<10), format: a.global.format,
		effects: map[inspect.TopicPartition]*reset.Effect{}, widths: [2]int{len("PARTITION"), len("OFFSET")},
	}
	for _, r := range list {
		v.effects[r.TopicPartition] = r.effect
		v.widths[0] = max(v.widths[0], len(r.TopicPartition.String()))
		v.widths[1] = max(v.widths[1], len(strconv.FormatInt(r.Until, 10)))
	}
	return v
}

// write shows one record.
func (v *recordsView) write(r *records.Record) error {
	if v.written == 0 {
		if err := v.begin(); err != nil {
			return err
		}
	}
	v.written++
	switch v.format {
	case "jsonl":
		return output.WriteJSONLine(v.out, v.doc(r))
	case "json":
		if v.written > 1 {
			if _, err := v.out.WriteString(","); err != nil {
				return err
			}
		}
		return output.WriteJSONLine(v.out, v.doc(r))
	}
	return output.Line(v.out, "%-*s  %s", v.widths[0], r.TopicPartition, recordLine(r, v.widths[1]))
}

func (v *recordsView) begin() (err error) {
	switch v.format {
	case "json":
		_, err = v.out.WriteString(`{"schema":"kofs/records/v1","records":[` + "\n")
	case "table":
		err = output.Line(v.out, "%-*s  %-*s  %-24s  %-*s  VALUE", v.widths[0], "PARTITION", v.widths[1], "OFFSET", "TIMESTAMP", keyWidth, "KEY")
	}
	return err
}

// end finishes the output.
func (v *recordsView) end() error {
	if v.format == "json" {
		if v.written == 0 {
			if err := v.begin(); err != nil {
				return err
			}
		}
		if _, err := v.out.WriteString("]}\n"); err != nil {
			return err
		}
	}
	return v.out.Flush()
}

// keyWidth is the least width of a key: records are shown as they come, so the
// widest is not known.
const keyWidth = 8

// recordLine is a record for people, without its partition.
func recordLine(r *records.Record, offsetWidth int) string {
	key, value := bytesInWords(r.Key), bytesInWords(r.Value)
	if r.Control != nil { // what they hold is said behind them
		key, value = "-", "-"
	}
	line := fmt.Sprintf("%-*d  %-24s  %-*s  %s", offsetWidth, r.Offset, output.Time(r.TimestampMs), keyWidth, key, value)
	for _, h := range r.Headers {
		line += fmt.Sprintf("  %s=%s", h.Key, bytesInWords(h.Value))
	}
	switch {
	case r.Control != nil:
		line += "  (" + string(*r.Control) + " marker)"
	case r.Aborted:
		line += "  (aborted)"
	case r.Undecided:
		line += "  (transaction still open)"
	}
	return line
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

func (v *recordsView) doc(r *records.Record) recordDoc {
	doc := recordDoc{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset,
		TimestampMs: r.TimestampMs, Timestamp: output.JSONTime(r.TimestampMs), TimestampType: r.TimestampType,
		Headers: []headerDoc{}, LeaderEpoch: r.LeaderEpoch, Transactional: r.Transactional,
		ProducerID: r.ProducerID, ProducerEpoch: r.ProducerEpoch, Sequence: r.Sequence,
		Control: r.Control, Effect: v.effects[r.TopicPartition],
	}
	if !r.Undecided {
		doc.Aborted = &r.Aborted
	}
	doc.Key, doc.KeyEncoding, doc.KeySize = bytesDoc(r.Key)
	doc.Value, doc.ValueEncoding, doc.ValueSize = bytesDoc(r.Value)
	for _, h := range r.Headers {
		header := headerDoc{Key: h.Key}
		header.Value, header.ValueEncoding, _ = bytesDoc(h.Value)
		doc.Headers = append(doc.Headers, header)
	}
	return doc
}

// bytesDoc is a key or value with its encoding and size; all nil for null.
func bytesDoc(b []byte) (text, encoding *string, size *int) {
	if b == nil {
		return nil, nil, nil
	}
	t, e := output.Text(b)
	n := len(b)
	return &t, &e, &n
}
