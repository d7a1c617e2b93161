package main

import (
	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
)

// covered is what an account is about, and whether it is all of it.
type covered struct {
	Incomplete bool         `json:"incomplete"`
	Ranges     []coveredDoc `json:"ranges"`
}

type coveredDoc struct {
	Topic       string         `json:"topic"`
	Partition   int32          `json:"partition"`
	FromOffset  *int64         `json:"from_offset"`
	UntilOffset *int64         `json:"until_offset"`
	Reached     *int64         `json:"reached_offset"`
	Records     int64          `json:"records"`
	LostBelow   *int64         `json:"lost_below_offset"`
	Error       *inspect.Fault `json:"error"`
}

// recordKeysDoc is the document of --by-key.
type recordKeysDoc struct {
	Schema         string            `json:"schema"`
	IsolationLevel inspect.Isolation `json:"isolation_level"`
	covered
	Records     int64    `json:"records"`
	Bytes       int64    `json:"bytes"`
	WithoutKey  int64    `json:"records_without_key"`
	Distinct    int      `json:"distinct_keys"`
	KeysOmitted int      `json:"keys_omitted"`
	Keys        []keyDoc `json:"keys"`
}

type keyDoc struct {
	Key         *string       `json:"key"`
	KeyEncoding *string       `json:"key_encoding"`
	KeySize     *int          `json:"key_size"`
	Records     int64         `json:"records"`
	Bytes       int64         `json:"bytes"`
	Partitions  []keyPlaceDoc `json:"partitions"`
}

type keyPlaceDoc struct {
	Topic       string `json:"topic"`
	Partition   int32  `json:"partition"`
	Records     int64  `json:"records"`
	FirstOffset int64  `json:"first_offset"`
	LastOffset  int64  `json:"last_offset"`
}

func (v *keysView) doc(c covered, shown []records.KeyCount, omitted int) recordKeysDoc {
	return recordKeysDoc{
		Schema: "kofs/record-keys/v1", IsolationLevel: v.app.global.isolation, covered: c,
		Records: v.Records(), Bytes: v.Bytes(), WithoutKey: v.WithoutKey(), Distinct: v.Distinct(),
		KeysOmitted: omitted, Keys: keyDocs(shown),
	}
}

func keyDocs(counts []records.KeyCount) []keyDoc {
	docs := make([]keyDoc, len(counts))
	for i, c := range counts {
		docs[i] = keyDocOf(c)
	}
	return docs
}

func keyDocOf(c records.KeyCount) keyDoc {
	doc := keyDoc{Records: c.Records, Bytes: c.Bytes}
	doc.Key, doc.KeyEncoding, doc.KeySize = bytesDoc(c.Key, valuesAsText)
	for _, p := range c.Places {
		doc.Partitions = append(doc.Partitions, keyPlaceDoc{p.Topic, p.Partition, p.Records, p.FirstOffset, p.LastOffset})
	}
	return doc
}

// recordTimelineDoc is the document of --timeline.
type recordTimelineDoc struct {
	Schema         string            `json:"schema"`
	IsolationLevel inspect.Isolation `json:"isolation_level"`
	covered
	BucketMs         int64       `json:"bucket_ms"`
	Records          int64       `json:"records"`
	Bytes            int64       `json:"bytes"`
	WithoutTimestamp int64       `json:"records_without_timestamp"`
	FirstMs          *int64      `json:"first_timestamp_ms"`
	First            *string     `json:"first_timestamp"`
	LastMs           *int64      `json:"last_timestamp_ms"`
	Last             *string     `json:"last_timestamp"`
	Buckets          []bucketDoc `json:"buckets"`
}

type bucketDoc struct {
	FromMs  int64   `json:"from_ms"`
	From    *string `json:"from"`
	UntilMs int64   `json:"until_ms"`
	Until   *string `json:"until"`
	Records int64   `json:"records"`
	Bytes   int64   `json:"bytes"`
}

func (v *timelineView) doc(c covered) recordTimelineDoc {
	first, last := v.Bounds()
	return recordTimelineDoc{
		Schema: "kofs/record-timeline/v1", IsolationLevel: v.app.global.isolation, covered: c, BucketMs: v.WidthMs(),
		Records: v.Records(), Bytes: v.Bytes(), WithoutTimestamp: v.WithoutTimestamp(),
		FirstMs: first, First: output.JSONTime(first), LastMs: last, Last: output.JSONTime(last), Buckets: v.bucketDocs(),
	}
}

func (v *timelineView) bucketDocs() []bucketDoc {
	docs := []bucketDoc{}
	for _, b := range v.Buckets() {
		docs = append(docs, bucketDoc{b.FromMs, output.JSONTime(&b.FromMs), b.UntilMs, output.JSONTime(&b.UntilMs), b.Records, b.Bytes})
	}
	return docs
}
