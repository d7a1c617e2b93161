package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/output"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// The pages that are made from the program are as the program says, and there
// are no others beside them.
func TestGeneratedPages(t *testing.T) {
	pages := generatedPages(t)
	for path, want := range pages {
		path = "../../docs/" + path
		if *update {
			writePage(t, path, want)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s is not what the program says (%v); run make docs", path, err)
		}
	}
	for _, dir := range []string{"cli", "man", "completion"} {
		files, err := os.ReadDir("../../docs/" + dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if _, made := pages[dir+"/"+file.Name()]; made {
				continue
			}
			t.Errorf("docs/%s/%s is made from nothing", dir, file.Name())
			if *update {
				if err := os.Remove(filepath.Join("../../docs", dir, file.Name())); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func writePage(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// commandTree is the tree of commands as run makes it, and what its commands print.
func commandTree() (*cobra.Command, *bytes.Buffer) {
	var out bytes.Buffer
	root := newRootCmd(&app{Streams: output.New(strings.NewReader(""), &out, io.Discard, output.Facts{}), getenv: func(string) string { return "" }, now: time.Now, zone: time.UTC})
	beStrict(root)
	return root, &out
}

// generatedPages are the pages by their path in docs.
func generatedPages(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{"exit-codes.md": exitCodesPage(), "csv.md": csvPage(t)}
	root, _ := commandTree()
	for _, cmd := range allCommands(root) {
		if cmd.IsAdditionalHelpTopicCommand() {
			continue
		}
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
		pages["cli/"+name+".md"] = commandPage(cmd)
		pages["man/"+name+".1"] = manPage(t, cmd)
	}
	for shell, file := range map[string]string{"bash": "kofs.bash", "zsh": "_kofs", "fish": "kofs.fish", "powershell": "kofs.ps1"} {
		root, out := commandTree()
		root.SetArgs([]string{"completion", shell})
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		pages["completion/"+file] = out.String()
	}
	return pages
}

// commandPage is the help of a command in Markdown.
func commandPage(cmd *cobra.Command) string {
	var page strings.Builder
	fmt.Fprintf(&page, "# %s\n\nMade from the program by `make docs`.\n", cmd.CommandPath())
	parts := regexp.MustCompile(`(?m)^([A-Z]+(?: [A-Z]+)?)$\n`).Split("\n"+helpText(cmd), -1)
	titles := regexp.MustCompile(`(?m)^([A-Z]+(?: [A-Z]+)?)$`).FindAllString(helpText(cmd), -1)
	fmt.Fprintf(&page, "\n%s.\n", strings.TrimSpace(parts[0]))
	for i, title := range titles {
		body := strings.TrimRight(parts[i+1], "\n")
		title = title[:1] + strings.ToLower(title[1:])
		if title == "Description" && !strings.Contains(body, "    ") {
			fmt.Fprintf(&page, "\n%s\n", regexp.MustCompile(`(?m)^  `).ReplaceAllString(body, ""))
			continue
		}
		fmt.Fprintf(&page, "\n## %s\n\n```\n%s\n```\n", title, body)
	}
	return page.String()
}

// manPage is cobra's, with the exit status and without a date.
func manPage(t *testing.T, cmd *cobra.Command) string {
	t.Helper()
	var page bytes.Buffer
	cmd.DisableAutoGenTag = true
	date := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := doc.GenMan(cmd, &doc.GenManHeader{Section: "1", Source: "kofs", Manual: "kofs", Date: &date}, &page); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(page.String(), `"Jan 2026"`, `""`, 1)
	status := strings.Join(strings.Fields(cmd.Annotations[annotationExit]), " ")
	status = regexp.MustCompile(` (\d+) `).ReplaceAllString(" "+status, "\n.TP\n$1\n")
	return strings.TrimRight(text, "\n") + "\n.SH EXIT STATUS" + status + "\n"
}

// csvPage names the columns of each command's CSV.
func csvPage(t *testing.T) string {
	t.Helper()
	var page strings.Builder
	page.WriteString("# CSV\n\nMade from the program by `make docs`.\n" + `
With ` + "`-o csv`" + ` a command writes the rows of its table as RFC 4180 has them, with a
single newline at the end of a line, and always a header. Standard output has
nothing else.

- A column has the name of its field in the [JSON document](json.md); a field of
  an object is ` + "`object.field`" + `, a list is JSON in one cell.
- What is not known is empty.
- It is data: cells are not changed. A spreadsheet may take a name or a value for
  a formula: import such a file as text. Only on a terminal is spelled out what
  would act upon it.
- A command that fails says why in words, on standard error.
- Read columns by their name: a later version may have more of them.
`)
	for _, c := range []struct {
		command string
		row     any
	}{
		{"kofs groups", groupDoc{}},
		{"kofs inspect", lagLineDoc{}},
		{"kofs lag", lagLineDoc{}},
		{"kofs records", recordDoc{}},
		{"kofs duplicates", duplicateSetDoc{}},
		{"kofs history", historyEventDoc{}},
		{"kofs explain", windowDoc{}},
		{"kofs records --by-key", keyDoc{}},
		{"kofs records --timeline", bucketDoc{}},
		{"kofs reset, the preview", changeLineDoc{}},
		{"kofs reset --execute", resultLineDoc{}},
	} {
		var header bytes.Buffer
		csv, err := output.NewCSV(&header, c.row, false)
		if err == nil {
			err = csv.Flush()
		}
		if err != nil {
			t.Fatal(err)
		}
		columns := strings.Split(strings.TrimSpace(header.String()), ",")
		fmt.Fprintf(&page, "\n## %s\n\n`%s`\n", c.command, strings.Join(columns, "`, `"))
	}
	return page.String()
}
