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
	for _, page := range []string{"README.md", "docs/quickstart.md"} {
		text, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		lines := regexp.MustCompile(`(?m)^\$ (kofs .*)$`).FindAllStringSubmatch(string(text), -1)
		if len(lines) == 0 {
			t.Fatalf("%s has no command line", page)
		}
		script := `topic orders 2
produce orders:0 30
produce orders:1 30
commit billing orders:0=25 orders:1=30
`
		for _, line := range lines {
			command := strings.ReplaceAll(line[1], "2026-11-22T09:00:00Z", "2026-01-02T03:00:10Z") // within the records of the script
			script += "exits 0 " + command + "\n"
		}
		name := strings.NewReplacer("/", "-", ".md", "").Replace(page)
		file := filepath.Join(t.TempDir(), "documented-"+name+".txtar")
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
}
