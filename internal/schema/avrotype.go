package schema

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/twmb/avro"
)

// avroType is a type of an Avro schema, with what its values need to be read.
type avroType struct {
	kind    string // as in a schema: record, union, long, ...
	logical string // "" is none
	scale   int    // of a decimal
	size    int    // of what is as long as its type says, in bytes
	// names are those of the fields or of the symbols, as JSON strings.
	names []string
	// parts are the types of the fields or branches, or of the items or values.
	parts []*avroType
}

// avroTypes are the named types of a schema by their full names. A type is there
// before its parts are: it may be one of them.
type avroTypes map[string]*avroType

// of is the type of a node within a namespace.
func (types avroTypes) of(n *avro.SchemaNode, namespace string) (*avroType, error) {
	t := &avroType{kind: n.Type, logical: n.LogicalType, scale: n.Scale, size: n.Size, names: quoted(n.Symbols)}
	switch n.Type {
	case "record", "error", "enum", "fixed":
		namespace = types.add(n, t)
	case "boolean":
		t.size = 1
	case "float":
		t.size = 4
	case "double":
		t.size = 8
	case "null", "int", "long", "string", "bytes", "array", "map", "union":
	default:
		return types.named(n.Type, namespace)
	}
	if n.Type == "error" {
		t.kind = "record"
	}
	return t, types.fill(t, n, namespace)
}

func quoted(names []string) []string {
	var out []string
	for _, name := range names {
		var b bytes.Buffer
		quote(&b, name)
		out = append(out, b.String())
	}
	return out
}

// fill adds the types of a node's parts.
func (types avroTypes) fill(t *avroType, n *avro.SchemaNode, namespace string) error {
	var parts []*avro.SchemaNode
	switch t.kind {
	case "record":
		for i := range n.Fields {
			t.names = append(t.names, quoted([]string{n.Fields[i].Name})...)
			parts = append(parts, &n.Fields[i].Type)
		}
	case "union":
		for i := range n.Branches {
			parts = append(parts, &n.Branches[i])
		}
	case "array":
		parts = append(parts, n.Items)
	case "map":
		parts = append(parts, n.Values)
	}
	for _, part := range parts {
		p, err := types.of(part, namespace)
		if err != nil {
			return err
		}
		t.parts = append(t.parts, p)
	}
	return nil
}

// add makes a named type known, and returns the namespace of what is in it.
func (types avroTypes) add(n *avro.SchemaNode, t *avroType) (namespace string) {
	full := n.Name
	if !strings.Contains(full, ".") && n.Namespace != "" {
		full = n.Namespace + "." + full
	}
	types[full] = t
	if i := strings.LastIndexByte(full, '.'); i > 0 {
		return full[:i]
	}
	return ""
}

// named is the type that a reference means: of the namespace it stands in if its
// name has none.
func (types avroTypes) named(name, namespace string) (*avroType, error) {
	if t := types[namespace+"."+name]; t != nil && !strings.Contains(name, ".") {
		return t, nil
	}
	if t := types[name]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("the schema has no type %q", name)
}
