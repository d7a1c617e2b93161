package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/lag"
)

// writeLag shows the report in the format that was asked for.
func (a *app) writeLag(r lag.Report, faults []inspect.BrokerFault) error {
	doc := newLagDoc(r, faults)
	switch a.global.format {
	case "json":
		return a.writeDoc(doc)
	case "jsonl":
		return a.writeLagLines(doc)
	case "csv":
		a.warnBrokers(faults)
		return writeCSV(a, doc.lines())
	}
	if err := a.writeTable(lagTable(a, r)); err != nil {
		return err
	}
	for _, g := range r.Groups {
		if err := output.Line(a.Out, "%s", lagTotal(g)); err != nil {
			return err
		}
	}
	a.warnBrokers(faults)
	return nil
}

func (a *app) writeLagLines(doc lagDoc) error {
	for _, line := range doc.lines() {
		if err := output.WriteJSONLine(a.Out, line); err != nil {
			return err
		}
	}
	return nil
}

// lagRow is a partition of a group in the tables of lag and inspect.
type lagRow struct {
	lag.Partition
	group     string
	isolation inspect.Isolation
}

func lagRows(groups []lag.Group, isolation inspect.Isolation) []lagRow {
	var rows []lagRow
	for _, g := range groups {
		for _, p := range g.Partitions {
			rows = append(rows, lagRow{p, g.ID, isolation})
		}
	}
	return rows
}

// lagTable leaves out who reads a partition where nobody does.
func lagTable(a *app, r lag.Report) output.Table {
	rows := lagRows(r.Groups, r.Isolation)
	table := []column[lagRow]{
		{"GROUP", func(r lagRow) string { return r.group }, true},
		columnTopic(), columnPartition(), columnCommitted(), columnEnd(), columnLag(),
	}
	if a.global.isWide() || slices.ContainsFunc(rows, func(r lagRow) bool { return r.Member != nil }) {
		table = append(table, columnClientID(), columnHost())
	}
	wide := []column[lagRow]{
		columnLogStart(), columnLastStable(), columnLeaderEpoch(), columnMetadata(), columnMember(), columnInstance(),
	}
	return tableOf(rows, columns(a, table, wide))
}

// lagInWords is the lag, or why there is none.
func lagInWords(p lag.Partition) string {
	switch p.Condition {
	case inspect.ConditionOK:
		return strconv.FormatInt(*p.Lag, 10)
	case inspect.ConditionBeforeLogStart:
		return fmt.Sprintf("%d, %d lost", *p.Lag, *p.LostOffsets)
	case inspect.ConditionNoCommit:
		return "no commit"
	case inspect.ConditionPastEnd:
		return "past the end"
	case inspect.ConditionTopicMissing:
		return "topic missing"
	}
	return "unknown: " + p.Fault.Error()
}

func lagTotal(g lag.Group) string {
	if g.Fault != nil {
		return fmt.Sprintf("%s: %v", g.ID, g.Fault)
	}
	total := fmt.Sprintf("%s: %s, total lag %d", g.ID, describeGroup(g.Group), g.Total())
	if topics := g.Topics(); len(topics) > 1 {
		parts := make([]string, len(topics))
		for i, t := range topics {
			parts[i] = fmt.Sprintf("%s %d", t.Topic, t.Lag)
		}
		total += " (" + strings.Join(parts, ", ") + ")"
	}
	if n := g.Unknown(false); n > 0 {
		total += fmt.Sprintf(" and %d of %d partitions unknown", n, len(g.Partitions))
	}
	return total
}

// describeGroup is "classic, Empty".
func describeGroup(g inspect.Group) string {
	if g.Type == inspect.TypeUnknown {
		return string(g.State)
	}
	if g.Simple() {
		return "simple, " + string(g.State)
	}
	return string(g.Type) + ", " + string(g.State)
}
