package main

import (
	"fmt"
	"strings"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/lag"
)

type inspectDoc struct {
	Schema         string                  `json:"schema"`
	ClusterID      string                  `json:"cluster_id"`
	At             string                  `json:"at"`
	IsolationLevel inspect.Isolation       `json:"isolation_level"`
	Group          string                  `json:"group"`
	Type           *inspect.GroupType      `json:"type"`
	ProtocolType   string                  `json:"protocol_type"`
	State          inspect.State           `json:"state"`
	Simple         bool                    `json:"simple"`
	Assignor       *string                 `json:"assignor"`
	GroupEpoch     *int32                  `json:"group_epoch"`
	Coordinator    *brokerDoc              `json:"coordinator"`
	Error          *inspect.Fault          `json:"error"`
	Members        []memberDoc             `json:"members"`
	TotalLag       *int64                  `json:"total_lag"`
	Partitions     []partitionDoc          `json:"partitions"`
	Producers      []partitionProducersDoc `json:"producers"`
	Errors         []brokerErrorDoc        `json:"errors"`
	Findings       []findingDoc            `json:"findings"`
}

type brokerDoc struct {
	NodeID int32  `json:"node_id"`
	Host   string `json:"host"`
	Port   int32  `json:"port"`
}

type memberDoc struct {
	MemberID        string          `json:"member_id"`
	GroupInstanceID *string         `json:"group_instance_id"`
	ClientID        string          `json:"client_id"`
	Host            string          `json:"host"`
	MemberEpoch     *int32          `json:"member_epoch"`
	Assignment      []assignmentDoc `json:"assignment"`
}

type assignmentDoc struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

type findingDoc struct {
	Kind      inspect.FindingKind `json:"kind"`
	Topic     *string             `json:"topic"`
	Partition *int32              `json:"partition"`
	Message   string              `json:"message"`
}

// showInspect shows the snapshot's only group with what is to be said about it, and
// its producers if they were asked for.
func (a *app) showInspect(s inspect.Snapshot, producers *inspect.Producers, findings []inspect.Finding) error {
	report := lag.Compute(s, a.global.isolation, nil)
	computed := report.Groups[0]
	var err error
	switch {
	case a.global.isJSON():
		doc := newInspectDoc(report, computed, findings)
		doc.addProducers(producers)
		err = a.writeDoc(doc)
	case a.global.isCSV():
		err = writeCSV(a, newLagDoc(report, nil).lines())
	default:
		err = a.writeInspect(s, computed, producers, findings)
	}
	if err == nil && (report.Unread() || producers != nil && producers.Unread()) {
		return incomplete("not everything could be read")
	}
	return err
}

func newInspectDoc(r lag.Report, g lag.Group, findings []inspect.Finding) inspectDoc {
	group := newLagGroupDoc(g)
	doc := inspectDoc{Schema: "kofs/inspect/v1", ClusterID: r.ClusterID, At: formatTime(r.At), IsolationLevel: r.Isolation,
		Group: g.ID, Type: group.Type, ProtocolType: g.ProtocolType, State: g.State, Simple: g.Simple(), GroupEpoch: g.Epoch,
		Error: g.Fault, Members: []memberDoc{}, TotalLag: group.TotalLag, Partitions: group.Partitions, Errors: []brokerErrorDoc{}, Findings: []findingDoc{}}
	if g.Assignor != "" {
		doc.Assignor = &g.Assignor
	}
	if g.Coordinator != (inspect.Broker{}) {
		doc.Coordinator = &brokerDoc{g.Coordinator.NodeID, g.Coordinator.Host, g.Coordinator.Port}
	}
	for _, m := range g.Members {
		doc.Members = append(doc.Members, newMemberDoc(m))
	}
	for _, f := range findings {
		row := findingDoc{Kind: f.Kind, Message: f.Message}
		if f.Partition != nil {
			row.Topic, row.Partition = &f.Partition.Topic, &f.Partition.Partition
		}
		doc.Findings = append(doc.Findings, row)
	}
	return doc
}

