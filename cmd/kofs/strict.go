package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// beStrict makes every flag and every built-in command refuse what cobra and
// pflag let pass. Call it when the tree of commands is complete.
func beStrict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd("completion")
	root.PersistentFlags().VisitAll(refuseContradictions)
	for _, cmd := range root.Commands() {
		cmd.Flags().VisitAll(refuseContradictions)
		switch cmd.Name() {
		case "help":
			cmd.Args = helpTopic
		case "completion":
			cmd.Args, cmd.RunE = noArgs, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			for _, shell := range cmd.Commands() {
				shell.Args = noArgs
			}
		}
	}
}

// helpTopic takes the name of a command, or nothing.
func helpTopic(cmd *cobra.Command, args []string) error {
	_, rest, err := cmd.Root().Find(args)
	switch {
	case err != nil:
		return &usageError{message: err.Error()}
	case len(rest) > 0:
		return usagef("there is no help for %q", rest[0])
	}
	return nil
}

// refuseContradictions wraps the flag's value. A flag that takes one value takes
// no second one: pflag would forget the first without a word, be it an offset or
// a cluster. No flag takes an empty value: that is what a script makes of a
// variable that is not set, and -b "$STAGING" must not mean another cluster.
func refuseContradictions(f *pflag.Flag) {
	switch f.Value.Type() {
	case "stringArray", "stringSlice":
		f.Value = &nonEmpty{f.Value}
	default:
		f.Value = &once{Value: &nonEmpty{f.Value}}
	}
}

type nonEmpty struct{ pflag.Value }

// Set refuses "": an unset variable of a script must not mean the default.
func (v *nonEmpty) Set(s string) error {
	if s == "" {
		return fmt.Errorf("it is empty")
	}
	return v.Value.Set(s)
}

type once struct {
	pflag.Value
	given *string
}

// Set takes the flag again with the same value only: which of two was meant, kofs
// cannot know.
func (v *once) Set(s string) error {
	if v.given != nil && *v.given != s {
		return fmt.Errorf("it was %q before", *v.given)
	}
	v.given = &s
	return v.Value.Set(s)
}

// formatAskedFor is the output that a command line asks for which cannot be read
// to its end: who wants JSON wants the error in it. What does not name an output,
// such as the -o within -to-latest, is passed over.
func formatAskedFor(args []string, getenv func(string) string) string {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.ParseErrorsAllowlist.UnknownFlags = true
	var o globalOptions
	o.addFlags(f)
	named := f.Lookup("output")
	all := &outputs{Value: named.Value}
	named.Value = all
	_ = f.Parse(args) // what was found before an error is good enough
	return firstOf(all.last, getenv("KOFS_OUTPUT"))
}

// outputs remembers the last value that names an output.
type outputs struct {
	pflag.Value
	last string
}

// Set refuses nothing: what is no output is passed over.
func (v *outputs) Set(s string) error {
	if slices.Contains([]string{"table", "wide", "json", "jsonl", "csv"}, s) {
		v.last = s
	}
	return nil
}
