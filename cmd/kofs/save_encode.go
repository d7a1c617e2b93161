package main

import (
	"bytes"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// recordEncoder is how records stand in a file. Its texts are valid until the next.
type recordEncoder interface {
	// head stands before the first record.
	head() []byte
	encode(r *records.Record) ([]byte, error)
}

func newRecordEncoder(format string, values valueForm, schemas *recordSchemas, effects map[inspect.TopicPartition]*reset.Effect) (recordEncoder, error) {
	switch format {
	case saveCSV:
		e := &csvEncoder{effects: effects, values: values, schemas: schemas}
		var err error
		e.csv, err = output.NewCSV(&e.text, recordDoc{}, false)
		return e, err
	case saveValues:
		return &valueEncoder{values: values}, nil
	}
	return &lineEncoder{lines: recordLines{effects: effects, values: values}, schemas: schemas}, nil
}

// lineEncoder writes a document on each line.
type lineEncoder struct {
	lines   recordLines
	schemas *recordSchemas
	text    []byte
}

func (e *lineEncoder) head() []byte { return nil }

func (e *lineEncoder) encode(r *records.Record) ([]byte, error) {
	if _, _, err := e.schemas.of(r); err != nil {
		return nil, err
	}
	e.text = e.lines.append(e.text[:0], r, e.schemas.doc(r))
	return e.text, nil
}

// valueEncoder writes nothing but values, a newline behind each.
type valueEncoder struct {
	values valueForm
	text   []byte
}

func (e *valueEncoder) head() []byte { return nil }

func (e *valueEncoder) encode(r *records.Record) ([]byte, error) {
	e.text = append(e.values.appendBare(e.text[:0], r.Value), '\n')
	return e.text, nil
}

// csvEncoder writes the columns of CSV output.
type csvEncoder struct {
	effects map[inspect.TopicPartition]*reset.Effect
	values  valueForm
	schemas *recordSchemas
	csv     *output.CSV
	text    bytes.Buffer
}

// head is what NewCSV has written; a row that comes without it drops it.
func (e *csvEncoder) head() []byte {
	_ = e.csv.Flush() // a buffer takes everything
	return e.text.Bytes()
}

func (e *csvEncoder) encode(r *records.Record) ([]byte, error) {
	if err := e.csv.Flush(); err != nil {
		return nil, err
	}
	if _, _, err := e.schemas.of(r); err != nil {
		return nil, err
	}
	e.text.Reset()
	if err := e.csv.Write(newRecordDoc(r, e.effects[r.TopicPartition], e.values, e.schemas.doc(r))); err != nil {
		return nil, err
	}
	err := e.csv.Flush()
	return e.text.Bytes(), err
}
