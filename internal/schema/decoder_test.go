package schema

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/twmb/avro"

	"github.com/kofs/kofs/internal/schema/registrytest"
)

// world is a registry and a decoder that asks it.
type world struct {
	*registrytest.Registry
	t *testing.T
	d *Decoder
}

func newWorld(t *testing.T, schemas ...registrytest.Schema) *world {
	t.Helper()
	r := registrytest.Start(false)
	t.Cleanup(r.Close)
	r.Add(schemas...)
	w := &world{Registry: r, t: t}
	w.connect(Options{URL: r.URL, Timeout: 10 * time.Second})
	return w
}

func (w *world) connect(o Options) {
	w.t.Helper()
	d, err := New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.d = d
}

// framed is a payload behind the schema ID.
func framed(id uint32, payload ...byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, id), payload...)
}

// decodes decodes to exactly this JSON.
func (w *world) decodes(data, header []byte, want string) {
	w.t.Helper()
	got := w.d.Decode(w.t.Context(), data, header)
	if got.Err != nil {
		w.t.Errorf("%v", got.Err)
		return
	}
	if string(got.JSON) != want || !json.Valid(got.JSON) {
		w.t.Errorf("got  %s\nwant %s", got.JSON, want)
	}
}

// refuses does not decode, for this reason, in these words.
func (w *world) refuses(data, header []byte, reason Reason, words ...string) {
	w.t.Helper()
	got := w.d.Decode(w.t.Context(), data, header)
	if got.Err == nil {
		w.t.Errorf("decoded to %s", got.JSON)
		return
	}
	if got.Err.Reason != reason || got.JSON != nil {
		w.t.Errorf("%s: %v, want %s", got.Err.Reason, got.Err, reason)
	}
	for _, word := range words {
		if !strings.Contains(got.Err.Error(), word) {
			w.t.Errorf("%q does not say %q", got.Err, word)
		}
	}
}

