package main

import (
	"encoding/json"
	"strconv"

	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// appendRecord appends the line that output.WriteJSONLine makes of the record's
// recordDoc, to the byte, without building it: a listing is as fast as this.
func appendRecord(dst []byte, r *records.Record, effect *reset.Effect, values valueForm, decoded decodedDoc) []byte {
	dst = output.AppendJSONString(append(dst, `{"topic":`...), r.Topic)
	dst = strconv.AppendInt(append(dst, `,"partition":`...), int64(r.Partition), 10)
	dst = strconv.AppendInt(append(dst, `,"offset":`...), r.Offset, 10)
	dst = appendNumber(append(dst, `,"timestamp_ms":`...), r.TimestampMs)
	dst = output.AppendJSONTime(append(dst, `,"timestamp":`...), r.TimestampMs)
	dst = output.AppendJSONString(append(dst, `,"timestamp_type":`...), string(r.TimestampType))
	dst = appendBytes(dst, "key", r.Key, valuesAsText)
	dst = appendBytes(dst, "value", r.Value, values)
	dst = appendHeaders(dst, r.Headers)
	dst = appendNumber(append(dst, `,"batch_leader_epoch":`...), r.LeaderEpoch)
	dst = strconv.AppendBool(append(dst, `,"transactional":`...), r.Transactional)
	dst = appendNumber(append(dst, `,"producer_id":`...), r.ProducerID)
	dst = appendNumber(append(dst, `,"producer_epoch":`...), r.ProducerEpoch)
	dst = appendNumber(append(dst, `,"sequence":`...), r.Sequence)
	dst = append(dst, `,"aborted":`...)
	if r.Undecided {
		dst = append(dst, "null"...)
	} else {
		dst = strconv.AppendBool(dst, r.Aborted)
	}
	dst = appendWord(append(dst, `,"control":`...), r.Control)
	dst = appendWord(append(dst, `,"effect":`...), effect)
	dst = appendRaw(append(dst, `,"decoded":`...), decoded.Decoded)
	dst = appendNumber(append(dst, `,"schema_id":`...), decoded.SchemaID)
	dst = appendWord(append(dst, `,"decode_error":`...), decoded.DecodeError)
	dst = appendRaw(append(dst, `,"decoded_key":`...), decoded.DecodedKey)
	dst = appendNumber(append(dst, `,"key_schema_id":`...), decoded.KeySchemaID)
	dst = appendWord(append(dst, `,"key_decode_error":`...), decoded.KeyDecodeError)
	return append(dst, "}\n"...)
}

func appendNumber[N int16 | int32 | int64](dst []byte, n *N) []byte {
	if n == nil {
		return append(dst, "null"...)
	}
	return strconv.AppendInt(dst, int64(*n), 10)
}

// appendRaw appends JSON that is on one line already; nil is null.
func appendRaw(dst []byte, text json.RawMessage) []byte {
	if text == nil {
		return append(dst, "null"...)
	}
	return append(dst, text...)
}

func appendWord[S ~string](dst []byte, s *S) []byte {
	if s == nil {
		return append(dst, "null"...)
	}
	return output.AppendJSONString(dst, string(*s))
}

// appendBytes appends the three fields of a key or value.
func appendBytes(dst []byte, name string, b []byte, form valueForm) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	encoding := "null"
	if b == nil {
		dst = append(dst, "null"...)
	} else {
		dst, encoding = appendText(dst, b, form)
	}
	dst = append(append(append(dst, `,"`...), name...), `_encoding":`...)
	dst = append(dst, encoding...)
	dst = append(append(append(dst, `,"`...), name...), `_size":`...)
	if b == nil {
		return append(dst, "null"...)
	}
	return strconv.AppendInt(dst, int64(len(b)), 10)
}

// appendText appends bytes that are not null, and returns their encoding as JSON.
func appendText(dst, b []byte, form valueForm) (text []byte, encoding string) {
	if form == valuesAsBase64 {
		return output.AppendJSONBase64(dst, b), `"base64"`
	}
	dst, encoding = output.AppendJSONText(dst, b)
	if encoding == "utf8" {
		return dst, `"utf8"`
	}
	return dst, `"base64"`
}

func appendHeaders(dst []byte, headers []records.Header) []byte {
	dst = append(dst, `,"headers":[`...)
	for i, h := range headers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = output.AppendJSONString(append(dst, `{"key":`...), h.Key)
		dst = append(dst, `,"value":`...)
		encoding := "null"
		if h.Value == nil {
			dst = append(dst, "null"...)
		} else {
			dst, encoding = appendText(dst, h.Value, valuesAsText)
		}
		dst = append(append(dst, `,"value_encoding":`...), encoding...)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}
