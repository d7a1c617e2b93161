package main

import (
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/lag"
)

type lagDoc struct {
	Schema         string            `json:"schema"`
	ClusterID      string            `json:"cluster_id"`
	At             string            `json:"at"`
	IsolationLevel inspect.Isolation `json:"isolation_level"`
	Incomplete     bool              `json:"incomplete"`
	Errors         []brokerErrorDoc  `json:"errors"`
	Groups         []lagGroupDoc     `json:"groups"`
}

type lagGroupDoc struct {
	Group             string             `json:"group"`
	Type              *inspect.GroupType `json:"type"`
	ProtocolType      string             `json:"protocol_type"`
	State             inspect.State      `json:"state"`
	Simple            bool               `json:"simple"`
	TotalLag          *int64             `json:"total_lag"`
	UnknownPartitions int                `json:"unknown_partitions"`
	Error             *inspect.Fault     `json:"error"`
	Partitions        []partitionDoc     `json:"partitions"`
}

// partitionDoc is a partition of a group in the documents of lag and inspect.
type partitionDoc struct {
	Topic                string            `json:"topic"`
	Partition            int32             `json:"partition"`
	CommittedOffset      *int64            `json:"committed_offset"`
	CommittedLeaderEpoch *int32            `json:"committed_leader_epoch"`
	CommittedMetadata    *string           `json:"committed_metadata"`
	LogStartOffset       *int64            `json:"log_start_offset"`
	LastStableOffset     *int64            `json:"last_stable_offset"`
	HighWatermark        *int64            `json:"high_watermark"`
	Lag                  *int64            `json:"lag"`
	LostOffsets          *int64            `json:"lost_offsets"`
	Condition            inspect.Condition `json:"condition"`
	Error                *inspect.Fault    `json:"error"`
	MemberID             *string           `json:"member_id"`
	ClientID             *string           `json:"client_id"`
	Host                 *string           `json:"host"`
}

// lagLineDoc is a line of jsonl: one partition, with its group.
type lagLineDoc struct {
	Group string `json:"group"`
	partitionDoc
}

func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

func newLagDoc(r lag.Report, faults []inspect.BrokerFault) lagDoc {
	doc := lagDoc{Schema: "kofs/lag/v1", ClusterID: r.ClusterID, At: formatTime(r.At), IsolationLevel: r.Isolation,
		Incomplete: r.Unread() || len(faults) > 0, Errors: brokerErrorDocs(faults), Groups: []lagGroupDoc{}}
	for _, g := range r.Groups {
		doc.Groups = append(doc.Groups, newLagGroupDoc(g))
	}
	return doc
}

func newLagGroupDoc(g lag.Group) lagGroupDoc {
	doc := lagGroupDoc{Group: g.ID, ProtocolType: g.ProtocolType, State: g.State, Simple: g.Simple(),
		TotalLag: totalLag(g), UnknownPartitions: g.Unknown(false), Error: g.Fault, Partitions: []partitionDoc{}}
	if g.Type != inspect.TypeUnknown {
		doc.Type = &g.Type
	}
	for _, p := range g.Partitions {
		doc.Partitions = append(doc.Partitions, newPartitionDoc(p))
	}
	return doc
}

// totalLag is nil for a group that could not be read: 0 would be a lie.
func totalLag(g lag.Group) *int64 {
	if g.Fault != nil {
		return nil
	}
	total := g.Total()
	return &total
}

func newPartitionDoc(p lag.Partition) partitionDoc {
	doc := partitionDoc{Topic: p.Topic, Partition: p.Partition.Partition, Lag: p.Lag, LostOffsets: p.LostOffsets, Condition: p.Condition, Error: p.Fault}
	if c := p.Commit; c != nil {
		doc.CommittedOffset, doc.CommittedLeaderEpoch, doc.CommittedMetadata = &c.Offset, c.LeaderEpoch, &c.Metadata
	}
	if l := p.Log; l != nil {
		doc.LogStartOffset, doc.LastStableOffset, doc.HighWatermark = &l.Start, &l.LastStable, &l.HighWatermark
	}
	if m := p.Member; m != nil {
		doc.MemberID, doc.ClientID, doc.Host = &m.ID, &m.ClientID, &m.Host
	}
	return doc
}

// lines are the partitions of all groups, each with its group.
func (d lagDoc) lines() []lagLineDoc {
	var lines []lagLineDoc
	for _, g := range d.Groups {
		for _, p := range g.Partitions {
			lines = append(lines, lagLineDoc{g.Group, p})
		}
	}
	return lines
}
