package output

import (
	"bytes"
	"encoding"
	"encoding/csv"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// CSV writes rows as RFC 4180 has them (lines end with a single newline), under
// a header that is there even without a row.
//
// A column is a field of the row's JSON document and has its name: an object's
// fields are columns of their own, named object.field, a list is JSON in one
// cell, and null is an empty cell. It is data: cells go out as they are, also one
// that a spreadsheet would take for a formula. Only where they go to a terminal
// they pass through [Safe].
type CSV struct {
	out     *csv.Writer
	safe    bool
	columns []csvColumn
	cells   []string
}

// NewCSV writes the header for rows of the type of row, a struct with json tags.
func NewCSV(w io.Writer, row any, terminal bool) (*CSV, error) {
	c := &CSV{out: csv.NewWriter(w), safe: terminal, columns: csvColumns(reflect.TypeOf(row), "", nil)}
	c.cells = make([]string, len(c.columns))
	for i, column := range c.columns {
		c.cells[i] = column.name
	}
	return c, c.writeCells()
}

// Write writes one row.
func (c *CSV) Write(row any) error {
	v := reflect.ValueOf(row)
	for i, column := range c.columns {
		cell, err := csvCell(column.of(v))
		if err != nil {
			return fmt.Errorf("writing CSV: column %s: %w", column.name, err)
		}
		if c.safe {
			cell = Safe(cell)
		}
		c.cells[i] = cell
	}
	return c.writeCells()
}

// Flush writes what is still held back.
func (c *CSV) Flush() error {
	c.out.Flush()
	return c.out.Error()
}

func (c *CSV) writeCells() error { return c.out.Write(c.cells) }

// csvColumn is a field of a row, found by its index in each of the structs on
// the way.
type csvColumn struct {
	name string
	path []int
}

// of is the field in row; not valid where an object on the way is null.
func (c csvColumn) of(row reflect.Value) reflect.Value {
	v := row
	for _, i := range c.path {
		for v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if !v.IsValid() {
			return v
		}
		v = v.Field(i)
	}
	return v
}

func csvColumns(t reflect.Type, prefix string, path []int) []csvColumn {
	var columns []csvColumn
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		way := append(path[:len(path):len(path)], i)
		switch object := objectIn(f.Type); {
		case f.Anonymous:
			columns = append(columns, csvColumns(object, prefix, way)...)
		case object != nil:
			columns = append(columns, csvColumns(object, prefix+name+".", way)...)
		default:
			columns = append(columns, csvColumn{prefix + name, way})
		}
	}
	return columns
}

// objectIn is the struct that t is or points to, if JSON writes it as an object.
func objectIn(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return nil
	}
	return t
}

func csvCell(v reflect.Value) (string, error) {
	if !v.IsValid() || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice) && v.IsNil() {
		return "", nil
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if text, ok := v.Interface().(encoding.TextMarshaler); ok {
		b, err := text.MarshalText()
		return string(b), err
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), nil
	}
	var list bytes.Buffer
	err := WriteJSONLine(&list, v.Interface())
	return strings.TrimSuffix(list.String(), "\n"), err
}
