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
	batch   []byte // from behind the headers up to the sequence
	outcome []byte // from "aborted" to the end

	stamp   stamp  // of the record before
	instant []byte // from the timestamp up to the key

	offset, sequence     counter
	afterKey, afterValue after
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

// after is what stands between a key or value and what follows it.
type after struct {
	size     int // of the key or value
	encoding string
	text     []byte // nil at first
}

// append appends the line of a record.
func (l *recordLines) append(dst []byte, r *records.Record, decoded *decodedDoc) []byte {
	l.learn(r)
	dst = l.offset.append(append(dst, l.head...), r.Offset)
	dst, encoding := appendText(append(dst, l.instant...), r.Key, valuesAsText)
	dst = l.afterKey.append(dst, len(r.Key), encoding, `,"key_encoding":`, `,"key_size":`, `,"value":`)
	dst, encoding = appendText(dst, r.Value, l.values)
	dst = l.afterValue.append(dst, len(r.Value), encoding, `,"value_encoding":`, `,"value_size":`, `,"headers":[`)
	dst = append(appendHeaders(dst, r.Headers), l.batch...)
	if r.Sequence == nil {
		dst = append(dst, "null"...)
	} else {
		dst = l.sequence.append(dst, int64(*r.Sequence))
	}
	dst = append(dst, l.outcome...)
	if decoded == nil {
		return dst
	}
	return append(appendDecoded(dst[:len(dst)-len(lineEnd)], decoded), lineEnd...)
}

const lineEnd = "}\n"

// append appends what stands between a key or value and the next field: encoding and
// size, which are null for null.
func (a *after) append(dst []byte, size int, encoding string, encodingField, sizeField, next string) []byte {
	if a.text == nil || size != a.size || encoding != a.encoding {
		a.size, a.encoding = size, encoding
		a.text = append(a.text[:0], encodingField...)
		if encoding == "" {
			a.text = append(append(append(a.text, "null"...), sizeField...), "null"...)
		} else {
			a.text = append(append(append(a.text, '"'), encoding...), '"')
			a.text = strconv.AppendInt(append(a.text, sizeField...), int64(size), 10)
		}
		a.text = append(a.text, next...)
	}
	return append(dst, a.text...)
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
	l.instant = append(l.instant, `,"key":`...)
}

func (l *recordLines) learnBatch(r *records.Record) {
	l.batch = appendNumber(append(l.batch[:0], `],"batch_leader_epoch":`...), r.LeaderEpoch)
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
	l.outcome = append(l.outcome, lineEnd...)
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

// appendText appends bytes, or null, and returns their encoding, which null has not.
func appendText(dst, b []byte, form valueForm) (text []byte, encoding string) {
	if b == nil {
		return append(dst, "null"...), ""
	}
	if form == valuesAsBase64 {
		return output.AppendJSONBase64(dst, b), "base64"
	}
	return output.AppendJSONText(dst, b)
}

// appendHeaders appends what stands between the brackets.
func appendHeaders(dst []byte, headers []records.Header) []byte {
	for i, h := range headers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = output.AppendJSONString(append(dst, `{"key":`...), h.Key)
		var encoding string
		if dst, encoding = appendText(append(dst, `,"value":`...), h.Value, valuesAsText); encoding == "" {
			dst = append(dst, `,"value_encoding":null}`...)
		} else {
			dst = append(append(append(dst, `,"value_encoding":"`...), encoding...), `"}`...)
		}
	}
	return dst
}
