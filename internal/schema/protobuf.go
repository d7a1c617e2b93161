package schema

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// protobufCodec decodes Protobuf's binary encoding into Protobuf's JSON, with the
// fields named as in the .proto file.
type protobufCodec struct {
	file  protoreflect.FileDescriptor
	types linker.Resolver // for Any and extensions
}

// rootFile is the path of the schema itself, which the registry does not tell.
const rootFile = "<schema>"

func newProtobufCodec(ctx context.Context, doc document) (codec, error) {
	sources := confluentFiles()
	for _, r := range doc.references {
		sources[r.name] = r.text
	}
	sources[rootFile] = doc.Schema.Schema
	compiler := protocompile.Compiler{
		Resolver:       protocompile.WithStandardImports(&protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(sources)}),
		MaxParallelism: 1,
	}
	files, err := compiler.Compile(ctx, rootFile)
	if err != nil {
		return nil, err
	}
	return protobufCodec{files[0], linker.ResolverFromFile(files[0])}, nil
}

func (c protobufCodec) decode(f frame) (json.RawMessage, error) {
	path, payload, err := messagePath(f)
	if err != nil {
		return nil, err
	}
	kind, err := messageAt(c.file, path)
	if err != nil {
		return nil, err
	}
	m := dynamicpb.NewMessage(kind)
	decode := proto.UnmarshalOptions{AllowPartial: true, RecursionLimit: maxDepth, Resolver: c.types}
	if err := decode.Unmarshal(payload, m); err != nil {
		return nil, fmt.Errorf("reading a %s: %w", kind.FullName(), err)
	}
	if err := c.check(m, roomFor(payload)); err != nil {
		return nil, err
	}
	text, err := protojson.MarshalOptions{AllowPartial: true, UseProtoNames: true, Resolver: c.types}.Marshal(m)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer // protojson varies its blanks on purpose
	err = json.Compact(&out, text)
	return out.Bytes(), err
}

// messagePath is which message of the file it is, and its bytes.
func messagePath(f frame) (path []int, payload []byte, err error) {
	if !f.inHeader {
		return parseIndex(f.payload)
	}
	path, rest, err := parseIndex(f.index)
	if err == nil && len(rest) > 0 {
		err = errors.New("bytes are left over in its schema header")
	}
	return path, f.payload, err
}

// messageAt follows a path of indexes into a file. As in Confluent's serializer for
// Java, which counts what is written as "message", the entries of maps and groups,
// which descriptors have as messages too, do not count.
func messageAt(file protoreflect.FileDescriptor, path []int) (protoreflect.MessageDescriptor, error) {
	var found protoreflect.MessageDescriptor
	list := file.Messages()
	for _, i := range path {
		if found = nthMessage(list, i); found == nil {
			return nil, fmt.Errorf("the schema has no message with index %v", path)
		}
		list = found.Messages()
	}
	return found, nil
}

func nthMessage(list protoreflect.MessageDescriptors, n int) protoreflect.MessageDescriptor {
	for i := range list.Len() {
		m := list.Get(i)
		if m.IsMapEntry() || isGroup(m) {
			continue
		}
		if n == 0 {
			return m
		}
		n--
	}
	return nil
}

// isGroup reports whether a message was declared as a proto2 group, beside which
// its parent has the field of that type.
func isGroup(m protoreflect.MessageDescriptor) bool {
	parent, nested := m.Parent().(protoreflect.MessageDescriptor)
	if !nested || m.ParentFile().Syntax() != protoreflect.Proto2 {
		return false
	}
	for i := range parent.Fields().Len() {
		if f := parent.Fields().Get(i); f.Kind() == protoreflect.GroupKind && f.Message() == m {
			return true
		}
	}
	return false
}

// check finds what JSON would leave out, fields that the schema does not have, and
// what would make it large: names, which the bytes do not hold.
func (c protobufCodec) check(m protoreflect.Message, room int) error {
	size := 0
	return protorange.Options{Resolver: c.types}.Range(m, func(p protopath.Values) error {
		switch step := p.Index(-1).Step; step.Kind() {
		case protopath.UnknownAccessStep:
			return fmt.Errorf("it has fields that %s does not have", m.Descriptor().FullName())
		case protopath.FieldAccessStep:
			size += len(step.FieldDescriptor().FullName())
		case protopath.ListIndexStep, protopath.MapIndexStep:
			size++
		}
		if size > room {
			return errTooMuch
		}
		return nil
	}, nil)
}

// confluentFiles are the files that Confluent's serializers know without being
// told, beside Google's, which the compiler has.
func confluentFiles() map[string]string {
	return map[string]string{
		"confluent/meta.proto": `syntax = "proto3";
package confluent;
import "google/protobuf/descriptor.proto";
message Meta {
  string doc = 1;
  map<string, string> params = 2;
  repeated string tags = 3;
}
extend google.protobuf.FileOptions { Meta file_meta = 1088; }
extend google.protobuf.MessageOptions { Meta message_meta = 1088; }
extend google.protobuf.FieldOptions { Meta field_meta = 1088; }
extend google.protobuf.EnumOptions { Meta enum_meta = 1088; }
extend google.protobuf.EnumValueOptions { Meta enum_value_meta = 1088; }
`,
		"confluent/type/decimal.proto": `syntax = "proto3";
package confluent.type;
message Decimal {
  bytes value = 1;
  uint32 precision = 2;
  int32 scale = 3;
}
`,
	}
}
