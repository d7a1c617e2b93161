package main

import (
	"context"
	"fmt"
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
	case "csv":
		return writeCSV(a, doc.Groups)
	case "jsonl":
		for _, g := range doc.Groups {
			if err := output.WriteJSONLine(a.Out, g); err != nil {
				return err
			}
		}
		return nil
	}
	if len(doc.Groups) == 0 {
		a.warn(noGroups)
		return nil
	}
	return a.writeTable(tableOf(doc.Groups, groupColumns(o)))
}

// groupColumns has no more for -o wide: a listing knows no more.
func groupColumns(o groupsOptions) []column[groupDoc] {
	columns := []column[groupDoc]{
		{"GROUP", func(d groupDoc) string { return d.Group }, true},
		{"TYPE", groupDoc.kind, false},
		{"STATE", func(d groupDoc) string { return string(d.State) }, false},
		{"PROTOCOL TYPE", func(d groupDoc) string { return orDash(d.ProtocolType) }, false},
	}
	if o.lag {
		columns = append(columns, column[groupDoc]{"LAG", groupDoc.lagInWords, false})
	}
	return columns
}

func (d groupDoc) kind() string {
	if d.Type == nil {
		return "-"
	}
	return string(*d.Type)
}

func (d groupDoc) lagInWords() string {
	switch {
	case d.TotalLag == nil:
		return "unknown: " + d.Error.Error()
	case *d.UnknownPartitions > 0:
		return fmt.Sprintf("%d and %d unknown", *d.TotalLag, *d.UnknownPartitions)
	}
	return strconv.FormatInt(*d.TotalLag, 10)
}
