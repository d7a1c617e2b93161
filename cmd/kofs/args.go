package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// argsOf takes a number of arguments that are each what.
func argsOf(what string, least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return &usageError{message: cmd.CommandPath() + " needs " + what, hint: cmd.UseLine()}
		case len(args) > most:
			return &usageError{message: "too many arguments: " + strings.Join(args[most:], " "), hint: cmd.UseLine()}
		}
		for _, arg := range args {
			if arg == "" {
				return usagef("%s is empty", what)
			}
		}
		return nil
	}
}
