package history

import (
	"time"

	"github.com/kofs/kofs/inspect"
)

// EventKind is spelled as in the JSON documents.
type EventKind string

// The kinds of an event.
const (
	EventCommit             EventKind = "commit"
	EventRewind             EventKind = "rewind"
	EventForward            EventKind = "forward"
	EventRebalance          EventKind = "rebalance"
	EventMemberJoined       EventKind = "member_joined"
	EventMemberLeft         EventKind = "member_left"
	EventMemberTimedOut     EventKind = "member_timed_out"
	EventAssigned           EventKind = "assigned"
	EventRevoked            EventKind = "revoked"
	EventOffsetDeleted      EventKind = "offset_deleted"
	EventOffsetExpired      EventKind = "offset_expired"
	EventGroupDeleted       EventKind = "group_deleted"
	EventTransactionPending EventKind = "transaction_pending"
	EventTransactionAborted EventKind = "transaction_aborted"
)

// Event is one line of a timeline.
type Event struct {
	At time.Time
	// Until is the time of a run's last commit; nil for all else.
	Until *time.Time
	Kind  EventKind
	// Partition is nil for events of the whole group.
	Partition *inspect.TopicPartition
	// From is the offset committed before; To the one committed last.
	From, To *int64
	// Count is the number of commits in a run, of partitions in a move, 1 for all else.
	Count    int64
	Interval *time.Duration
	// Generation is the generation or epoch of the group; nil when not known.
	Generation    *int32
	MemberID      *string
	Transactional bool
	// Detail says in words what the fields do not; "" when there is nothing to add.
	Detail string
	// Position orders events of the same time, as in [Commit].
	Position int64
}
