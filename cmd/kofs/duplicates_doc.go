package main

import (
	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/inspect/records/duplicates"
	"github.com/kofs/kofs/internal/output"
)

type duplicateSetDoc struct {
	Topic            string               `json:"topic"`
	By               string               `json:"by"`
	Count            int                  `json:"count"`
	Key              *string              `json:"key"`
	KeyEncoding      *string              `json:"key_encoding"`
	Identity         *string              `json:"identity"`
	IdentityEncoding *string              `json:"identity_encoding"`
	Cause            duplicates.Cause     `json:"cause"`
	Evidence         []string             `json:"evidence"`
	DistanceMs       *int64               `json:"distance_ms"`
	DistanceOffsets  *int64               `json:"distance_offsets"`
	Records          []duplicateRecordDoc `json:"records"`
}

type duplicateRecordDoc struct {
	Partition     int32   `json:"partition"`
	Offset        int64   `json:"offset"`
	TimestampMs   *int64  `json:"timestamp_ms"`
	Timestamp     *string `json:"timestamp"`
	ProducerID    *int64  `json:"producer_id"`
	ProducerEpoch *int16  `json:"producer_epoch"`
	Sequence      *int32  `json:"sequence"`
	Transactional bool    `json:"transactional"`
	Aborted       *bool   `json:"aborted"`
}

func newDuplicateSetDoc(by string, s duplicates.Set) duplicateSetDoc {
	doc := duplicateSetDoc{Topic: s.Topic, By: by, Count: len(s.Records), Cause: s.Cause(), Evidence: s.Evidence(),
		DistanceMs: s.DistanceMs(), DistanceOffsets: s.DistanceOffsets()}
	doc.Key, doc.KeyEncoding, _ = bytesDoc(s.Key, valuesAsText)
	doc.Identity, doc.IdentityEncoding, _ = bytesDoc(s.Identity, valuesAsText)
	for _, r := range s.Records {
		row := duplicateRecordDoc{Partition: r.Partition, Offset: r.Offset, TimestampMs: r.TimestampMs(), Timestamp: output.JSONTime(r.TimestampMs()),
			ProducerID: r.ProducerID(), ProducerEpoch: r.ProducerEpoch(), Sequence: r.Sequence(), Transactional: r.Transactional}
		if !r.Undecided {
			row.Aborted = &r.Aborted
		}
		doc.Records = append(doc.Records, row)
	}
	return doc
}

type duplicatesSummaryDoc struct {
	Schema         string              `json:"schema"`
	ClusterID      string              `json:"cluster_id"`
	At             string              `json:"at"`
	Topic          string              `json:"topic"`
	By             string              `json:"by"`
	WithinMs       *int64              `json:"within_ms"`
	SinceMs        *int64              `json:"since_ms"`
	UntilMs        *int64              `json:"until_ms"`
	IsolationLevel inspect.Isolation   `json:"isolation_level"`
	RecordsScanned int64               `json:"records_scanned"`
	RecordsWithout int64               `json:"records_without"`
	RecordsGone    int64               `json:"records_gone"`
	Sets           int                 `json:"sets"`
	Duplicates     int64               `json:"duplicates"`
	Incomplete     bool                `json:"incomplete"`
	Partitions     []duplicatesPartDoc `json:"partitions"`
}

type duplicatesPartDoc struct {
	Partition     int32          `json:"partition"`
	FromOffset    *int64         `json:"from_offset"`
	UntilOffset   *int64         `json:"until_offset"`
	ReachedOffset *int64         `json:"reached_offset"`
	LostBelow     *int64         `json:"lost_below_offset"`
	Error         *inspect.Fault `json:"error"`
}

func newDuplicatesSummary(o duplicatesOptions, parts []duplicates.Part, f duplicates.Found) duplicatesSummaryDoc {
	doc := duplicatesSummaryDoc{Schema: "kofs/duplicates-summary/v1", Topic: o.request.Scope.Topic, By: o.search.By.String(),
		SinceMs: o.filter.SinceMs, UntilMs: o.filter.UntilMs, IsolationLevel: o.request.Isolation,
		RecordsScanned: f.Scanned, RecordsWithout: f.Without, RecordsGone: f.Gone, Sets: len(f.Sets), Duplicates: f.Duplicates()}
	if o.search.Within > 0 {
		doc.WithinMs = new(o.search.Within.Milliseconds())
	}
	for i, p := range parts {
		row := newDuplicatesPart(p, f.Read[i])
		doc.Incomplete = doc.Incomplete || row.Error != nil
		doc.Partitions = append(doc.Partitions, row)
	}
	return doc
}

func newDuplicatesPart(p duplicates.Part, read records.Listed) duplicatesPartDoc {
	row := duplicatesPartDoc{Partition: p.Partition, Error: p.Fault}
	if p.Fault != nil {
		return row
	}
	row.FromOffset, row.UntilOffset, row.ReachedOffset, row.LostBelow = &p.From, &p.Until, &read.Reached, read.LostToRetention
	row.Error = inspect.FaultOf(read.Err)
	return row
}
