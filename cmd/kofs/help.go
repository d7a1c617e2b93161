package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is what fits a terminal that nobody has made wider.
const helpWidth = 80

// annotationExit is where a command keeps its exit codes.
const annotationExit = "exit status"

// exitStatus are the exit codes of a command, for its help.
func exitStatus(codes ...exitCode) map[string]string {
	var text strings.Builder
	for _, c := range codes {
		fmt.Fprintf(&text, "  %-4d %s\n", c.code, hanging(c.meaning, 7))
	}
	return map[string]string{annotationExit: text.String()}
}

// setUpHelp gives every command the same help, and the built-in ones what they lack.
func setUpHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.AddCommand(newExitCodesTopic())
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		_, _ = io.WriteString(cmd.OutOrStdout(), helpText(cmd)) // a lost output is noticed at the end
	})
	for _, cmd := range allCommands(root) {
		cmd.InitDefaultHelpFlag()
		if cmd.Annotations == nil {
			cmd.Annotations = exitStatus(exitCode{exitDone, "done"}, exitCode{exitFailed, "standard output was closed or full"}, exitCode{exitUsage, "usage"})
		}
		if cmd.Example == "" {
			cmd.Example = builtInExamples()[cmd.CommandPath()]
			cmd.Long = strings.ReplaceAll(cmd.Long, "#### ", "")
		}
	}
}

// builtInExamples are those of the commands that cobra brings, by command path.
func builtInExamples() map[string]string {
	return map[string]string{
		"kofs help":                  "  kofs help lag\n  kofs help exit-codes",
		"kofs completion":            "  source <(kofs completion bash)\n  kofs completion bash --help",
		"kofs completion bash":       "  source <(kofs completion bash)",
		"kofs completion zsh":        "  source <(kofs completion zsh)",
		"kofs completion fish":       "  kofs completion fish | source",
		"kofs completion powershell": "  kofs completion powershell | Out-String | Invoke-Expression",
	}
}

// allCommands are cmd and those below it.
func allCommands(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		all = append(all, allCommands(sub)...)
	}
	return all
}

// newExitCodesTopic is "kofs help exit-codes".
func newExitCodesTopic() *cobra.Command {
	var long strings.Builder
	long.WriteString("EXIT CODES\n")
	for _, c := range exitCodes() {
		fmt.Fprintf(&long, "  %-4d %s\n", c.code, hanging(strings.ReplaceAll(c.meaning, "`", ""), 7))
	}
	long.WriteString("\nWhere several apply, the one named first here wins: 6, 4, 5, 3, 1. Exit 5 is no\n" +
		"error: the document on standard output shows what holds.\n\n" +
		"REASONS, in the error document of -o json\n")
	for _, r := range reasons() {
		fmt.Fprintf(&long, "  %-24s %s\n", r.reason, hanging(r.meaning, 27))
	}
	return &cobra.Command{Use: "exit-codes", Short: "What the exit codes and the reasons of errors mean", Long: long.String()}
}

// helpText is the help of a command: examples first, EXIT STATUS last.
func helpText(cmd *cobra.Command) string {
	if cmd.IsAdditionalHelpTopicCommand() {
		return cmd.Long
	}
	var text strings.Builder
	section := func(title, body string) {
		if body = strings.TrimRight(body, " \n"); body != "" {
			fmt.Fprintf(&text, "\n%s\n%s\n", title, body)
		}
	}
	text.WriteString(hanging(cmd.Short, 0) + "\n")
	section("EXAMPLES", cmd.Example)
	section("USAGE", "  "+usageLine(cmd))
	section("DESCRIPTION", indented(cmd.Long))
	section("COMMANDS", commandList(cmd, (*cobra.Command).IsAvailableCommand))
	section("HELP TOPICS", commandList(cmd, (*cobra.Command).IsAdditionalHelpTopicCommand))
	section("FLAGS", flagList(cmd.LocalNonPersistentFlags()))
	section("GLOBAL FLAGS", flagList(globalFlags(cmd)))
	section("EXIT STATUS", cmd.Annotations[annotationExit])
	return text.String()
}

func usageLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND [flags]"
	}
	return hanging(cmd.UseLine(), 4)
}

func globalFlags(cmd *cobra.Command) *pflag.FlagSet {
	if cmd.HasParent() {
		return cmd.InheritedFlags()
	}
	return cmd.PersistentFlags()
}

// flagList has the flags side by side with what they mean, or above it where
// their names are long.
func flagList(flags *pflag.FlagSet) string {
	const column = 30
	var list strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		name := fmt.Sprintf("%-*s", column, flagName(f))
		if len(name) > column || name[column-1] != ' ' {
			name += "\n" + strings.Repeat(" ", column)
		}
		_, usage := pflag.UnquoteUsage(f)
		list.WriteString(name + hanging(usage+flagDefault(f), column) + "\n")
	})
	return list.String()
}

// flagName is "  -o, --output format".
func flagName(f *pflag.Flag) string {
	name := "      --" + f.Name
	if f.Shorthand != "" {
		name = "  -" + f.Shorthand + ", --" + f.Name
	}
	if value, _ := pflag.UnquoteUsage(f); value != "" {
		name += " " + value
	}
	return name
}

// flagDefault is the default where it says something.
func flagDefault(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "false", "0", "[]":
		return ""
	}
	return " (default " + f.DefValue + ")"
}

func commandList(cmd *cobra.Command, wanted func(*cobra.Command) bool) string {
	var list strings.Builder
	for _, sub := range cmd.Commands() {
		if wanted(sub) {
			fmt.Fprintf(&list, "  %-11s %s\n", sub.Name(), hanging(sub.Short, 14))
		}
	}
	return list.String()
}

// indented are the paragraphs of s, moved to the right and filled. What is
// indented already is left as it is.
func indented(s string) string {
	var paragraphs []string
	for _, p := range strings.Split(strings.TrimSpace(s), "\n\n") {
		if strings.HasPrefix(p, "\t") || strings.HasPrefix(p, " ") {
			paragraphs = append(paragraphs, "  "+strings.ReplaceAll(p, "\t", "  "))
			continue
		}
		paragraphs = append(paragraphs, "  "+hanging(strings.ReplaceAll(p, "\n", " "), 2))
	}
	return strings.Join(paragraphs, "\n\n")
}

// hanging breaks s where the next word would go beyond the width; its first line
// begins at column indent, and so do the others.
func hanging(s string, indent int) string {
	var text strings.Builder
	column := indent
	for i, word := range strings.Split(s, " ") {
		switch {
		case i == 0:
		case column+1+len(word) > helpWidth:
			text.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			text.WriteString(" ")
			column++
		}
		text.WriteString(word)
		column += len(word)
	}
	return text.String()
}
