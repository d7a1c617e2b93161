package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// recipePages are the pages whose recipes are scripts. A recipe is a block of
// such a page below a line <!-- recipe NAME -->, and the script NAME.txtar runs its
// commands with "documented".
func recipePages() []string { return []string{"consumed-twice.md"} }

// shownCommand is a command line of a recipe, and what the page shows as its output.
type shownCommand struct{ line, output string }

// recipes are the commands of a page's recipes, by the name of their script.
func recipes(page string) (map[string][]shownCommand, error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	found := map[string][]shownCommand{}
	blocks := regexp.MustCompile("(?m)^<!-- recipe ([a-z0-9-]+) -->\n+```\n((?s:.*?))^```$").FindAllStringSubmatch(string(text), -1)
	for _, block := range blocks {
		for _, part := range strings.Split("\n"+block[2], "\n$ ")[1:] {
			line, output, _ := strings.Cut(part, "\n")
			found[block[1]] = append(found[block[1]], shownCommand{line, strings.TrimRight(output, "\n")})
		}
	}
	return found, nil
}

// documented CODE COMMAND...: the command is one of the recipe, ends with this exit
// code and says on standard output what the page shows. There "..." alone in a line
// is any lines, and within a line anything.
func documented(ts *testscript.TestScript, neg bool, args []string) {
	exits(ts, neg, args)
	all, err := pageRecipes()
	ts.Check(err)
	line := strings.Join(args[1:], " ")
	shown := all[ts.Name()]
	i := slices.IndexFunc(shown, func(c shownCommand) bool { return c.line == line })
	if i < 0 {
		ts.Fatalf("the recipe %s has no command %q", ts.Name(), line)
	}
	if got := strings.TrimRight(ts.ReadFile("stdout"), "\n"); !shows(shown[i].output, got) {
		ts.Fatalf("the page shows\n%s\nbut the command says\n%s", shown[i].output, got)
	}
}

func shows(page, got string) bool {
	pattern := regexp.QuoteMeta("\n" + page)
	pattern = regexp.MustCompile(`\n\\\.\\\.\\\.(\n|$)`).ReplaceAllString(pattern, `(?:\n.*)*?$1`)
	pattern = strings.ReplaceAll(pattern, `\.\.\.`, `.*`)
	return regexp.MustCompile(`^` + pattern + `$`).MatchString("\n" + got)
}

func TestShows(t *testing.T) {
	for _, c := range []struct {
		page, got string
		want      bool
	}{
		{"a\nb", "a\nb", true},
		{"a\nb", "a\nb\nc", false},
		{"a...", "a 17", true},
		{"a...", "a\n17", false},
		{"a\n...", "a\nb\nc", true},
		{"a\n...", "a", true},
		{"a\n...\nd", "a\nb\nc\nd", true},
		{"a\n...\nd", "a\nb\nc\ne", false},
		{"a.b", "axb", false},
	} {
		if got := shows(c.page, c.got); got != c.want {
			t.Errorf("%q shows %q: %t", c.page, c.got, got)
		}
	}
}

// pageRecipes are all recipes of all pages.
func pageRecipes() (map[string][]shownCommand, error) {
	all := map[string][]shownCommand{}
	for _, page := range recipePages() {
		found, err := recipes("../../docs/" + page)
		if err != nil {
			return nil, err
		}
		for name, commands := range found {
			all[name] = append(all[name], commands...)
		}
	}
	return all, nil
}

// Every command of a recipe is run by its script, in the same order, and every
// command of such a script stands on a page.
func TestRecipesAreScripts(t *testing.T) {
	all, err := pageRecipes()
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob("testdata/script/twice-*.txtar")
	if err != nil || len(scripts) == 0 || len(all) == 0 {
		t.Fatalf("%d scripts, %d recipes: %v", len(scripts), len(all), err)
	}
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(script), ".txtar")
		var run, shown []string
		for _, m := range regexp.MustCompile(`(?m)^(?:\[!?[a-z]+\] )?documented \d+ (.*)$`).FindAllStringSubmatch(string(text), -1) {
			run = append(run, m[1])
		}
		for _, c := range all[name] {
			shown = append(shown, c.line)
		}
		if !slices.Equal(run, shown) {
			t.Errorf("%s runs\n%s\nand the page has\n%s", name, strings.Join(run, "\n"), strings.Join(shown, "\n"))
		}
		if n := strings.Count(string(text), "kofs "); n != len(run) {
			t.Errorf("%s has %d commands beside those of the page", name, n-len(run))
		}
		delete(all, name)
	}
	for name := range all {
		t.Errorf("there is no script for the recipe %s", name)
	}
}
