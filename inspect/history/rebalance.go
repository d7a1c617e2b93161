package history

import (
	"time"

	"github.com/kofs/kofs/inspect"
)

// Membership is what is known about whether the group has members. With members a
// coordinator takes plain commits from these only; without, from anybody.
type Membership string

// What is known about members.
const (
	MembersUnknown Membership = "unknown" // no metadata record of the group was read yet
	MembersSome    Membership = "members"
	MembersNone    Membership = "none"
)

// Protocol is how a group shares out its partitions.
type Protocol string

// The protocols whose records make a history.
const (
	Classic  Protocol = "classic"  // JoinGroup and SyncGroup
	Consumer Protocol = "consumer" // KIP-848
)

// Rebalance is one generation of a classic group, or one epoch of a KIP-848 group.
// Rebalances that were begun and not completed leave only a gap in the numbers.
type Rebalance struct {
	// At is when it was completed (classic) or when the epoch was opened (KIP-848),
	// in UTC.
	At time.Time
	// Position is the offset of the record in __consumer_offsets, as in [Commit].
	Position   int64
	Protocol   Protocol
	Generation int32
	// Unnumbered says that Generation means nothing: coordinators do not tell that of
	// a classic group, so a sample has none.
	Unnumbered bool
	// ProtocolType is "consumer", "connect", ...; "" for KIP-848 and before a first join.
	ProtocolType string
	// Assignor is "range", "uniform", ...; "" when there is none or it is not recorded.
	Assignor string
	// Members as of this generation, with their assignment (for KIP-848 the target,
	// which [Move] shows being reached). None means that the last one has gone.
	Members []Member
	// Previous is the members of the generation before; PreviousKnown is false for
	// the first one that was read.
	Previous      []Member
	PreviousKnown bool
}

// Member is one member as a record of the group describes it.
type Member struct {
	ID string
	// InstanceID is group.instance.id of a static member, nil otherwise.
	InstanceID *string
	ClientID   string
	Host       string
	// SessionTimeout is nil for KIP-848 members: it is the group's configuration there.
	SessionTimeout *time.Duration
	// RebalanceTimeout is max.poll.interval.ms of a Java client; nil where a record
	// of version 0 does not say.
	RebalanceTimeout *time.Duration
	// Topics are those subscribed to; nil when the bytes are not those of a consumer.
	Topics []string
	// Assignment is in the order of partitions; nil when the bytes are not those of a consumer.
	Assignment []inspect.TopicPartition
}

// Move is a partition that was given to a member, or taken from one.
type Move struct {
	At         time.Time
	Position   int64
	Generation *int32
	inspect.TopicPartition
	// From is the member that had it last; nil when that is not known or nobody had
	// it. It may have been taken from that one earlier.
	From *Member
	// To is the member that it was given to; nil when it was only taken away.
	To *Member
}
