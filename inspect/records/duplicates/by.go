package duplicates

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/kofs/kofs/inspect/records"
)

// By says what makes two records equal. [ParseBy] makes one.
type By struct {
	part    part
	header  string
	pointer pointer
	text    string
}

type part int8

const (
	byKeyAndValue part = iota
	byKey
	byValue
	byAll
	byHeader
	byJSON
)

// ParseBy reads "key+value", "key", "value", "key+value+headers", "header:NAME"
// or "json:/POINTER" (RFC 6901).
func ParseBy(s string) (By, error) {
	whole := map[string]part{"key+value": byKeyAndValue, "key": byKey, "value": byValue, "key+value+headers": byAll}
	if p, ok := whole[s]; ok {
		return By{part: p, text: s}, nil
	}
	kind, name, _ := strings.Cut(s, ":")
	switch {
	case kind == "header" && name != "":
		return By{part: byHeader, header: name, text: s}, nil
	case kind == "json" && strings.Contains(s, ":"):
		p, err := parsePointer(name)
		return By{part: byJSON, pointer: p, text: s}, err
	}
	return By{}, fmt.Errorf("%q is not key+value, key, value, key+value+headers, header:NAME or json:/POINTER", s)
}

// String is the form that ParseBy reads.
func (b By) String() string {
	if b.text == "" {
		return "key+value"
	}
	return b.text
}

// IsPart reports whether only a part of the record's value or headers is
// compared, which a [Set] then has as its Identity.
func (b By) IsPart() bool { return b.part == byHeader || b.part == byJSON }

// identity appends to into what is compared of the record. It is false for a
// record that has nothing to compare.
func (b By) identity(into []byte, r *records.Record) ([]byte, bool) {
	switch b.part {
	case byKey:
		return append(into, r.Key...), r.Key != nil
	case byValue:
		return append(into, r.Value...), r.Value != nil
	case byHeader:
		return lastHeader(into, r.Headers, b.header)
	case byJSON:
		return b.pointer.find(into, r.Value)
	case byAll:
		into = appendField(appendField(into, r.Key), r.Value)
		for _, h := range r.Headers {
			into = appendField(appendField(into, []byte(h.Key)), h.Value)
		}
		return into, r.Key != nil || r.Value != nil || len(r.Headers) > 0
	}
	return appendField(appendField(into, r.Key), r.Value), r.Key != nil || r.Value != nil
}

// appendField appends bytes so that null, empty, and where a field ends can be
// told: "ab"+"c" is not "a"+"bc".
func appendField(into, field []byte) []byte {
	if field == nil {
		return append(into, 0)
	}
	into = binary.AppendUvarint(into, uint64(len(field))+1)
	return append(into, field...)
}

// lastHeader is the value of the last header of that name, as Kafka's
// Headers.lastHeader gives it. A null value is nothing to compare.
func lastHeader(into []byte, headers []records.Header, name string) ([]byte, bool) {
	for i := len(headers) - 1; i >= 0; i-- {
		if headers[i].Key == name {
			return append(into, headers[i].Value...), headers[i].Value != nil
		}
	}
	return into, false
}
