package main

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"testing"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
	"pgregory.net/rapid"
)

// maybe is a pointer to one of the generator's values, or nil.
func maybe[T any](g *rapid.Generator[T]) *rapid.Generator[*T] {
	return rapid.Custom(func(t *rapid.T) *T {
		if rapid.Bool().Draw(t, "null") {
			return nil
		}
		return new(g.Draw(t, "value"))
	})
}

func someBytes() *rapid.Generator[[]byte] {
	return rapid.OneOf(rapid.Just([]byte(nil)), rapid.SliceOf(rapid.Byte()),
		rapid.Map(rapid.String(), func(s string) []byte { return append([]byte{}, s...) }))
}

func someRecord() *rapid.Generator[*records.Record] {
	header := rapid.Custom(func(t *rapid.T) records.Header {
		return records.Header{Key: rapid.String().Draw(t, "header"), Value: someBytes().Draw(t, "header value")}
	})
	return rapid.Custom(func(t *rapid.T) *records.Record {
		return &records.Record{
			TopicPartition: inspect.TopicPartition{Topic: rapid.String().Draw(t, "topic"), Partition: rapid.Int32().Draw(t, "partition")},
			Offset:         rapid.Int64().Draw(t, "offset"), TimestampMs: maybe(rapid.Int64()).Draw(t, "timestamp"),
			TimestampType: rapid.SampledFrom([]records.TimestampType{records.CreateTime, records.LogAppendTime}).Draw(t, "type"),
			Key:           someBytes().Draw(t, "key"), Value: someBytes().Draw(t, "value"), Headers: rapid.SliceOf(header).Draw(t, "headers"),
			LeaderEpoch: maybe(rapid.Int32()).Draw(t, "epoch"), Transactional: rapid.Bool().Draw(t, "transactional"),
			ProducerID: maybe(rapid.Int64()).Draw(t, "producer"), ProducerEpoch: maybe(rapid.Int16()).Draw(t, "producer epoch"), Sequence: maybe(rapid.Int32()).Draw(t, "sequence"),
			Aborted: rapid.Bool().Draw(t, "aborted"), Undecided: rapid.Bool().Draw(t, "undecided"),
			Control: maybe(rapid.Just(records.ControlAbort)).Draw(t, "control"),
		}
	})
}

// someDecoded is what a registry's schemas made of a record, or nothing.
func someDecoded() *rapid.Generator[*decodedDoc] {
	text := rapid.Custom(func(t *rapid.T) json.RawMessage {
		if rapid.Bool().Draw(t, "not decoded") {
			return nil
		}
		var b bytes.Buffer
		if err := output.WriteJSONLine(&b, map[string]any{rapid.String().Draw(t, "field"): []any{rapid.String().Draw(t, "text"), rapid.Int32().Draw(t, "number")}}); err != nil {
			t.Fatal(err)
		}
		return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	})
	return rapid.Custom(func(t *rapid.T) *decodedDoc {
		if rapid.Bool().Draw(t, "no registry") {
			return nil
		}
		return &decodedDoc{
			Decoded: text.Draw(t, "decoded"), SchemaID: maybe(rapid.Int32()).Draw(t, "schema"), DecodeError: maybe(rapid.String()).Draw(t, "error"),
			DecodedKey: text.Draw(t, "decoded key"), KeySchemaID: maybe(rapid.Int32()).Draw(t, "key schema"), KeyDecodeError: maybe(rapid.String()).Draw(t, "key error"),
		}
	})
}

// similar is the record before with some of the fields of another: what a line has
// in common with the one before is not made anew.
func similar(t *rapid.T, before, other *records.Record) *records.Record {
	r := *before
	from, to := reflect.ValueOf(other).Elem(), reflect.ValueOf(&r).Elem()
	for i := range to.NumField() {
		if rapid.IntRange(0, 9).Draw(t, "change "+to.Type().Field(i).Name) == 0 {
			to.Field(i).Set(from.Field(i))
		}
	}
	return &r
}

// What is appended by hand is what encoding/json makes of the document.
func TestAppendedRecordsAreTheDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := someRecord().Draw(t, "record")
		values := rapid.SampledFrom([]valueForm{valuesAsText, valuesAsBase64}).Draw(t, "values")
		effects := map[inspect.TopicPartition]*reset.Effect{}
		lines := recordLines{effects: effects, values: values}
		for range rapid.IntRange(1, 5).Draw(t, "records") {
			if _, met := effects[r.TopicPartition]; !met {
				effects[r.TopicPartition] = maybe(rapid.SampledFrom([]reset.Effect{reset.Skip, reset.Replay})).Draw(t, "effect")
			}
			decoded := someDecoded().Draw(t, "decoded")
			var want bytes.Buffer
			if err := output.WriteJSONLine(&want, newRecordDoc(r, effects[r.TopicPartition], values, decoded)); err != nil {
				t.Fatal(err)
			}
			if got := lines.append([]byte("before"), r, decoded); string(got) != "before"+want.String() {
				t.Fatalf("%s, want %s", got, want.Bytes())
			}
			r = similar(t, r, someRecord().Draw(t, "other"))
		}
	})
}

// orders makes records that differ in what differs within a batch.
func orders() func() *records.Record {
	r := &records.Record{
		TopicPartition: inspect.TopicPartition{Topic: "orders", Partition: 3}, TimestampMs: new(int64(1795338000012)), TimestampType: records.CreateTime,
		Key: []byte("12345"), Value: bytes.Repeat([]byte("abcdefghij"), 10),
		LeaderEpoch: new(int32(0)), ProducerID: new(int64(4)), ProducerEpoch: new(int16(0)), Sequence: new(int32),
	}
	return func() *records.Record {
		r.Offset++
		*r.Sequence++
		*r.TimestampMs += r.Offset % 2
		return r
	}
}

func TestACounterSaysItsNumber(t *testing.T) {
	var c counter
	for _, from := range []int64{0, 8, 98, 99, 100, -3, math.MaxInt64 - 2, 1<<53 - 1, 5} {
		for i := range int64(5) {
			n := from + i // beyond the greatest comes the least
			if got := string(c.append(nil, n)); got != strconv.FormatInt(n, 10) {
				t.Fatalf("%d is %s", n, got)
			}
		}
	}
}

func TestARecordIsAppendedWithoutAllocation(t *testing.T) {
	next := orders()
	var lines recordLines
	text := make([]byte, 0, 1<<12)
	r := next()
	r.Value, r.Headers = []byte("a \"value\"\n é"), []records.Header{{Key: "h", Value: []byte{0xff}}}
	if n := testing.AllocsPerRun(100, func() { text = lines.append(text[:0], next(), nil) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRecordLines(b *testing.B) {
	next := orders()
	var lines recordLines
	var line []byte
	b.ReportAllocs()
	for b.Loop() {
		line = lines.append(line[:0], next(), nil)
	}
	b.SetBytes(int64(len(line)))
}

func TestPrettyValuesStayBounded(t *testing.T) {
	for value, want := range map[string]string{
		`{"a":[1,{"b":null}]}`:       "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ]\n}",
		`not JSON {`:                 `not JSON {`,
		"":                           "",
		`12345678901234567890.10`:    `12345678901234567890.10`,
		"[[[[" + nested(40) + "]]]]": "[[[[" + nested(40) + "]]]]",
	} {
		if got := string(indentedJSON([]byte(value))); got != want {
			t.Errorf("%s gives %s", value, got)
		}
	}
}

func nested(n int) string {
	return string(bytes.Repeat([]byte("["), n)) + string(bytes.Repeat([]byte("]"), n))
}
