package main

import (
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

type recordDoc struct {
	Topic         string                `json:"topic"`
	Partition     int32                 `json:"partition"`
	Offset        int64                 `json:"offset"`
	TimestampMs   *int64                `json:"timestamp_ms"`
	Timestamp     *string               `json:"timestamp"`
	TimestampType records.TimestampType `json:"timestamp_type"`
	Key           *string               `json:"key"`
	KeyEncoding   *string               `json:"key_encoding"`
	KeySize       *int                  `json:"key_size"`
	Value         *string               `json:"value"`
	ValueEncoding *string               `json:"value_encoding"`
	ValueSize     *int                  `json:"value_size"`
	Headers       []headerDoc           `json:"headers"`
	LeaderEpoch   *int32                `json:"batch_leader_epoch"`
	Transactional bool                  `json:"transactional"`
	ProducerID    *int64                `json:"producer_id"`
	ProducerEpoch *int16                `json:"producer_epoch"`
	Sequence      *int32                `json:"sequence"`
	Aborted       *bool                 `json:"aborted"`
	Control       *records.ControlType  `json:"control"`
	Effect        *reset.Effect         `json:"effect"`
	decodedDoc
}

type headerDoc struct {
	Key           string  `json:"key"`
	Value         *string `json:"value"`
	ValueEncoding *string `json:"value_encoding"`
}

// newRecordDoc is the document of a record. recordLines makes the same.
func newRecordDoc(r *records.Record, effect *reset.Effect, values valueForm, decoded decodedDoc) recordDoc {
	doc := recordDoc{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset,
		TimestampMs: r.TimestampMs, Timestamp: output.JSONTime(r.TimestampMs), TimestampType: r.TimestampType,
		Headers: []headerDoc{}, LeaderEpoch: r.LeaderEpoch, Transactional: r.Transactional,
		ProducerID: r.ProducerID, ProducerEpoch: r.ProducerEpoch, Sequence: r.Sequence,
		Control: r.Control, Effect: effect, decodedDoc: decoded,
	}
	if !r.Undecided {
		doc.Aborted = &r.Aborted
	}
	doc.Key, doc.KeyEncoding, doc.KeySize = bytesDoc(r.Key, valuesAsText)
	doc.Value, doc.ValueEncoding, doc.ValueSize = bytesDoc(r.Value, values)
	for _, h := range r.Headers {
		header := headerDoc{Key: h.Key}
		header.Value, header.ValueEncoding, _ = bytesDoc(h.Value, valuesAsText)
		doc.Headers = append(doc.Headers, header)
	}
	return doc
}

// bytesDoc is a key or value with its encoding and size; all nil for null.
func bytesDoc(b []byte, form valueForm) (text, encoding *string, size *int) {
	if b == nil {
		return nil, nil, nil
	}
	t, e := form.text(b)
	n := len(b)
	return &t, &e, &n
}
