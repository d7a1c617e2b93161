package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/kofs/kofs/internal/output"
	"github.com/spf13/pflag"
)

// valueForm is how the value of a record is written: --values.
type valueForm string

const (
	valuesAsText   valueForm = "text"
	valuesAsJSON   valueForm = "json"
	valuesAsHex    valueForm = "hex"
	valuesAsBase64 valueForm = "base64"
)

func valueForms() []string {
	return []string{string(valuesAsText), string(valuesAsJSON), string(valuesAsHex), string(valuesAsBase64)}
}

func (v *valueForm) addFlag(f *pflag.FlagSet) {
	f.StringVar((*string)(v), "values", "text", "show values as `form`: text, json (indented where it is JSON), hex or base64; documents (json, jsonl, csv) know text and base64")
}

// validate looks at the form, for documents or for people and bare values.
func (v valueForm) validate(document bool) error {
	switch v {
	case valuesAsText, valuesAsBase64:
		return nil
	case valuesAsJSON, valuesAsHex:
		if document {
			return &usageError{message: "--values " + string(v) + " is for tables and for --save-as values", hint: "json, jsonl and csv say in value_encoding what a value is: utf8 or base64"}
		}
		return nil
	}
	return usagef("--values %q is not text, json, hex or base64", string(v))
}

// appendBare appends the value as it stands alone, as in --save-as values. A null
// value is as an empty one.
func (v valueForm) appendBare(dst, value []byte) []byte {
	switch v {
	case valuesAsHex:
		return hex.AppendEncode(dst, value)
	case valuesAsBase64:
		return base64.StdEncoding.AppendEncode(dst, value)
	case valuesAsJSON:
		return append(dst, indentedJSON(value)...)
	}
	return append(dst, value...)
}

// Bounds of what is indented: each level adds two blanks to every line.
const (
	maxIndented = 1 << 20 // bytes
	maxLevels   = 32
)

// indentedJSON is the value with each field on a line, if it is JSON of a bounded size.
func indentedJSON(value []byte) []byte {
	var text bytes.Buffer
	if len(value) > maxIndented || levels(value) > maxLevels || json.Indent(&text, bytes.TrimSpace(value), "", "  ") != nil {
		return value
	}
	return text.Bytes()
}

// levels is at least how deep the value is nested.
func levels(value []byte) int {
	deepest, level := 0, 0
	for _, c := range value {
		switch c {
		case '{', '[':
			level++
			deepest = max(deepest, level)
		case '}', ']':
			level = max(0, level-1)
		}
	}
	return deepest
}

// inWords is the value for people, on one line, and what of it needs more lines.
func (v valueForm) inWords(value []byte) (line string, more []string) {
	switch {
	case len(value) == 0 || v == valuesAsText:
		return bytesInWords(value), nil
	case v == valuesAsJSON:
		lines := strings.Split(string(indentedJSON(value)), "\n")
		if !json.Valid(value) || len(lines) == 1 {
			return bytesInWords(value), nil
		}
		return lines[0], lines[1:]
	}
	return string(v.appendBare(nil, value)), nil
}

// text is a value that is not null in a document, with its encoding.
func (v valueForm) text(value []byte) (text, encoding string) {
	if v == valuesAsBase64 {
		return base64.StdEncoding.EncodeToString(value), "base64"
	}
	return output.Text(value)
}
