package records

import (
	"bytes"
	"math"
	"slices"

	"github.com/kofs/kofs/inspect"
)

// Record is one record, in the words of the broker that holds it. What its
// slices and pointers refer to is valid until the function that was given the
// record returns; [Record.Clone] keeps it.
type Record struct {
	inspect.TopicPartition
	Offset int64
	// TimestampMs is in ms since 1970; nil when the record has none.
	TimestampMs   *int64
	TimestampType TimestampType
	// Key is nil when null, which is not the same as empty.
	Key []byte
	// Value is nil when null: a tombstone.
	Value   []byte
	Headers []Header
	// LeaderEpoch is that of the leader who appended the record's batch; nil when
	// the batch does not say, as those in the formats before KIP-101.
	LeaderEpoch *int32
	// Transactional says that the record was written in a transaction.
	Transactional bool
	// ProducerID and ProducerEpoch are nil when the producer was not idempotent.
	ProducerID    *int64
	ProducerEpoch *int16
	// Sequence is the producer's number of the record; nil when it has none, as
	// control records.
	Sequence *int32
	// Aborted says that the record's transaction was aborted. Past the last stable
	// offset it is false and means nothing: see Undecided.
	Aborted bool
	// Undecided says that the record is transactional and lies past the last
	// stable offset, where brokers do not tell which transactions were aborted.
	Undecided bool
	// Control is the type of a control record; nil for all others.
	Control *ControlType
}

// Header is one header of a record. Keys may repeat; a nil value is null.
type Header struct {
	Key   string
	Value []byte
}

// TimestampType says who set a record's timestamp, spelled as Kafka does.
type TimestampType string

// The two of message.timestamp.type, and the one of record format 0.
const (
	CreateTime      TimestampType = "CreateTime"      // the producer
	LogAppendTime   TimestampType = "LogAppendTime"   // the broker, on append
	NoTimestampType TimestampType = "NoTimestampType" // nobody: there is none
)

// ControlType is what a control record says.
type ControlType string

// The types of ControlRecordType. Those after commit occur in KRaft's own log.
const (
	ControlAbort          ControlType = "abort"
	ControlCommit         ControlType = "commit"
	ControlLeaderChange   ControlType = "leader_change"
	ControlSnapshotHeader ControlType = "snapshot_header"
	ControlSnapshotFooter ControlType = "snapshot_footer"
	ControlKRaftVersion   ControlType = "kraft_version"
	ControlKRaftVoters    ControlType = "kraft_voters"
	ControlUnknown        ControlType = "unknown" // newer than this package
)

func controlTypeOf(code int16) ControlType {
	types := [...]ControlType{ControlAbort, ControlCommit, ControlLeaderChange,
		ControlSnapshotHeader, ControlSnapshotFooter, ControlKRaftVersion, ControlKRaftVoters}
	if code < 0 || int(code) >= len(types) {
		return ControlUnknown
	}
	return types[code]
}

// Clone is a copy that shares no memory with r. Null stays null, empty stays empty.
func (r *Record) Clone() Record {
	c := *r
	c.Key, c.Value = bytes.Clone(r.Key), bytes.Clone(r.Value)
	c.Headers = slices.Clone(r.Headers)
	for i := range c.Headers {
		c.Headers[i].Value = bytes.Clone(r.Headers[i].Value)
	}
	c.TimestampMs, c.LeaderEpoch = clone(r.TimestampMs), clone(r.LeaderEpoch)
	c.ProducerID, c.ProducerEpoch, c.Sequence = clone(r.ProducerID), clone(r.ProducerEpoch), clone(r.Sequence)
	c.Control = clone(r.Control)
	return c
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}

// known is a pointer to v unless v is the number by which Kafka says "none".
func known[T comparable](v *T, none T) *T {
	if *v == none {
		return nil
	}
	return v
}

// page is a Record and the memory behind its pointers, written anew for each record.
type page struct {
	Record
	timestamp int64
	leader    int32
	producer  int64
	epoch     int16
	sequence  int32
	control   ControlType
}

// begin makes the page say what the records of a part have in common.
func (p *page) begin(of *part) {
	b := &of.batch
	p.leader = b.leaderEpoch()
	p.Record = Record{
		TopicPartition: p.TopicPartition, TimestampType: CreateTime,
		LeaderEpoch: known(&p.leader, noLeaderEpoch), Transactional: b.transactional(),
		Aborted: of.fate == aborted, Undecided: of.beyond && b.transactional() && !b.control(),
	}
	switch {
	case b.magic == 0:
		p.TimestampType = NoTimestampType
	case b.logAppendTime():
		p.TimestampType = LogAppendTime
	}
	if b.hasProducer() {
		p.producer, p.epoch = b.producerID, int16be(b.raw, atProducerEpoch)
		p.ProducerID, p.ProducerEpoch = &p.producer, &p.epoch
	}
}

// fill makes the page say what the iterator stands on.
func (p *page) fill(it *entries, of fate) error {
	e := it.entry
	p.timestamp = e.timestamp
	p.Offset, p.TimestampMs = it.offset(), known(&p.timestamp, noTimestamp)
	p.Key, p.Value, p.Headers = e.key, e.value, e.headers
	if p.ProducerID != nil {
		p.fillSequence(it)
	}
	if of != marker {
		return nil
	}
	var err error
	p.control, err = it.controlType()
	p.Control = &p.control
	return err
}

func (p *page) fillSequence(it *entries) {
	if first := int32be(it.batch.raw, atBaseSequence); first >= 0 {
		p.sequence = sequenceAfter(first, int32(it.entry.delta))
		p.Sequence = &p.sequence
	}
}

// sequenceAfter is the number that stands n after first; 0 follows the greatest
// int32 (DefaultRecordBatch.incrementSequence).
func sequenceAfter(first, n int32) int32 {
	return int32((int64(first) + int64(n)) % (math.MaxInt32 + 1))
}
