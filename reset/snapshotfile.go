package reset

import (
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/document"
)

// SnapshotSchema names the document of a snapshot.
const SnapshotSchema = "kofs/snapshot/v1"

// SnapshotDoc is the committed offsets of a group at one time, as a file that
// --from-file takes back.
type SnapshotDoc struct {
	Schema       string            `json:"schema"`
	ClusterID    string            `json:"cluster_id"`
	At           string            `json:"at"`
	Group        string            `json:"group"`
	GroupType    inspect.GroupType `json:"group_type"`
	ProtocolType string            `json:"protocol_type"`
	GroupState   inspect.State     `json:"group_state"`
	Partitions   []SnapshotRow     `json:"partitions"`
}

// SnapshotRow is one committed offset. Partitions without one are left out.
type SnapshotRow struct {
	Topic                string           `json:"topic"`
	TopicID              *inspect.TopicID `json:"topic_id"`
	Partition            int32            `json:"partition"`
	CommittedOffset      int64            `json:"committed_offset"`
	CommittedLeaderEpoch *int32           `json:"committed_leader_epoch"`
	CommittedMetadata    string           `json:"committed_metadata"`
}

// NewSnapshot is the document of a snapshot of one group, and the partitions
// whose commit could not be read.
func NewSnapshot(s inspect.Snapshot, at time.Time) (doc SnapshotDoc, unread []inspect.Partition) {
	g := s.Groups[0]
	doc = SnapshotDoc{Schema: SnapshotSchema, ClusterID: s.Cluster.ID, At: at.UTC().Format(timestampForm),
		Group: g.ID, GroupType: g.Type, ProtocolType: g.ProtocolType, GroupState: g.State, Partitions: []SnapshotRow{}}
	for _, p := range g.Partitions {
		if p.Commit == nil {
			if p.Fault != nil {
				unread = append(unread, p)
			}
			continue
		}
		row := SnapshotRow{Topic: p.Topic, Partition: p.Partition, CommittedOffset: p.Commit.Offset,
			CommittedLeaderEpoch: p.Commit.LeaderEpoch, CommittedMetadata: p.Commit.Metadata}
		if p.TopicID != (inspect.TopicID{}) {
			row.TopicID = &p.TopicID
		}
		doc.Partitions = append(doc.Partitions, row)
	}
	return doc, unread
}

// ParseSnapshot reads the text of a snapshot, as strictly as a plan.
func ParseSnapshot(text []byte) (SnapshotDoc, error) {
	var s SnapshotDoc
	if err := document.Decode(text, &s); err != nil {
		return SnapshotDoc{}, err
	}
	switch {
	case s.Schema != SnapshotSchema:
		return SnapshotDoc{}, fmt.Errorf("its schema is %q, not %q", s.Schema, SnapshotSchema)
	case len(s.Partitions) > maxRows:
		return SnapshotDoc{}, fmt.Errorf("it has %d rows, more than %d", len(s.Partitions), maxRows)
	}
	for i, row := range s.Partitions {
		if row.CommittedOffset < 0 || row.Partition < 0 {
			return SnapshotDoc{}, fmt.Errorf("row %d: a negative number", i+1)
		}
	}
	return s, nil
}

// Offsets are the committed offsets of the snapshot.
func (s SnapshotDoc) Offsets() Offsets {
	offsets := Offsets{}
	for _, row := range s.Partitions {
		offsets[inspect.TopicPartition{Topic: row.Topic, Partition: row.Partition}] = row.CommittedOffset
	}
	return offsets
}
