package main

import (
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/explain"
	"github.com/kofs/kofs/inspect/history"
)

type explainDoc struct {
	Schema          string         `json:"schema"`
	ClusterID       string         `json:"cluster_id"`
	Group           string         `json:"group"`
	At              string         `json:"at"`
	IsolationLevel  string         `json:"isolation_level"`
	Source          history.Source `json:"history_source"`
	CompleteSince   *string        `json:"history_complete_since"`
	CompleteSinceMs *int64         `json:"history_complete_since_ms"`
	CannotSee       []string       `json:"cannot_see"`
	Windows         []windowDoc    `json:"windows"`
	Omitted         int            `json:"windows_omitted"`
	Passes          []passDoc      `json:"passes"`
	Exposure        exposureDoc    `json:"exposure"`
}

type windowDoc struct {
	Cause         explain.Cause      `json:"cause"`
	Confidence    history.Confidence `json:"confidence"`
	Topic         string             `json:"topic"`
	Partition     int32              `json:"partition"`
	At            string             `json:"at"`
	AtMs          int64              `json:"at_ms"`
	From          int64              `json:"from_offset"`
	Until         int64              `json:"until_offset"`
	LikelyUntil   *int64             `json:"likely_until_offset"`
	RecordsAtMost int64              `json:"records_at_most"`
	RecordsLikely *int64             `json:"records_likely"`
	Records       *int64             `json:"records"`
	Exact         bool               `json:"exact"`
	JournalID     *string            `json:"journal_id"`
	Evidence      []string           `json:"evidence"`
	Advice        []string           `json:"advice"`
}

type passDoc struct {
	After   string `json:"after"`
	By      string `json:"by"`
	Skipped bool   `json:"skipped"`
}

type exposureDoc struct {
	CommitIntervalMs *int64              `json:"commit_interval_ms"`
	AutoCommit       *history.Confidence `json:"auto_commit"`
	Partitions       []exposedDoc        `json:"partitions"`
}

type exposedDoc struct {
	Topic         string `json:"topic"`
	Partition     int32  `json:"partition"`
	RecordsLikely int64  `json:"records_likely"`
}

func newExplainDoc(a *app, cluster inspect.Cluster, o explainOptions, e explained) explainDoc {
	doc := explainDoc{
		Schema: "kofs/explain/v1", ClusterID: cluster.ID, Group: e.history.Group, At: formatTime(a.now()),
		IsolationLevel: a.global.isolation.String(), Source: e.history.Source, CannotSee: e.CannotSee,
		Windows: windowDocs(a, e), Omitted: e.Omitted, Passes: passDocs(o, e), Exposure: newExposureDoc(e.Exposure),
	}
	doc.CompleteSince, doc.CompleteSinceMs = timeDoc(e.history.CompleteSince)
	return doc
}

func windowDocs(a *app, e explained) []windowDoc {
	docs := []windowDoc{}
	for i, w := range e.Windows {
		n := explain.NumbersOf(w, i, e.counts, a.global.isolation)
		docs = append(docs, windowDoc{
			Cause: w.Cause, Confidence: w.Confidence, Topic: w.Topic, Partition: w.Partition,
			At: formatTime(w.At), AtMs: w.At.UnixMilli(), From: w.From, Until: w.Until, LikelyUntil: w.LikelyUntil,
			RecordsAtMost: n.AtMost, RecordsLikely: n.Likely, Records: n.Records, Exact: n.Records != nil,
			JournalID: w.JournalID, Evidence: w.Evidence, Advice: w.Advice,
		})
	}
	return docs
}

// passDocs is empty unless one record was asked about.
func passDocs(o explainOptions, e explained) []passDoc {
	docs := []passDoc{}
	if o.record == nil {
		return docs
	}
	for _, p := range explain.Passes(e.history, o.at(), *o.record) {
		docs = append(docs, passDoc{formatTime(p.After), formatTime(p.By), p.Skipped})
	}
	return docs
}

func newExposureDoc(e explain.Exposure) exposureDoc {
	doc := exposureDoc{AutoCommit: e.AutoCommit, Partitions: []exposedDoc{}}
	if e.CommitInterval != nil {
		doc.CommitIntervalMs = new(int64(*e.CommitInterval / time.Millisecond))
	}
	for _, p := range e.Partitions {
		doc.Partitions = append(doc.Partitions, exposedDoc{p.Topic, p.Partition, p.RecordsLikely})
	}
	return doc
}
