//go:build integration

package compatibility

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
)

var update = flag.Bool("update", false, "write docs/compatibility.md anew")

// The page says what was seen, and is held against what is seen now.
func TestThePageSaysWhatIsSeen(t *testing.T) {
	program, err := kafkatest.BuildKofs(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var columns []column
	for _, version := range kafkatest.KafkaVersions() {
		t.Run(version, func(t *testing.T) { columns = append(columns, look(t, program, version)) })
	}
	if t.Failed() {
		return
	}
	root, err := kafkatest.ProjectRoot()
	if err != nil {
		t.Fatal(err)
	}
	file, got := filepath.Join(root, "docs", "compatibility.md"), page(columns)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("docs/compatibility.md says something else; -update writes it anew:\n%s", got)
	}
}

// column is what was seen on one version: cells by row, and the requests sent.
type column struct {
	version  string
	cells    map[string]string
	requests map[string][]string // versions by name
}

const introduction = `# Kafka versions

What kofs did on each version of Apache Kafka: one broker of that version, every
command, on groups that a consumer other than kofs had made. 4.3.1 and 3.9.1 ran
with KRaft, 2.8.2 with ZooKeeper, all with the group protocols that they have
switched on by default. Older brokers than 2.8 are not tried.

Made by a test on real brokers, which fails when it sees something else:
` + "`make compatibility`" + ` writes it anew.

`

const footnotes = `
A broker before 3.8 does not tell the type of a group in its list: ` + "`kofs groups`" + `
then shows ` + "`-`" + ` (JSON: null). ` + "`kofs inspect`" + ` asks the group's coordinator and
knows it all the same.

With the topic id in the commit a broker refuses to write to a topic that was
deleted and created again after the last look. Without it kofs looks at the id
right before the commit, and a moment remains.

## Requests

The version of each request that was sent, as ` + "`-v`" + ` lists them.

`

func page(columns []column) string {
	var b strings.Builder
	b.WriteString(introduction)
	writeTable(&b, "", columns, rows(), func(c column, row string) string { return c.cells[row] })
	b.WriteString(footnotes)
	writeTable(&b, "request", columns, requests(), func(c column, name string) string {
		if versions, sent := c.requests[name]; sent {
			return strings.Join(versions, ", ")
		}
		return "not sent"
	})
	return b.String()
}

// writeTable writes a column for each version.
func writeTable(b *strings.Builder, corner string, columns []column, rows []string, cell func(c column, row string) string) {
	fmt.Fprintf(b, "| %s |", corner)
	for _, c := range columns {
		fmt.Fprintf(b, " %s |", c.version)
	}
	b.WriteString("\n|" + strings.Repeat(" --- |", len(columns)+1) + "\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %s |", row)
		for _, c := range columns {
			fmt.Fprintf(b, " %s |", cell(c, row))
		}
		b.WriteString("\n")
	}
}

// requests are those that the page lists, in the order in which they are sent.
func requests() []string {
	return []string{
		"ApiVersions", "Metadata", "FindCoordinator", "ListGroups", "ConsumerGroupDescribe", "DescribeGroups",
		"OffsetFetch", "ListOffsets", "Fetch", "OffsetCommit",
	}
}
