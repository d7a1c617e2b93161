package main

import (
	"encoding/json"
	"strconv"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// recordLines makes the line of JSON that each record of a listing is: to the byte
// what output.WriteJSONLine makes of its recordDoc, without building that. A listing
// is as fast as this, so what a record has in common with the one before it is
// copied from there.
type recordLines struct {
	effects map[inspect.TopicPartition]*reset.Effect
	values  valueForm

	common  common // of the record before
	begun   bool
	head    []byte // up to the offset
	batch   []byte // from the leader epoch up to the sequence
	outcome []byte // from "aborted" up to the effect

	offset, sequence counter

	stamp   stamp  // of the record before
	instant []byte // from the timestamp up to its type
}

// common is what most records have in common with the one before.
type common struct {
	inspect.TopicPartition
	leaderEpoch   perhaps[int32]
	transactional bool
	producerID    perhaps[int64]
	producerEpoch perhaps[int16]
	aborted       perhaps[bool]
	control       perhaps[records.ControlType]
}

// stamp is a record's timestamp.
type stamp struct {
	ms   perhaps[int64]
	kind records.TimestampType
}

// perhaps is what a pointer points to, to be compared.
type perhaps[T comparable] struct {
	value T
	known bool
}

func at[T comparable](p *T) perhaps[T] {
	if p == nil {
		return perhaps[T]{}
	}
	return perhaps[T]{*p, true}
}

// append appends the line of a record.
func (l *recordLines) append(dst []byte, r *records.Record, decoded *decodedDoc) []byte {
	l.learn(r)
	dst = l.offset.append(append(dst, l.head...), r.Offset)
	dst = append(dst, l.instant...)
	dst = appendBytes(dst, `,"key":`, `,"key_encoding":"utf8","key_size":`, `,"key_encoding":"base64","key_size":`,
		`,"key":null,"key_encoding":null,"key_size":null`, r.Key, valuesAsText)
	dst = appendBytes(dst, `,"value":`, `,"value_encoding":"utf8","value_size":`, `,"value_encoding":"base64","value_size":`,
		`,"value":null,"value_encoding":null,"value_size":null`, r.Value, l.values)
	dst = append(appendHeaders(dst, r.Headers), l.batch...)
	if r.Sequence == nil {
		dst = append(dst, "null"...)
	} else {
		dst = l.sequence.append(dst, int64(*r.Sequence))
	}
	dst = append(dst, l.outcome...)
	if decoded != nil {
		dst = appendDecoded(dst, decoded)
	}
	return append(dst, "}\n"...)
}

// counter is a number in decimal that mostly goes up by one.
type counter struct {
	value int64
	text  []byte // of the value; nil at first
}

// append appends n.
func (c *counter) append(dst []byte, n int64) []byte {
	if n <= 0 || n != c.value+1 || !c.goUp() {
		c.text = strconv.AppendInt(c.text[:0], n, 10)
	}
	c.value = n
	return append(dst, c.text...)
}

// goUp adds one, where that takes no digit more.
func (c *counter) goUp() bool {
	for i := len(c.text) - 1; i >= 0; i-- {
		if c.text[i] < '9' {
			c.text[i]++
			return true
		}
		c.text[i] = '0'
	}
	return false
}

// learn makes anew what is not as in the record before.
func (l *recordLines) learn(r *records.Record) {
	c := common{
		TopicPartition: r.TopicPartition, leaderEpoch: at(r.LeaderEpoch), transactional: r.Transactional,
		producerID: at(r.ProducerID), producerEpoch: at(r.ProducerEpoch),
		aborted: perhaps[bool]{r.Aborted, !r.Undecided}, control: at(r.Control),
	}
	s := stamp{at(r.TimestampMs), r.TimestampType}
	if c != l.common || !l.begun {
		l.common = c
		l.learnHead(r)
		l.learnBatch(r)
		l.learnOutcome(r)
	}
	if s != l.stamp || !l.begun {
		l.stamp = s
		l.learnInstant(r)
	}
	l.begun = true
}

func (l *recordLines) learnHead(r *records.Record) {
	l.head = output.AppendJSONString(append(l.head[:0], `{"topic":`...), r.Topic)
	l.head = strconv.AppendInt(append(l.head, `,"partition":`...), int64(r.Partition), 10)
	l.head = append(l.head, `,"offset":`...)
}

func (l *recordLines) learnInstant(r *records.Record) {
	l.instant = appendNumber(append(l.instant[:0], `,"timestamp_ms":`...), r.TimestampMs)
	l.instant = output.AppendJSONTime(append(l.instant, `,"timestamp":`...), r.TimestampMs)
	l.instant = output.AppendJSONString(append(l.instant, `,"timestamp_type":`...), string(r.TimestampType))
}

func (l *recordLines) learnBatch(r *records.Record) {
	l.batch = appendNumber(append(l.batch[:0], `,"batch_leader_epoch":`...), r.LeaderEpoch)
	l.batch = strconv.AppendBool(append(l.batch, `,"transactional":`...), r.Transactional)
	l.batch = appendNumber(append(l.batch, `,"producer_id":`...), r.ProducerID)
	l.batch = appendNumber(append(l.batch, `,"producer_epoch":`...), r.ProducerEpoch)
	l.batch = append(l.batch, `,"sequence":`...)
}

func (l *recordLines) learnOutcome(r *records.Record) {
	l.outcome = append(l.outcome[:0], `,"aborted":`...)
	if r.Undecided {
		l.outcome = append(l.outcome, "null"...)
	} else {
		l.outcome = strconv.AppendBool(l.outcome, r.Aborted)
	}
	l.outcome = appendWord(append(l.outcome, `,"control":`...), r.Control)
	l.outcome = appendWord(append(l.outcome, `,"effect":`...), l.effects[r.TopicPartition])
}

// appendDecoded appends what a registry's schemas made of the record.
func appendDecoded(dst []byte, d *decodedDoc) []byte {
	dst = appendRaw(append(dst, `,"decoded":`...), d.Decoded)
	dst = appendNumber(append(dst, `,"schema_id":`...), d.SchemaID)
	dst = appendWord(append(dst, `,"decode_error":`...), d.DecodeError)
	dst = appendRaw(append(dst, `,"decoded_key":`...), d.DecodedKey)
	dst = appendNumber(append(dst, `,"key_schema_id":`...), d.KeySchemaID)
	return appendWord(append(dst, `,"key_decode_error":`...), d.KeyDecodeError)
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

// appendBytes appends the three fields of a key or value, whose names are in the four
// texts: before the value, behind it as text and as base64, and all three for null.
func appendBytes(dst []byte, open, asText, asBase64, null string, b []byte, form valueForm) []byte {
	if b == nil {
		return append(dst, null...)
	}
	dst, encoding := appendText(append(dst, open...), b, form)
	if encoding == textEncoding {
		dst = append(dst, asText...)
	} else {
		dst = append(dst, asBase64...)
	}
	return strconv.AppendInt(dst, int64(len(b)), 10)
}

// appendText appends bytes that are not null, and returns their encoding.
func appendText(dst, b []byte, form valueForm) (text []byte, encoding string) {
	if form == valuesAsBase64 {
		return output.AppendJSONBase64(dst, b), "base64"
	}
	return output.AppendJSONText(dst, b)
}

const textEncoding = "utf8"

func appendHeaders(dst []byte, headers []records.Header) []byte {
	if len(headers) == 0 {
		return append(dst, `,"headers":[]`...)
	}
	between := `,"headers":[`
	for _, h := range headers {
		dst = append(append(dst, between...), `{"key":`...)
		dst = append(output.AppendJSONString(dst, h.Key), `,"value":`...)
		if h.Value == nil {
			dst = append(dst, `null,"value_encoding":null}`...)
		} else {
			var encoding string
			dst, encoding = appendText(dst, h.Value, valuesAsText)
			dst = append(append(append(dst, `,"value_encoding":"`...), encoding...), `"}`...)
		}
		between = ","
	}
	return append(dst, ']')
}
