package main

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

type historyDoc struct {
	Schema          string            `json:"schema"`
	ClusterID       string            `json:"cluster_id"`
	Group           string            `json:"group"`
	At              string            `json:"at"`
	Source          history.Source    `json:"history_source"`
	Partition       *int32            `json:"offsets_partition"`
	CompleteSince   *string           `json:"history_complete_since"`
	CompleteSinceMs *int64            `json:"history_complete_since_ms"`
	CompleteBecause string            `json:"history_complete_because"`
	CannotSee       []string          `json:"cannot_see"`
	RecordsRead     int64             `json:"records_read"`
	RecordsOfGroup  int64             `json:"records_of_group"`
	Dropped         int64             `json:"dropped"`
	Unknown         []recordTypeDoc   `json:"unknown_records"`
	Other           []recordTypeDoc   `json:"other_records"`
	Events          []historyEventDoc `json:"events"`
}

type recordTypeDoc struct {
	Type  *int16 `json:"type"`
	Count int64  `json:"count"`
}

type historyEventDoc struct {
	At            string            `json:"at"`
	AtMs          int64             `json:"at_ms"`
	Until         *string           `json:"until"`
	UntilMs       *int64            `json:"until_ms"`
	Kind          history.EventKind `json:"kind"`
	Topic         *string           `json:"topic"`
	Partition     *int32            `json:"partition"`
	FromOffset    *int64            `json:"from_offset"`
	ToOffset      *int64            `json:"to_offset"`
	Count         int64             `json:"count"`
	IntervalMs    *int64            `json:"interval_ms"`
	Generation    *int32            `json:"generation"`
	MemberID      *string           `json:"member_id"`
	Transactional bool              `json:"transactional"`
	Detail        *string           `json:"detail"`
}

func newHistoryDoc(cluster inspect.Cluster, at time.Time, l history.Log, events []history.Event) historyDoc {
	doc := historyDoc{
		Schema: "kofs/history/v1", ClusterID: cluster.ID, Group: l.Group, At: formatTime(at), Source: l.Source,
		CompleteBecause: l.Why, CannotSee: l.CannotSee(), RecordsRead: l.Records, RecordsOfGroup: l.OfGroup, Dropped: l.Dropped,
		Unknown: recordTypeDocs(l.Unknown), Other: recordTypeDocs(l.Other), Events: []historyEventDoc{},
	}
	if l.Partition != nil {
		doc.Partition = &l.Partition.Partition
	}
	doc.CompleteSince, doc.CompleteSinceMs = timeDoc(l.CompleteSince)
	for _, e := range events {
		doc.Events = append(doc.Events, newHistoryEventDoc(e))
	}
	return doc
}

func recordTypeDocs(counts map[int16]int64) []recordTypeDoc {
	docs := []recordTypeDoc{}
	for _, kind := range slices.SortedFunc(maps.Keys(counts), cmp.Compare) {
		doc := recordTypeDoc{Type: &kind, Count: counts[kind]}
		if kind == history.TypeNone {
			doc.Type = nil
		}
		docs = append(docs, doc)
	}
	return docs
}

func timeDoc(t *time.Time) (text *string, ms *int64) {
	if t == nil {
		return nil, nil
	}
	return new(formatTime(*t)), new(t.UnixMilli())
}

func newHistoryEventDoc(e history.Event) historyEventDoc {
	doc := historyEventDoc{
		At: formatTime(e.At), AtMs: e.At.UnixMilli(), Kind: e.Kind, FromOffset: e.From, ToOffset: e.To, Count: e.Count,
		Generation: e.Generation, MemberID: e.MemberID, Transactional: e.Transactional,
	}
	doc.Until, doc.UntilMs = timeDoc(e.Until)
	if e.Partition != nil {
		doc.Topic, doc.Partition = &e.Partition.Topic, &e.Partition.Partition
	}
	if e.Interval != nil {
		doc.IntervalMs = new(e.Interval.Milliseconds())
	}
	if e.Detail != "" {
		doc.Detail = &e.Detail
	}
	return doc
}
