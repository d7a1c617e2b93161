package main

import (
	"fmt"

	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

type journalDoc struct {
	Schema  string            `json:"schema"`
	Entries []journalEntryDoc `json:"entries"`
}

// journalEntryDoc is an entry in a list.
type journalEntryDoc struct {
	ID         string      `json:"id"`
	Kind       reset.Write `json:"kind"`
	CreatedAt  string      `json:"created_at"`
	ClusterID  string      `json:"cluster_id"`
	Group      string      `json:"group"`
	Partitions int         `json:"partitions"`
	Status     string      `json:"status"`
	SettledBy  *string     `json:"settled_by"`
	Of         *string     `json:"of"`
	User       string      `json:"user"`
	Host       string      `json:"host"`
	Reason     *string     `json:"reason"`
}

// entryDoc is one entry in full.
type entryDoc struct {
	Schema string          `json:"schema"`
	Entry  journalEntryDoc `json:"entry"`
	Server string          `json:"server"`
	Plan   reset.Plan      `json:"plan"`
	Result *reset.Result   `json:"result"`
}

func newJournalEntryDoc(e reset.Entry) journalEntryDoc {
	doc := journalEntryDoc{ID: e.ID, Kind: e.Kind, CreatedAt: e.CreatedAt, ClusterID: e.Plan.ClusterID, Group: e.Plan.Group,
		Partitions: e.Plan.Writes(), Status: e.Status(), User: e.User, Host: e.Host}
	for text, field := range map[*string]**string{&e.Settled: &doc.SettledBy, &e.Of: &doc.Of, &e.Reason: &doc.Reason} {
		if *text != "" {
			*field = text
		}
	}
	return doc
}

func (a *app) showEntries(entries []reset.Entry) error {
	doc := journalDoc{Schema: "kofs/journal-list/v1", Entries: []journalEntryDoc{}}
	for _, e := range entries {
		doc.Entries = append(doc.Entries, newJournalEntryDoc(e))
	}
	switch {
	case a.global.format == "jsonl":
		for _, e := range doc.Entries {
			if err := output.WriteJSONLine(a.Out, e); err != nil {
				return err
			}
		}
		return nil
	case a.global.isJSON():
		return a.writeDoc(doc)
	case len(entries) == 0:
		a.warn("the journal is empty")
		return nil
	}
	t := output.Table{Header: []string{"ID", "KIND", "GROUP", "PARTITIONS", "STATUS", "CLUSTER", "USER"}, Shrink: []string{"GROUP", "CLUSTER", "USER"}}
	for _, e := range doc.Entries {
		status := e.Status
		if e.SettledBy != nil {
			status += ", settled by " + *e.SettledBy
		}
		t.Rows = append(t.Rows, []string{e.ID, string(e.Kind), e.Group, fmt.Sprint(e.Partitions), status, e.ClusterID, e.User + "@" + e.Host})
	}
	return a.writeTable(t)
}

func (a *app) showEntry(e reset.Entry) error {
	doc := entryDoc{Schema: "kofs/journal-entry/v1", Entry: newJournalEntryDoc(e), Server: e.Server, Plan: e.Plan, Result: e.Result}
	switch {
	case a.global.format == kafkaCSV:
		return reset.WriteOldOffsets(a.Out, e.Plan)
	case a.global.isJSON():
		return a.writeDoc(doc)
	}
	head := fmt.Sprintf("%s  %s of group %s on %s (%s), by %s@%s: %s", e.ID, e.Kind, e.Plan.Group, e.Server, e.Plan.ClusterID, e.User, e.Host, e.Status())
	if e.Reason != "" {
		head += "\nreason: " + e.Reason
	}
	if err := output.Line(a.Out, "%s", head); err != nil {
		return err
	}
	if err := a.writeTable(tableOf(reset.Pending(e).Partitions, columns(a, resultColumns(), wideResultColumns()))); err != nil {
		return err
	}
	if e.Unsettled() {
		return output.Line(a.Out, "not settled: kofs journal verify %s looks what became of it, kofs apply --resume %s finishes it, kofs undo %s takes it back", e.ID, e.ID, e.ID)
	}
	return nil
}
