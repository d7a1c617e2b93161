package inspect

import (
	"cmp"
	"encoding/base64"
	"fmt"
)

// TopicPartition is a topic and the number of one of its partitions.
type TopicPartition struct {
	Topic     string
	Partition int32
}

// String is "orders:3".
func (p TopicPartition) String() string { return fmt.Sprintf("%s:%d", p.Topic, p.Partition) }

// Compare orders by topic (byte order), then by partition number.
func (p TopicPartition) Compare(q TopicPartition) int {
	return cmp.Or(cmp.Compare(p.Topic, q.Topic), cmp.Compare(p.Partition, q.Partition))
}

// TopicID tells a topic from an earlier one of the same name. The zero value
// means that the broker has none (below 2.8).
type TopicID [16]byte

// String is Kafka's form: URL-safe base64 without padding; "" for the zero value.
func (id TopicID) String() string {
	if id == (TopicID{}) {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// MarshalText is String, so that JSON has Kafka's form.
func (id TopicID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads Kafka's form.
func (id *TopicID) UnmarshalText(text []byte) error {
	raw, err := base64.RawURLEncoding.DecodeString(string(text))
	if err != nil || len(raw) != len(id) {
		return fmt.Errorf("%q is not a topic id", text)
	}
	copy(id[:], raw)
	return nil
}

// Isolation is what a consumer is given, and where it sees the end of a log.
type Isolation int8

const (
	// ReadUncommitted reads everything up to the high watermark, Kafka's default.
	ReadUncommitted Isolation = 0
	// ReadCommitted leaves out aborted records and ends at the last stable offset.
	ReadCommitted Isolation = 1
)

// String is the value of Kafka's isolation.level.
func (i Isolation) String() string {
	if i == ReadCommitted {
		return "read_committed"
	}
	return "read_uncommitted"
}

// MarshalText is String.
func (i Isolation) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// ParseIsolation reads a value of isolation.level.
func ParseIsolation(s string) (Isolation, error) {
	switch s {
	case "read_uncommitted":
		return ReadUncommitted, nil
	case "read_committed":
		return ReadCommitted, nil
	}
	return 0, fmt.Errorf("%q is not an isolation level: read_uncommitted or read_committed", s)
}

// UnmarshalText is ParseIsolation.
func (i *Isolation) UnmarshalText(text []byte) (err error) {
	*i, err = ParseIsolation(string(text))
	return err
}

// Commit is a group's committed offset in one partition.
type Commit struct {
	Offset      int64 // the next offset that the group will read
	LeaderEpoch *int32
	Metadata    string
}

// Log is where the log of one partition starts and ends at one moment.
type Log struct {
	Start         int64 // log start offset
	LastStable    int64 // last stable offset: the end for read_committed
	HighWatermark int64 // the end for read_uncommitted
}

// End is where a consumer of the isolation level stops.
func (l Log) End(i Isolation) int64 {
	if i == ReadCommitted {
		return l.LastStable
	}
	return l.HighWatermark
}

// OffsetAt is the answer to "the first record with a timestamp at or after an instant".
type OffsetAt struct {
	Offset      int64
	TimestampMs int64
	Found       bool // false: there is no such record, and the numbers mean nothing
}

// Partition is everything read about one partition of one group.
type Partition struct {
	TopicPartition
	TopicID TopicID
	Commit  *Commit // nil: no commit, or not read (see Fault)
	// Pending says that an open transaction holds an offset for the partition:
	// Commit is the last stable one, and may be replaced when the transaction ends.
	Pending bool
	Log     *Log      // nil: not read
	At      *OffsetAt // nil: not asked, or not read
	Member  *Member   // the member it is assigned to, nil if none
	Fault   *Fault    // the first thing that could not be read
}

// Condition is how a commit lies to the log.
type Condition string

// The conditions, as the JSON documents spell them.
const (
	ConditionOK             Condition = "ok"
	ConditionNoCommit       Condition = "no_commit"
	ConditionBeforeLogStart Condition = "before_log_start" // records were deleted before they were read
	ConditionPastEnd        Condition = "past_end"         // beyond the high watermark: auto.offset.reset will decide
	ConditionTopicMissing   Condition = "topic_missing"
	ConditionError          Condition = "error"
)

// Condition says how the commit lies to the log. It depends on the whole log,
// not on an isolation level: a commit between the last stable offset and the
// high watermark is ok.
func (p Partition) Condition() Condition {
	switch {
	case p.Fault.HasCode(CodeUnknownTopicOrPartition, CodeUnknownTopicID):
		return ConditionTopicMissing
	case p.Fault != nil || p.Log == nil:
		return ConditionError
	case p.Commit == nil:
		return ConditionNoCommit
	case p.Commit.Offset < p.Log.Start:
		return ConditionBeforeLogStart
	case p.Commit.Offset > p.Log.HighWatermark:
		return ConditionPastEnd
	}
	return ConditionOK
}