func TestWireFormat(t *testing.T) {
	w := newWorld(t, registrytest.Schema{ID: 7, GUID: "01020304-0506-0708-090a-0b0c0d0e0f10", Type: "JSON", Text: "{}"})
	w.decodes(framed(7, []byte(`{ "a": 12345678901234567890 }`)...), nil, `{"a":12345678901234567890}`)
	if got := w.d.Decode(t.Context(), nil, nil); got.JSON != nil || got.Err != nil || got.SchemaID != nil {
		t.Errorf("a null is %+v", got)
	}
	guid := []byte{1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	w.decodes([]byte(`[1]`), guid, `[1]`)
	w.decodes([]byte(`[2]`), framed(7), `[2]`)
	w.decodes(append(bytes.Clone(guid), "[3]"...), nil, `[3]`)
	if got := w.d.Decode(t.Context(), []byte("1"), guid); got.SchemaID == nil || *got.SchemaID != 7 {
		t.Errorf("the ID of the GUID is %v", got.SchemaID)
	}
	for _, plain := range []string{"", "k1", "\x00", "\x00\x00\x00\x07", "{}", "\x00\xff\xff\xff\xff1", "\x01234"} {
		w.refuses([]byte(plain), nil, NotFramed)
	}
	w.refuses([]byte("1"), []byte("x"), NotFramed, "header")
	w.refuses(framed(7, 'x'), nil, BadPayload, "schema 7", "not JSON")
	w.refuses(framed(7), nil, BadPayload)
	w.refuses(framed(7, []byte("{} {}")...), nil, BadPayload)
	if n := w.Asked("/schemas/ids/7"); n != 1 {
		t.Errorf("schema 7 was asked for %d times", n)
	}
}

const orderAvro = `{"type":"record","name":"Order","namespace":"shop","fields":[
 {"name":"z_id","type":"long"},
 {"name":"a_note","type":["null","string"]},
 {"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
 {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
 {"name":"day","type":{"type":"int","logicalType":"date"}},
 {"name":"state","type":{"type":"enum","name":"State","symbols":["NEW","PAID"]}},
 {"name":"hash","type":{"type":"fixed","name":"Hash","size":2}},
 {"name":"tags","type":{"type":"map","values":"int"}},
 {"name":"lines","type":{"type":"array","items":"double"}},
 {"name":"next","type":["null","Order"]}]}`

func TestAvro(t *testing.T) {
	w := newWorld(t, registrytest.Schema{ID: 1, Text: orderAvro})
	order := func(next any) map[string]any {
		return map[string]any{"z_id": int64(math.MaxInt64), "a_note": "<ü>", "amount": []byte{0xff, 0x38},
			"at": int64(1767323045678), "day": int32(20455), "state": "PAID", "hash": [2]byte{1, 255},
			"tags": map[string]any{"a": 1}, "lines": []any{1.5, math.NaN(), math.Inf(-1)}, "next": next}
	}
	// The logical types are written as what they are made of.
	plain := avro.MustParse(strings.NewReplacer(`"logicalType":"decimal","precision":10,"scale":2`, `"x":1`,
		`"logicalType":"timestamp-millis"`, `"x":1`, `"logicalType":"date"`, `"x":1`).Replace(orderAvro))
	last := order(nil)
	last["a_note"] = nil
	payload, err := plain.Encode(order(last))
	if err != nil {
		t.Fatal(err)
	}
	fields := func(note, next string) string {
		return `{"z_id":9223372036854775807,"a_note":` + note + `,"amount":"-2.00","at":"2026-01-02T03:04:05.678Z","day":"2026-01-02","state":"PAID","hash":"Af8=","tags":{"a":1},"lines":[1.5,"NaN","-Infinity"],"next":` + next + `}`
	}
	w.decodes(framed(1, payload...), nil, fields(`"<ü>"`, fields("null", "null")))
	w.refuses(framed(1, append(payload, 0)...), nil, BadPayload, "left over")
	for n := range payload {
		w.refuses(framed(1, payload[:n]...), nil, BadPayload)
	}
}

// Oddities of Avro's types, each alone.
func TestAvroTypes(t *testing.T) {
	logical := func(base, kind string) string { return `{"type":"` + base + `","logicalType":"` + kind + `"}` }
	for id, row := range []struct{ name, schema, payload, want string }{
		{"null", `"null"`, "", "null"},
		{"boolean", `"boolean"`, "\x01", "true"},
		{"bytes alone have no length", `"bytes"`, "\x01\x02", `"AQI="`},
		{"bytes in a record have one", `{"type":"record","name":"R","fields":[{"name":"b","type":"bytes"}]}`, "\x04\x01\x02", `{"b":"AQI="}`},
		{"a string that is no UTF-8", `"string"`, "\x02\xff", `"\ufffd"`},
		{"an empty string", `"string"`, "\x00", `""`},
		{"an array in blocks with sizes", `{"type":"array","items":"int"}`, "\x01\x02\x02\x02\x04\x00", `[1,2]`},
		{"an empty map", `{"type":"map","values":"int"}`, "\x00", `{}`},
		{"a float in its own digits", `"float"`, "\xcd\xcc\xcc\x3d", `0.1`},
		{"the smallest long", `"long"`, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", `-9223372036854775808`},
		{"a timestamp beyond the years", logical("long", "timestamp-millis"), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", `-9223372036854775808`},
		{"a timestamp before 1970", logical("long", "timestamp-micros"), "\x01", `"1969-12-31T23:59:59.999999Z"`},
		{"a local timestamp has no zone", logical("long", "local-timestamp-millis"), "\x02", `"1970-01-01T00:00:00.001"`},
		{"a time of the day", logical("int", "time-millis"), "\x02", `"00:00:00.001"`},
		{"a time beyond the day", logical("long", "time-micros"), "\x01", `-1`},
		{"a uuid in sixteen bytes", `{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}`, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10", `"01020304-0506-0708-090a-0b0c0d0e0f10"`},
		{"a name of the namespace around it", `{"type":"record","name":"a.b.R","fields":[{"name":"x","type":{"type":"enum","name":"E","symbols":["S"]}},{"name":"y","type":"E"},{"name":"z","type":"a.b.E"}]}`, "\x00\x00\x00", `{"x":"S","y":"S","z":"S"}`},
		{"a uuid", logical("string", "uuid"), "\x02a", `"a"`},
		{"a decimal below one", `{"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":4,"scale":4}`, "\x00\x05", `"0.0005"`},
		{"a decimal of no bytes", `{"type":"bytes","logicalType":"decimal","precision":4,"scale":1}`, "\x00", `"0.0"`},
		{"a duration", `{"type":"fixed","name":"D","size":12,"logicalType":"duration"}`, "\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00", `{"months":1,"days":2,"milliseconds":3}`},
		{"a timestamp in nanoseconds", logical("long", "timestamp-nanos"), "\x02", `"1970-01-01T00:00:00.000000001Z"`},
		{"a logical type that is not known", logical("long", "fortnights"), "\x02", `1`},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, registrytest.Schema{ID: id, Text: row.schema})
			w.decodes(framed(uint32(id), []byte(row.payload)...), nil, row.want)
		})
	}
}

// Bytes and schemas that ask for more than they hold end soon, and in words.
func TestHostileAvro(t *testing.T) {
	huge := "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01" // the greatest long
	for id, row := range []struct {
		name, schema, payload string
		reason                Reason
	}{
		{"so many nulls", `{"type":"array","items":"null"}`, huge, BadPayload},
		{"so many empty records", `{"type":"array","items":{"type":"record","name":"E","fields":[]}}`, huge, BadPayload},
		{"as many items below zero", `{"type":"array","items":"null"}`, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", BadPayload},
		{"a string of so many bytes", `"string"`, huge, BadPayload},
		{"a string of fewer than no bytes", `"string"`, "\x01", BadPayload},
		{"a fixed of so many bytes", `{"type":"fixed","name":"F","size":2147483647}`, "1", BadPayload},
		{"a record in itself", `{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}`, "", BadPayload},
		{"a record twice in itself", `{"type":"record","name":"R","fields":[{"name":"a","type":"R"},{"name":"b","type":"R"}]}`, "", BadPayload},
		{"a branch that is not there", `["null","int"]`, "\x04", BadPayload},
		{"a branch below zero", `["null","int"]`, "\x01", BadPayload},
		{"a symbol that is not there", `{"type":"enum","name":"E","symbols":["A"]}`, "\x02", BadPayload},
		{"a boolean that is neither", `"boolean"`, "\x02", BadPayload},
		{"a decimal of so many digits", `{"type":"bytes","logicalType":"decimal","precision":2000000000,"scale":2000000000}`, "\x02\x01", BadSchema},
		{"a decimal of too many digits", `{"type":"bytes","logicalType":"decimal","precision":60000,"scale":60000}`, "\x02\x01", BadPayload},
		{"no schema", ``, "", BadSchema},
		{"a schema cut off", `{"type":"record"`, "", BadSchema},
		{"a type that is not there", `"shop.Nothing"`, "", BadSchema},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, registrytest.Schema{ID: id, Text: row.schema})
			w.refuses(framed(uint32(id), []byte(row.payload)...), nil, row.reason)
		})
	}
}
