package main

import (
	"regexp"
	"strings"
	"testing"
)

// Every command's help has the same order, fits 80 columns, and comes also from
// "kofs help".
func TestHelp(t *testing.T) {
	root, _ := commandTree()
	for _, cmd := range allCommands(root) {
		if cmd.IsAdditionalHelpTopicCommand() {
			continue
		}
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			asked := helpOf(t, append(strings.Fields(cmd.CommandPath())[1:], "--help")...)
			if got := helpOf(t, append([]string{"help"}, strings.Fields(cmd.CommandPath())[1:]...)...); got != asked {
				t.Errorf("kofs help says something else than --help")
			}
			titles := regexp.MustCompile(`(?m)^[A-Z][A-Z ]+$`).FindAllString(asked, -1)
			if len(titles) < 4 || titles[0] != "EXAMPLES" || titles[len(titles)-1] != "EXIT STATUS" {
				t.Errorf("sections %q", titles)
			}
			if !strings.Contains(asked, "\n  0    done\n") || !strings.Contains(asked, "\n  2    usage\n") {
				t.Errorf("the exit codes 0 and 2 are missing")
			}
			checkLines(t, asked, 80)
		})
	}
	topic := helpOf(t, "help", "exit-codes")
	checkLines(t, topic, 80)
	if !strings.Contains(topic, "group_active") {
		t.Errorf("the topic exit-codes has no reasons:\n%s", topic)
	}
}

func helpOf(t *testing.T, args ...string) string {
	t.Helper()
	root, out := commandTree()
	root.SetArgs(args)
	if err := root.Execute(); err != nil {
		t.Fatalf("kofs %s: %v", strings.Join(args, " "), err)
	}
	return out.String()
}

// checkLines makes sure that no line is too long or ends with a blank.
func checkLines(t *testing.T, text string, width int) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		if n := len([]rune(line)); n > width {
			t.Errorf("%d columns are more than %d: %q", n, width, line)
		}
		if strings.TrimRight(line, " \t") != line {
			t.Errorf("a blank at the end of %q", line)
		}
	}
}
