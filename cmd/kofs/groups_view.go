package main

import (
	"context"
	"strconv"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/lag"
)

type groupsDoc struct {
	Schema     string           `json:"schema"`
	ClusterID  string           `json:"cluster_id"`
	At         string           `json:"at"`
	Incomplete bool             `json:"incomplete"`
	Errors     []brokerErrorDoc `json:"errors"`
	Groups     []groupDoc       `json:"groups"`
}

type groupDoc struct {
	Group             string             `json:"group"`
	Type              *inspect.GroupType `json:"type"`
	ProtocolType      string             `json:"protocol_type"`
	State             inspect.State      `json:"state"`
	TotalLag          *int64             `json:"total_lag"`
	UnknownPartitions *int               `json:"unknown_partitions"`
	Error             *inspect.Fault     `json:"error"`
}

// showGroups shows the list, with the lag where it was asked for.
func (a *app) showGroups(ctx context.Context, c client, list inspect.GroupList, report *lag.Report, o groupsOptions) error {
	cluster, err := c.Cluster(ctx)
	if err != nil {
		return err
	}
	doc := groupsDoc{Schema: "kofs/groups/v1", ClusterID: cluster.ID, At: formatTime(a.now()), Incomplete: len(list.Faults) > 0, Errors: brokerErrorDocs(list.Faults), Groups: []groupDoc{}}
	for i, g := range list.Groups {
		row := groupDoc{Group: g.ID, ProtocolType: g.ProtocolType, State: g.State}
		if g.Type != inspect.TypeUnknown {
			row.Type = &g.Type
		}
		if report != nil && !row.addLag(report.Groups[i], o) {
			continue
		}
		doc.Incomplete = doc.Incomplete || row.Error != nil
		doc.Groups = append(doc.Groups, row)
	}
	if err := a.writeGroups(doc, o); err != nil {
		return err
	}
	a.warnBrokers(list.Faults)
	if doc.Incomplete {
		return incomplete("the list is not complete")
	}
	return nil
}

// addLag adds what was read about the group's partitions. It is false when the
// group has none in the scopes that were asked for.
func (d *groupDoc) addLag(g lag.Group, o groupsOptions) bool {
	if len(o.scopes) > 0 && len(g.Partitions) == 0 && g.Fault == nil {
		return false
	}
	d.Error = g.Fault
	if o.lag && g.Fault == nil {
		total, unknown := g.Total(), g.Unknown(false)
		d.TotalLag, d.UnknownPartitions = &total, &unknown
	}
	return true
}

func (a *app) writeGroups(doc groupsDoc, o groupsOptions) error {
	switch a.global.format {
	case "json":
		return a.writeDoc(doc)
	case "jsonl":
		for _, g := range doc.Groups {
			if err := output.WriteJSONLine(a.Out, g); err != nil {
				return err
			}
		}
		return nil
	}
	if len(doc.Groups) == 0 {
		a.warn("no groups")
		return nil
	}
	t := output.Table{Header: []string{"GROUP", "TYPE", "STATE", "PROTOCOL TYPE"}, Shrink: []string{"GROUP"}}
	if o.lag {
		t.Header = append(t.Header, "LAG")
	}
	for _, g := range doc.Groups {
		t.Rows = append(t.Rows, g.row(o))
	}
	return a.writeTable(t)
}

func (d groupDoc) row(o groupsOptions) []string {
	kind := "-"
	if d.Type != nil {
		kind = string(*d.Type)
	}
	row := []string{d.Group, kind, string(d.State), orDash(d.ProtocolType)}
	switch {
	case !o.lag:
	case d.TotalLag == nil:
		row = append(row, "unknown: "+d.Error.Error())
	case *d.UnknownPartitions > 0:
		row = append(row, strconv.FormatInt(*d.TotalLag, 10)+" and "+strconv.Itoa(*d.UnknownPartitions)+" unknown")
	default:
		row = append(row, strconv.FormatInt(*d.TotalLag, 10))
	}
	return row
}
