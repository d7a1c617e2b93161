package reset

import "github.com/kofs/kofs/inspect"

// PlanSchema names the document of a plan.
const PlanSchema = "kofs/plan/v1"

// Plan is what a reset would write: the document of a preview. It is made by
// [New] and holds what is needed to check later that nothing moved.
type Plan struct {
	Schema         string            `json:"schema"`
	MinReader      int               `json:"min_reader"`
	ID             string            `json:"id"`
	Digest         string            `json:"digest"` // of everything else, against accidental edits
	CreatedAt      string            `json:"created_at"`
	ClusterID      string            `json:"cluster_id"`
	Group          string            `json:"group"`
	GroupType      inspect.GroupType `json:"group_type"`
	ProtocolType   string            `json:"protocol_type"`
	GroupState     inspect.State     `json:"group_state"`
	IsolationLevel inspect.Isolation `json:"isolation_level"`
	Target         TargetDoc         `json:"target"`
	Blockers       []Blocker         `json:"blockers"`
	NotInScope     []PartitionDoc    `json:"not_in_scope"`
	// DeletesGroup says that the group itself goes, with all its commits.
	DeletesGroup bool     `json:"deletes_group"`
	Changes      []Change `json:"changes"`
	Totals       Totals   `json:"totals"`
}

// TargetDoc is a target in a plan.
type TargetDoc struct {
	Kind      Kind    `json:"kind"`
	Value     *string `json:"value"`
	Instant   *string `json:"instant"`
	InstantMs *int64  `json:"instant_ms"`
}

// PartitionDoc is a partition in a document.
type PartitionDoc struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

// Blocker is why applying the plan would be refused just now.
type Blocker struct {
	Reason  Reason      `json:"reason"`
	Message string      `json:"message"`
	Members []MemberDoc `json:"members"`
	// Override is what --override takes to go on all the same; "" if nothing does.
	Override Override `json:"override"`
	// Hint is what the user can do.
	Hint string `json:"hint"`
}

// MemberDoc is a member that is in the way.
type MemberDoc struct {
	MemberID        string  `json:"member_id"`
	ClientID        string  `json:"client_id"`
	Host            string  `json:"host"`
	GroupInstanceID *string `json:"group_instance_id"`
}

// Effect is what a change does to the group's reading.
type Effect string

// The effects.
const (
	Replay    Effect = "replay"     // back: the records in between are consumed again
	Skip      Effect = "skip"       // forward: the records in between are never read
	FirstRead Effect = "first_read" // there was no commit: the records from the new offset on are read
	Kept      Effect = "kept"       // would have moved forward, and stays
	None      Effect = "none"       // stays, or cannot be read (see Error)
	Delete    Effect = "delete"     // the commit is deleted: auto.offset.reset decides where a consumer begins
)

// Change is one partition of a plan.
type Change struct {
	Topic                string           `json:"topic"`
	TopicID              *inspect.TopicID `json:"topic_id"`
	Partition            int32            `json:"partition"`
	CommittedOffset      *int64           `json:"committed_offset"`
	CommittedLeaderEpoch *int32           `json:"committed_leader_epoch"`
	CommittedMetadata    *string          `json:"committed_metadata"`
	NewOffset            *int64           `json:"new_offset"`
	// NewLeaderEpoch and NewMetadata go with the new offset. Only an undo has them:
	// a reset commits no leader epoch, and no metadata but a reason.
	NewLeaderEpoch   *int32            `json:"new_leader_epoch"`
	NewMetadata      *string           `json:"new_metadata"`
	Condition        inspect.Condition `json:"condition"`
	LogStartOffset   *int64            `json:"log_start_offset"`
	LastStableOffset *int64            `json:"last_stable_offset"`
	HighWatermark    *int64            `json:"high_watermark"`
	Effect           Effect            `json:"effect"`
	// Span is the number of offsets in the range, at least 0: an upper bound of
	// the records. Nil when the row could not be read.
	Span *int64 `json:"span"`
	// Records is the number that a consumer of the plan's isolation level is
	// given; nil when it was not counted to the end, then RecordsAtMost is set.
	Records                *int64         `json:"records"`
	RecordsReadUncommitted *int64         `json:"records_read_uncommitted"`
	RecordsReadCommitted   *int64         `json:"records_read_committed"`
	RecordsAtMost          *int64         `json:"records_at_most"`
	Exact                  bool           `json:"exact"`
	BytesRead              int64          `json:"bytes_read"`
	Clamped                bool           `json:"clamped"`
	FirstRecord            *RecordDoc     `json:"first_record"`
	LastRecord             *RecordDoc     `json:"last_record"`
	Notes                  []string       `json:"notes"`
	Error                  *inspect.Fault `json:"error"`
}

// RecordDoc is the place of one record in a document.
type RecordDoc struct {
	Offset      int64   `json:"offset"`
	TimestampMs *int64  `json:"timestamp_ms"`
	Timestamp   *string `json:"timestamp"`
}

// Totals are the sums over the changes. A number of records is null when a row
// of its effect is not exact; the sum that holds at most is then set instead.
type Totals struct {
	ReplayRecords          *int64 `json:"replay_records"`
	ReplayRecordsAtMost    *int64 `json:"replay_records_at_most"`
	ReplaySpan             int64  `json:"replay_span"`
	SkipRecords            *int64 `json:"skip_records"`
	SkipRecordsAtMost      *int64 `json:"skip_records_at_most"`
	SkipSpan               int64  `json:"skip_span"`
	FirstReadRecords       *int64 `json:"first_read_records"`
	FirstReadRecordsAtMost *int64 `json:"first_read_records_at_most"`
	FirstReadSpan          int64  `json:"first_read_span"`
	// UnknownRows is how many rows are not exact or could not be read.
	UnknownRows int  `json:"unknown_rows"`
	Exact       bool `json:"exact"`
}

// At is the partition of the change.
func (c Change) At() inspect.TopicPartition {
	return inspect.TopicPartition{Topic: c.Topic, Partition: c.Partition}
}

// Writes reports whether the change needs a write: it moves the committed offset,
// makes the first one, or deletes it.
func (c Change) Writes() bool {
	return c.Error == nil && (c.Effect == Replay || c.Effect == Skip || c.Effect == FirstRead || c.Effect == Delete)
}

// Unreadable are the changes that could not be planned.
func (p Plan) Unreadable() []Change {
	var rows []Change
	for _, c := range p.Changes {
		if c.Error != nil {
			rows = append(rows, c)
		}
	}
	return rows
}

// Skips reports whether the plan moves a partition forward.
func (p Plan) Skips() bool {
	for _, c := range p.Changes {
		if c.Effect == Skip {
			return true
		}
	}
	return false
}

// BytesRead is what the counts of the plan have read.
func (p Plan) BytesRead() int64 {
	var n int64
	for _, c := range p.Changes {
		n += c.BytesRead
	}
	return n
}

// Writes is how many partitions the plan would write.
func (p Plan) Writes() int {
	n := 0
	for _, c := range p.Changes {
		if c.Writes() {
			n++
		}
	}
	return n
}
