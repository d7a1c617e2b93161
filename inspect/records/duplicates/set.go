package duplicates

import (
	"math"

	"github.com/kofs/kofs/inspect/records"
)

// Set is two or more equal records.
type Set struct {
	Topic string
	// Key is that of the record read first; nil for null. Other records of the set
	// may have others, unless keys are compared.
	Key []byte
	// Identity is what was compared of value or headers, where [By.IsPart]; else
	// nil. JSON is without blanks, its members in order.
	Identity []byte
	Records  []Record // by partition and offset
}

// Record is one record of a set, without its contents.
type Record struct {
	Partition int32
	Offset    int64
	// Transactional says that it was written in a transaction, Aborted that this was
	// aborted, Undecided that it was still open when it was read.
	Transactional, Aborted, Undecided bool

	appended  bool // its timestamp is the broker's
	has       facts
	epoch     int16
	sequence  int32
	timestamp int64
	producer  int64
}

// facts says what a record has: small, because there may be many.
type facts uint8

const (
	hasTimestamp facts = 1 << iota
	hasProducer
	hasSequence
)

func newRecord(r *records.Record) Record {
	c := Record{Partition: r.Partition, Offset: r.Offset, Transactional: r.Transactional, Aborted: r.Aborted,
		Undecided: r.Undecided, appended: r.TimestampType == records.LogAppendTime}
	if r.TimestampMs != nil {
		c.has, c.timestamp = c.has|hasTimestamp, *r.TimestampMs
	}
	if r.ProducerID != nil && r.ProducerEpoch != nil {
		c.has, c.producer, c.epoch = c.has|hasProducer, *r.ProducerID, *r.ProducerEpoch
	}
	if r.Sequence != nil {
		c.has, c.sequence = c.has|hasSequence, *r.Sequence
	}
	return c
}

// TimestampMs is in ms since 1970; nil when the record has none.
func (r Record) TimestampMs() *int64 { return known(r.has&hasTimestamp != 0, r.timestamp) }

// ProducerID is nil when the producer was not idempotent.
func (r Record) ProducerID() *int64 { return known(r.has&hasProducer != 0, r.producer) }

// ProducerEpoch is nil when the producer was not idempotent.
func (r Record) ProducerEpoch() *int16 { return known(r.has&hasProducer != 0, r.epoch) }

// Sequence is the producer's number of the record in its partition; nil when the
// producer was not idempotent.
func (r Record) Sequence() *int32 { return known(r.has&hasSequence != 0, r.sequence) }

func known[T any](is bool, v T) *T {
	if !is {
		return nil
	}
	return &v
}

// DistanceMs is the time from the earliest record of the set to the latest, in
// ms; nil when one has no timestamp, or the distance is no int64.
func (s Set) DistanceMs() *int64 {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, r := range s.Records {
		if r.has&hasTimestamp == 0 {
			return nil
		}
		first, last = min(first, r.timestamp), max(last, r.timestamp)
	}
	distance := last - first
	return known(distance >= 0, distance)
}

// FirstMs is the earliest timestamp of the set; nil when none has one.
func (s Set) FirstMs() *int64 {
	var first *int64
	for _, r := range s.Records {
		if ms := r.TimestampMs(); ms != nil && (first == nil || *ms < *first) {
			first = ms
		}
	}
	return first
}

// DistanceOffsets is the offset of the last record minus that of the first; nil
// when they lie in different partitions, whose offsets have nothing in common.
func (s Set) DistanceOffsets() *int64 {
	first, last := s.Records[0], s.Records[len(s.Records)-1]
	return known(first.Partition == last.Partition, last.Offset-first.Offset)
}
