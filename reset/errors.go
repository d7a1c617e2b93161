package reset

import (
	"errors"

	"github.com/kofs/kofs/inspect"
)

// ErrNotSent says that a write certainly did not leave this machine.
var ErrNotSent = errors.New("not sent")

// Reason is why something was refused, as scripts read it. The list is closed;
// docs/exit-codes.md explains each.
type Reason string

// The reasons of a refusal.
const (
	GroupActive           Reason = "group_active"
	OutOfRange            Reason = "out_of_range"
	Drift                 Reason = "drift"
	WouldSkip             Reason = "would_skip"
	InstantInFuture       Reason = "instant_in_future"
	NoCommit              Reason = "no_commit"
	UnknownGroup          Reason = "unknown_group"
	UnknownTopic          Reason = "unknown_topic"
	InternalTopic         Reason = "internal_topic"
	PendingTransaction    Reason = "pending_transaction"
	AboveLastStableOffset Reason = "above_last_stable_offset"
	UnsupportedGroupType  Reason = "unsupported_group_type"
	Unreadable            Reason = "unreadable"
	Declined              Reason = "declined"
	UnsettledWrite        Reason = "unsettled_write"
	JournalInUse          Reason = "journal_in_use"
	UnknownEntry          Reason = "unknown_entry"
	WaitExpired           Reason = "wait_expired"
	GroupRanOn            Reason = "group_ran_on"
	TooManyGroups         Reason = "too_many_groups"
	OwnProcedure          Reason = "own_procedure"
	StandaloneConsumer    Reason = "standalone_consumer"
)

// RefuseUnknown turns an unknown group or topic, which for a reader is a failure,
// into the refusal of a reset; other errors are returned as they are.
func RefuseUnknown(err error) error {
	var group *inspect.UnknownGroupError
	var topic *inspect.UnknownTopicError
	switch {
	case errors.As(err, &group):
		return &Refusal{Reason: UnknownGroup, Group: group.Group, Message: group.Error(), Hint: group.Hint()}
	case errors.As(err, &topic):
		return &Refusal{Reason: UnknownTopic, Topic: topic.Scope.Topic, Message: topic.Error(), Hint: topic.Hint()}
	}
	return err
}

// Refusal is a decision not to write, or not to plan. Nothing was changed.
type Refusal struct {
	Reason    Reason
	Message   string
	Hint      string // what the user can do; "" if nothing
	Retryable bool   // the same command may work later
	Group     string
	Topic     string
	Partition *int32         // the first it is about, of Topic; nil if it is about the group or the topic
	Fault     *inspect.Fault // Kafka's answer behind it; nil if it is kofs's own decision
}

// Error is the message.
func (r *Refusal) Error() string { return r.Message }
