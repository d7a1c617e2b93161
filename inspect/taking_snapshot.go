package inspect

import (
	"slices"
	"time"
)

// topicFault is why the partition cannot be read: its topic's fault, or that
// the topic has no such partition.
func (t *taking) topicFault(p TopicPartition) *Fault {
	topic, asked := t.topics[p.Topic]
	switch {
	case !asked:
		return KafkaFault(CodeUnknownTopicOrPartition, "")
	case topic.Fault != nil:
		return topic.Fault
	case !slices.Contains(topic.Partitions, p.Partition):
		return KafkaFault(CodeUnknownTopicOrPartition, "")
	}
	return nil
}

func (t *taking) snapshot(at time.Time) Snapshot {
	s := Snapshot{At: at, Cluster: t.cluster}
	for _, id := range t.req.Groups {
		g := GroupSnapshot{Group: t.described[id], CommitsFault: t.commits[id].Fault}
		for _, p := range t.rows(id) {
			g.Partitions = append(g.Partitions, t.partition(g, p))
		}
		if len(t.req.Select) == 0 && g.CommitsFault == nil && g.bare() {
			g.CommitsFault = &Fault{Message: "no commit is to be seen: it has none, or DESCRIBE on its topics is missing"}
		}
		s.Groups = append(s.Groups, g)
	}
	return s
}

func (t *taking) partition(g GroupSnapshot, p TopicPartition) Partition {
	commit, log, instant := t.commits[g.ID].Commits[p], t.logs[p], t.instants[p]
	row := Partition{
		TopicPartition: p,
		TopicID:        t.topics[p.Topic].ID,
		Commit:         commit.Commit,
		Pending:        commit.Pending,
		Member:         g.MemberOf(p),
	}
	for _, fault := range []*Fault{g.CommitsFault, commit.Fault, t.topicFault(p), log.Fault, instant.Fault} {
		if row.Fault == nil {
			row.Fault = fault
		}
	}
	if t.topicFault(p) == nil && log.Fault == nil {
		row.Log = &log.Log
		if t.req.AtMs != nil && instant.Fault == nil {
			row.At = &instant.OffsetAt
		}
	}
	return row
}
