package schema

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/kofs/kofs/internal/schema/registrytest"
)

const orderProto = `syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "confluent/meta.proto";
import "shop/money.proto";
message Other { string nothing = 1; }
message Order {
  map<string, int32> tags = 4;
  message Line { int32 amount = 1; }
  int64 order_id = 1 [(confluent.field_meta).doc = "exact"];
  google.protobuf.Timestamp at = 2;
  Money money = 3;
  repeated Line lines = 5;
}
`

const moneyProto = `syntax = "proto3";
package shop;
import "shop/currency.proto";
message Money { Currency currency = 1; bytes raw = 2; double rate = 3; }
`

const currencyProto = `syntax = "proto3";
package shop;
enum Currency { NONE = 0; EUR = 1; }
`

// shopProto is a schema with imports of imports, under a subject that must be
// escaped in a path.
func shopProto() []registrytest.Schema {
	return []registrytest.Schema{
		{ID: 3, Subject: "orders-value", Version: 1, Type: "PROTOBUF", Text: orderProto, References: []registrytest.Reference{{Name: "shop/money.proto", Subject: "shop/money.proto", Version: 2}}},
		{ID: 4, Subject: "shop/money.proto", Version: 2, Type: "PROTOBUF", Text: moneyProto, References: []registrytest.Reference{{Name: "shop/currency.proto", Subject: "currency", Version: 1}}},
		{ID: 5, Subject: "currency", Version: 1, Type: "PROTOBUF", Text: currencyProto},
	}
}

func field(b []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

func nested(b []byte, n protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), v)
}

func TestProtobuf(t *testing.T) {
	w := newWorld(t, shopProto()...)
	order := field(nil, 1, 1<<62+1)
	order = nested(order, 2, field(nil, 1, 1767323045))
	order = nested(order, 3, nested(field(nil, 1, 1), 2, []byte{255}))
	order = nested(order, 4, field(nested(nil, 1, []byte("b")), 2, 2))
	order = nested(order, 4, field(nested(nil, 1, []byte("a")), 2, 1))
	order = nested(order, 5, field(nil, 1, 7))
	want := `{"tags":{"a":1,"b":2},"order_id":"4611686018427387905","at":"2026-01-02T03:04:05Z","money":{"currency":"EUR","raw":"/w=="},"lines":[{"amount":7}]}`
	framedOrder := framed(3, append([]byte{2, 2}, order...)...)
	for range 3 {
		w.decodes(framedOrder, nil, want)
	}
	w.decodes(order, append(framed(3), 2, 2), want)
	w.decodes(framed(3, append([]byte{0}, nested(nil, 1, []byte("x"))...)...), nil, `{"nothing":"x"}`)
	w.decodes(framed(3, 4, 2, 0, 8, 9), nil, `{"amount":9}`) // Order.Line, before which the entry of the map does not count
	for name, payload := range map[string][]byte{
		"no index":         {},
		"a long index":     {0x80, 0x80, 0x80, 0x01},
		"an index below 0": {2, 1},
		"no such message":  {2, 6},
		"no such nested":   {4, 2, 2},
		"a nested of none": {6, 2, 0, 0},
		"cut off":          {2, 2, 0x0a, 5},
		"not a field":      {2, 2, 0xff},
		"an unknown field": {0, 0x10, 1},
	} {
		t.Run(name, func(t *testing.T) { w.refuses(framed(3, payload...), nil, BadPayload, "schema 3") })
	}
	w.refuses(order, append(framed(3), 2, 2, 9), BadPayload, "left over")
	if n := w.Asked("/subjects/shop%2Fmoney.proto/versions/2"); n != 1 {
		t.Errorf("the import was asked for %d times", n)
	}
}

func TestProtobufOddities(t *testing.T) {
	deep := []byte(nil)
	for range 1000 {
		deep = nested(nil, 1, deep)
	}
	for id, row := range []struct {
		name, schema string
		payload      []byte
		want         string
		reason       Reason
	}{
		{"proto2 groups do not count", `syntax = "proto2"; message A { optional group G = 1 { optional int32 x = 1; } message B { required int32 y = 1; optional int32 z = 2 [default = 5]; } }`, []byte{4, 0, 0, 0x10, 1}, `{"z":1}`, ""},
		{"an Any of the schema's own", `syntax = "proto3"; import "google/protobuf/any.proto"; message A { google.protobuf.Any any = 1; } message B { int32 x = 1; }`,
			append([]byte{0}, nested(nil, 1, nested(nested(nil, 1, []byte("type.googleapis.com/B")), 2, []byte{8, 1}))...), `{"any":{"@type":"type.googleapis.com/B","x":1}}`, ""},
		{"an Any of nothing known", `syntax = "proto3"; import "google/protobuf/any.proto"; message A { google.protobuf.Any any = 1; }`,
			append([]byte{0}, nested(nil, 1, nested(nested(nil, 1, []byte("x/B")), 2, []byte{8, 1}))...), "", BadPayload},
		{"a double that is no number", `syntax = "proto3"; message A { double d = 1; }`, []byte{0, 9, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f}, `{"d":"NaN"}`, ""},
		{"messages too deep", `syntax = "proto3"; message A { A a = 1; }`, append([]byte{0}, deep...), "", BadPayload},
		{"names far longer than the bytes", `syntax = "proto3"; message A { repeated A ` + strings.Repeat("a", 500_000) + ` = 1; int32 i = 2; message B { int32 ` + strings.Repeat("b", 500_000) + ` = 1; } repeated B b = 3; }`,
			append([]byte{0}, []byte(strings.Repeat("\x1a\x02\x08\x01", 100))...), "", BadPayload},
		{"a text that is not utf-8", `syntax = "proto3"; message A { string s = 1; }`, []byte{0, 10, 1, 0xff}, "", BadPayload},
		{"no message", `syntax = "proto3";`, []byte{0}, "", BadPayload},
		{"an import that is not there", `syntax = "proto3"; import "nothing.proto";`, []byte{0}, "", BadSchema},
		{"an import of itself", `syntax = "proto3"; import "<schema>";`, []byte{0}, "", BadSchema},
		{"not a .proto file", `{"type":"record"}`, []byte{0}, "", BadSchema},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, registrytest.Schema{ID: id, Type: "PROTOBUF", Text: row.schema})
			if row.reason != "" {
				w.refuses(framed(uint32(id), row.payload...), nil, row.reason)
				return
			}
			w.decodes(framed(uint32(id), row.payload...), nil, row.want)
		})
	}
}
