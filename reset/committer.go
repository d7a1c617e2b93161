package reset

import (
	"context"

	"github.com/kofs/kofs/inspect"
)

// Committer is everything here that writes to a cluster. internal/cluster is one.
type Committer interface {
	// Commit sends ONE OffsetCommit to the group's coordinator, as an admin does:
	// without a member, generation -1, leader epoch as given (nil: -1). It never
	// sends again, whatever happens. Every row gets an answer: nil for stored, or
	// a fault. An error means that the outcome is unknown: the request was, or
	// may have been, sent, and no answer came. [ErrNotSent] is wrapped when it
	// certainly was not.
	Commit(ctx context.Context, group string, rows []CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error)
	// DeleteOffsets sends one OffsetDelete, under the same rules. A partition
	// without a commit is answered as deleted.
	DeleteOffsets(ctx context.Context, group string, partitions []inspect.TopicPartition) (map[inspect.TopicPartition]*inspect.Fault, error)
	// DeleteGroup sends one DeleteGroups for one group, under the same rules.
	DeleteGroup(ctx context.Context, group string) (*inspect.Fault, error)
}

// CommitRow is one partition of a commit.
type CommitRow struct {
	inspect.TopicPartition
	// TopicID, where not zero and where the coordinator speaks OffsetCommit v10,
	// makes the broker refuse a topic that was created again (UNKNOWN_TOPIC_ID).
	TopicID     inspect.TopicID
	Offset      int64
	LeaderEpoch *int32
	Metadata    string
}
