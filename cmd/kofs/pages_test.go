package main

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kofs/kofs/internal/export"
	"github.com/kofs/kofs/reset"
)

var update = flag.Bool("update", false, "write the generated pages anew")

func exitCodesPage() string {
	var b strings.Builder
	b.WriteString("# Exit codes and reasons\n\nMade from `cmd/kofs/exit.go` by `make docs`.\n\n| code | meaning |\n| --- | --- |\n")
	for _, c := range exitCodes() {
		fmt.Fprintf(&b, "| %d | %s |\n", c.code, c.meaning)
	}
	b.WriteString(`
Where several apply, the one named first here wins: 6, 4, 5, 3, 1. Exit 5 is no
error: the document on standard output shows what holds.

With JSON output a command that fails writes one line to standard error, the
last: a ` + "`kofs/error/v1`" + ` document with the exit code, and one of these reasons.

| reason | meaning |
| --- | --- |
`)
	for _, r := range reasons() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", r.reason, r.meaning)
	}
	return b.String()
}

// Every code has a script that provokes it.
func TestEveryExitCodeHasAScript(t *testing.T) {
	entries, err := os.ReadDir("testdata/script")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, entry := range entries {
		text, err := os.ReadFile("testdata/script/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^exits (\d+) `).FindAllStringSubmatch(string(text), -1) {
			seen[m[1]] = true
		}
	}
	elsewhere := map[int]bool{exitUnknown: true, exitInterrupted: true, exitTerminated: true} // they need faults and signals: *_test.go
	for _, c := range exitCodes() {
		if !seen[fmt.Sprint(c.code)] && !elsewhere[c.code] {
			t.Errorf("no script exits with %d", c.code)
		}
	}
}

// Every field of every document stands in docs/json.md, in the section of its
// document, and nothing else does.
func TestJSONPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		title, body, _ := strings.Cut(section, "\n")
		sections[strings.Trim(title, "`")] = body
	}
	for name, doc := range map[string]any{
		"kofs/groups/v1": groupsDoc{}, "kofs/inspect/v1": inspectDoc{}, "kofs/lag/v1": lagDoc{}, "kofs/plan/v1": reset.Plan{},
		"kofs/result/v1": reset.Result{}, "kofs/error/v1": errorDoc{}, "kofs/version/v1": versionDoc{}, "kofs/records/v1": recordsPage{},
		"kofs/snapshot/v1": reset.SnapshotDoc{}, "kofs/journal-list/v1": journalDoc{}, "kofs/journal-entry/v1": entryDoc{},
		"kofs/duplicates/v1": duplicatesPage{}, "kofs/duplicates-summary/v1": duplicatesSummaryDoc{},
		"kofs/history/v1": historyDoc{}, "kofs/explain/v1": explainDoc{}, "kofs/plans/v1": plansDoc{}, "kofs/results/v1": resultsDoc{},
		"kofs/record-keys/v1": recordKeysDoc{}, "kofs/record-timeline/v1": recordTimelineDoc{},
		"kofs/export/v1": export.Checkpoint{},
	} {
		body, ok := sections[name]
		if !ok {
			t.Errorf("docs/json.md has no section %s", name)
			continue
		}
		fields := map[string]bool{}
		collect(reflect.TypeOf(doc), "", fields)
		for field := range fields {
			if !strings.Contains(body, "| `"+field+"` |") {
				t.Errorf("%s: field %s is not in docs/json.md", name, field)
			}
		}
		for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(body, -1) {
			if !fields[m[1]] {
				t.Errorf("%s: docs/json.md has a field %s that is not there", name, m[1])
			}
		}
	}
}

// described reports whether a document's part is described where it stands, though
// it is a document, or a part of one, elsewhere too.
func described(prefix string) bool { return prefix == "entries[]." || prefix == "totals." }

// recordsPage is the document that recordsView writes piece by piece.
type recordsPage struct {
	Schema  string      `json:"schema"`
	Records []recordDoc `json:"records"`
}

// duplicatesPage is the document that writeDuplicatesJSON writes piece by piece.
type duplicatesPage struct {
	Schema  string               `json:"schema"`
	Sets    []duplicateSetDoc    `json:"sets"`
	Summary duplicatesSummaryDoc `json:"summary"`
}

// collect gathers the paths of the fields, such as groups[].partitions[].lag.
// Errors have the same three fields everywhere and are described once.
func collect(t reflect.Type, prefix string, fields map[string]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.Name() == "Fault" || t.Name() == "Time" {
		return
	}
	if prefix != "" && slices.Contains([]string{"Plan", "Result", "Totals", "journalEntryDoc", "errorDoc", "duplicatesSummaryDoc"}, t.Name()) && !described(prefix) {
		return // has a section of its own
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous {
			collect(f.Type, prefix, fields)
			continue
		}
		path := prefix + name
		fields[path] = true
		suffix := "."
		if f.Type.Kind() == reflect.Slice {
			suffix = "[]."
		}
		collect(f.Type, path+suffix, fields)
	}
}
