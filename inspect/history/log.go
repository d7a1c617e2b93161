package history

import (
	"time"

	"github.com/kofs/kofs/inspect"
)

// Source says where a history comes from, as the JSON documents spell it.
type Source string

// The two sources.
const (
	SourceOffsetLog Source = "offset_log" // the group's partition of __consumer_offsets
	SourceSample    Source = "sample"     // the coordinator, asked again and again
)

// Log is the history of one group. All lists are in the order of the log, which
// is that of time as long as the clocks of the coordinators agree.
type Log struct {
	Group  string
	Source Source
	// Partition of __consumer_offsets that was read; nil for a sample.
	Partition *inspect.TopicPartition
	// CompleteSince is when the part begins from which nothing is missing: the start
	// of what was asked for, the first record after the last gap that compaction
	// left, or the oldest thing that was kept within the limits, whichever is the
	// latest. Nil when no record was read.
	CompleteSince *time.Time
	// Why says in words what bounds CompleteSince.
	Why string
	// Until is when the reading ended: nothing later is in the log. It is the
	// time of the last record that was read, of whatever group; nil without one.
	Until *time.Time

	Runs       []Run
	Rebalances []Rebalance
	Moves      []Move
	Members    []MemberChange
	Deletions  []Deletion
	// Aborted are offsets of transactions that were aborted; Pending those of
	// transactions of which no end was read.
	Aborted []TransactionalCommit
	Pending []TransactionalCommit

	// Now is what the log says last: the group's committed offsets, without those
	// that were deleted, in the order of partitions.
	Now []Current
	// Last is the group as its last metadata record says it; nil if none was read.
	Last *Rebalance

	// Records is how many records were read, of all groups; OfGroup those of this
	// one. Control records are in neither.
	Records, OfGroup int64
	// Unknown counts the group's records that were not understood, by type of key:
	// newer types, versions, and malformed ones. [TypeNone] stands for keys too short to have one.
	Unknown map[int16]int64
	// Other counts the group's records of known types that no history is made of,
	// such as those of share and streams groups.
	Other map[int16]int64
	// Dropped is how many of the oldest entries of the lists were given up to stay
	// within the limits.
	Dropped int64
}

// Current is what one partition's last commit says.
type Current struct {
	inspect.TopicPartition
	Commit
}

// Commit is one committed offset as it stands in the offset log.
type Commit struct {
	// At is the broker's time of the commit request, in UTC.
	At time.Time
	// Position is the offset of the record in __consumer_offsets; in a sample, the
	// number of the poll that saw it first, from 0.
	Position int64
	Offset   int64
	// LeaderEpoch is nil when the committer gave none.
	LeaderEpoch *int32
	Metadata    string
	// Transactional commits came to count at SettledAt, when the transaction was committed.
	Transactional bool
	SettledAt     *time.Time
	// ExpiresAt is nil unless the commit request named a retention (OffsetCommit v2 to v4).
	ExpiresAt *time.Time
}

// RunKind says what the first commit of a run did, as the JSON documents spell it.
type RunKind string

// The kinds of a run.
const (
	RunCommit  RunKind = "commit"  // onward, or the first known one
	RunRewind  RunKind = "rewind"  // to a lower offset
	RunForward RunKind = "forward" // onward, while the group had no members
)

// Run is one or more commits of one partition in a row, none going back. It ends
// before a rewind, a rebalance, a deletion, a change between transactional and
// plain, and where the group gains or loses its last member: First and Last are
// therefore exactly the commits after and before each of these. A run that
// begins with a rewind or a forward jump is the one commit that did it.
type Run struct {
	inspect.TopicPartition
	Kind        RunKind
	First, Last Commit // the same when Count is 1
	Count       int64
	// Advanced is the last commit whose offset differs from the one before: a
	// consumer that has nothing to read commits the same offset again and again.
	Advanced Commit
	// From is the offset committed before First; nil when not known or none.
	From *int64
	// LastGap is the time between the last two commits of the run; 0 with one commit.
	LastGap time.Duration
	// MaxGap is the longest time between two commits of the run; 0 with one commit.
	MaxGap time.Duration
	// Generation is the group's generation or epoch at the time; nil when not known.
	Generation *int32
	// Membership is whether the group had members at the time.
	Membership Membership
}

// Interval is the mean time between two commits of the run; nil with only one.
func (r Run) Interval() *time.Duration {
	if r.Count < 2 {
		return nil
	}
	return new(r.Last.At.Sub(r.First.At) / time.Duration(r.Count-1))
}

// Confidence is how sure an inference is, as the JSON documents spell it.
type Confidence string

// The grades.
const (
	Certain  Confidence = "certain"
	Likely   Confidence = "likely"
	Possible Confidence = "possible"
)

// MemberChangeKind is spelled as the kind of the event.
type MemberChangeKind string

// What may happen to a member.
const (
	MemberJoined   MemberChangeKind = "member_joined"
	MemberLeft     MemberChangeKind = "member_left"
	MemberTimedOut MemberChangeKind = "member_timed_out"
)

// MemberChange is a member that came or went. That it went is certain; the log
// does not say whether it left or timed out, so Kind is inferred from how long
// its partitions had been silent.
type MemberChange struct {
	At         time.Time
	Position   int64
	Kind       MemberChangeKind
	Confidence Confidence // of Kind
	Generation *int32     // the first one with, or without, the member
	Member     Member     // as it was last described
	// LastCommit is the latest commit in the partitions that it had; nil for a
	// join, and when none was read since it had them.
	LastCommit *Commit
	// Silence is the time from LastCommit to At; nil like LastCommit.
	Silence *time.Duration
	// Interval is the mean time between commits of its partitions before; nil when
	// there were fewer than two.
	Interval *time.Duration
}

// DeletionKind is spelled as the kind of the event.
type DeletionKind string

// The kinds of a deletion.
const (
	OffsetDeleted DeletionKind = "offset_deleted" // by somebody, or with its topic
	OffsetExpired DeletionKind = "offset_expired" // by the broker, after the retention
	GroupDeleted  DeletionKind = "group_deleted"
)

// Deletion is a committed offset, or the group, that is no more. That it was
// deleted is certain; why is inferred from ages, see Confidence.
type Deletion struct {
	At         time.Time
	Position   int64
	Kind       DeletionKind
	Confidence Confidence // of Kind
	// Partition is nil when it is the group that was deleted.
	Partition *inspect.TopicPartition
	// Last is the commit that was deleted; nil when it was not read.
	Last *Commit
	// Detail says in words why it is called so.
	Detail string
}

// TransactionalCommit is an offset that a transaction would have committed, or may yet.
type TransactionalCommit struct {
	inspect.TopicPartition
	Commit
	ProducerID int64
	// From is the offset that was committed when the transaction was aborted; nil
	// when none was, and while it is open.
	From *int64
	// AbortedAt is the time of the marker; nil while the transaction is open.
	AbortedAt *time.Time
}

// CannotSee says in words what a history of this source never tells.
func (l Log) CannotSee() []string {
	if l.Source == SourceSample {
		return []string{
			"commits that were followed by another one before the next poll, and those that repeat an offset",
			"the generations of a classic group, and rebalances between two polls",
			"what happened before the first poll",
		}
	}
	return []string{
		"who committed: the log records no member, no client and no address",
		"rebalances that were begun and not completed, and why one was begun",
		"whether a member left or timed out: that is inferred from the silence of its partitions",
		"what compaction removed",
	}
}