func newMemberDoc(m inspect.Member) memberDoc {
	doc := memberDoc{m.ID, m.InstanceID, m.ClientID, m.Host, m.Epoch, []assignmentDoc{}}
	for _, p := range m.Assignment {
		doc.Assignment = append(doc.Assignment, assignmentDoc{p.Topic, p.Partition})
	}
	return doc
}

func (a *app) writeInspect(s inspect.Snapshot, g lag.Group, producers *inspect.Producers, findings []inspect.Finding) error {
	for _, line := range inspectHead(s, g.Group) {
		if err := output.Line(a.Out, "%s", line); err != nil {
			return err
		}
	}
	if err := a.writeMembers(g.Members); err != nil {
		return err
	}
	if err := a.writeTable(inspectTable(a, g)); err != nil {
		return err
	}
	if err := output.Line(a.Out, "%s", totalInWords(g)); err != nil {
		return err
	}
	if err := a.writeProducers(producers); err != nil {
		return err
	}
	for _, f := range findings {
		line := f.Message
		if f.Partition != nil {
			line = f.Partition.String() + ": " + line
		}
		if err := output.Line(a.Out, "%s", line); err != nil {
			return err
		}
	}
	return nil
}

func totalInWords(g lag.Group) string {
	if g.Fault != nil {
		return "total lag unknown: " + g.Fault.Error()
	}
	return fmt.Sprintf("total lag %d", g.Total())
}

func inspectHead(s inspect.Snapshot, g inspect.Group) []string {
	head := []string{fmt.Sprintf("%s  %s  on %s (%s)", g.ID, describeGroup(g), s.Cluster.Server, s.Cluster.ID)}
	if g.Fault != nil {
		return append(head, "not described: "+g.Fault.Error())
	}
	head = append(head, fmt.Sprintf("coordinator %d (%s:%d)", g.Coordinator.NodeID, g.Coordinator.Host, g.Coordinator.Port))
	var facts []string
	if g.ProtocolType != "" {
		facts = append(facts, "protocol type "+g.ProtocolType)
	}
	if g.Assignor != "" {
		facts = append(facts, "assignor "+g.Assignor)
	}
	if g.Epoch != nil {
		facts = append(facts, fmt.Sprintf("group epoch %d", *g.Epoch))
	}
	if len(facts) > 0 {
		head = append(head, strings.Join(facts, ", "))
	}
	return append(head, "")
}

func (a *app) writeMembers(members []inspect.Member) error {
	if len(members) == 0 {
		return nil
	}
	table := []column[inspect.Member]{
		{"MEMBER", memberInWords, true},
		{"CLIENT ID", func(m inspect.Member) string { return orDash(m.ClientID) }, true},
		{"HOST", func(m inspect.Member) string { return orDash(m.Host) }, true},
		{"ASSIGNMENT", func(m inspect.Member) string { return orDash(partitionsInWords(m.Assignment)) }, true},
	}
	wide := []column[inspect.Member]{{"MEMBER EPOCH", func(m inspect.Member) string { return numberOrDash(m.Epoch) }, false}}
	if err := a.writeTable(tableOf(members, columns(a, table, wide))); err != nil {
		return err
	}
	return output.Line(a.Out, "")
}

func memberInWords(m inspect.Member) string {
	if m.InstanceID == nil {
		return m.ID
	}
	return m.ID + " (static: " + *m.InstanceID + ")"
}

// inspectTable has no client and host: they stand above, with the members and
// their assignments.
func inspectTable(a *app, g lag.Group) output.Table {
	table := []column[lagRow]{columnTopic(), columnPartition(), columnCommitted(), columnLogStart(), columnEnd(), columnLag()}
	wide := []column[lagRow]{columnLastStable(), columnLeaderEpoch(), columnMetadata(), columnMember(), columnInstance(), columnClientID(), columnHost()}
	return tableOf(lagRows([]lag.Group{g}, a.global.isolation), columns(a, table, wide))
}
