package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kofs/kofs/internal/kafkatest"
)

// Every command line of the documentation that begins with "$ kofs" is run, in
// its order, against a cluster with what the text speaks of. It must end well.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"README.md", "docs/quickstart.md"} {
		text, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		runDocumented(t, page, regexp.MustCompile(`(?m)^\$ (kofs .*)$`).FindAllStringSubmatch(string(text), -1))
	}
}

// So is every example in the help of a command, and so in docs/cli.
func TestExamplesOfTheHelp(t *testing.T) {
	t.Parallel()
	root, _ := commandTree()
	for _, cmd := range allCommands(root) {
		if cmd.IsAdditionalHelpTopicCommand() {
			continue
		}
		lines := regexp.MustCompile(`(?m)(kofs [^|)\n]*[^|)\s])`).FindAllStringSubmatch(cmd.Example, -1)
		runDocumented(t, cmd.CommandPath(), lines)
	}
}

// documentedEntry is the journal entry that the help speaks of; documentedWrite
// makes it, once, and its result.
const (
	documentedEntry = "20261122T093000.123Z-x7k2pq"
	documentedWrite = `exec kofs reset billing --topic orders:0 --to-offset 120 --execute --yes -o json
cp stdout result.json
last-entry ENTRY
`
)

// runDocumented runs command lines, the first group of each match.
func runDocumented(t *testing.T, where string, lines [][]string) {
	t.Helper()
	if len(lines) == 0 {
		t.Fatalf("%s has no command line", where)
	}
	script := `topic orders 2
topic __consumer_offsets 3
produce orders:0 130
produce orders:1 130
commit billing orders:0=125 orders:1=130
`
	for _, line := range lines {
		line[1] = strings.ReplaceAll(line[1], "--sample 60s", "--sample 10ms")
		command := strings.ReplaceAll(line[1], "2026-11-22T09:00:00Z", "2026-01-02T03:00:10Z") // within the records of the script
		writes := strings.Contains(command, "--execute") || strings.HasPrefix(command, "kofs apply ") && !strings.Contains(command, "--check")
		if writes && !strings.Contains(command, "--yes") {
			command += " --yes" // a script has no terminal to be asked on
		}
		if strings.Contains(command, documentedEntry) || command == "kofs undo" {
			if !strings.Contains(script, documentedWrite) {
				script += documentedWrite
			}
			command = strings.ReplaceAll(command, documentedEntry, "$ENTRY")
		}
		command, file, redirected := strings.Cut(command, " > ")
		script += "exits 0 " + command + "\n"
		if redirected {
			script += "cp stdout " + file + "\n"
		}
	}
	file := filepath.Join(t.TempDir(), "documented-"+strings.NewReplacer("/", "-", ".md", "", " ", "-").Replace(where)+".txtar")
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files: []string{file}, RequireExplicitExec: true, Cmds: scriptCommands(),
		Setup: func(env *testscript.Env) error {
			cluster, err := kafkatest.StartEmbedded(kafkatest.EmbeddedOptions{})
			if err != nil {
				return err
			}
			env.Defer(cluster.Close)
			return setupScript(env, cluster.Addrs(), cluster)
		},
	})
}
