package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// commands is the one list of commands; cobra adds help and completion.
func commands(a *app) []*cobra.Command {
	return []*cobra.Command{
		newGroupsCmd(a),
		newInspectCmd(a),
		newLagCmd(a),
		newResetCmd(a),
		newRecordsCmd(a),
		newDuplicatesCmd(a),
		newHistoryCmd(a),
		newExplainCmd(a),
		newApplyCmd(a),
		newUndoCmd(a),
		newJournalCmd(a),
		newSnapshotCmd(a),
		newDeleteCmd(a),
		newVersionCmd(a),
	}
}

func newRootCmd(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "kofs",
		Short: "Inspect and reset Kafka consumer-group offsets, and see which records are consumed again",
		Long: `kofs shows where Kafka's consumer groups stand, previews a reset of their
offsets with exactly the records that would be consumed again, and does it.

A preview changes nothing and works while the group is active. A write checks
that nothing moved since the preview, is sent once, and is read back.`,
		Example: `  export KOFS_BOOTSTRAP_SERVER=kafka-1:9092
  kofs groups --lag
  kofs reset billing --topic orders --to-datetime 2026-11-22T09:00:00Z`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.global.validate(a.getenv); err != nil {
				return err
			}
			a.NoColor = a.NoColor || a.global.noColor
			if a.global.format == kafkaCSV && cmd.Annotations[kafkaCSV] == "" {
				return usagef("%s has no output format %q", cmd.CommandPath(), kafkaCSV)
			}
			return nil
		},
	}
	a.global.addFlags(root.PersistentFlags())
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if args := cmd.Flags().Args(); cmd == root && len(args) > 0 { // its flags are not known because the command is not
			return noArgs(cmd, args)
		}
		return &usageError{message: err.Error(), hint: cmd.CommandPath() + " --help"}
	})
	root.AddCommand(commands(a)...)
	root.SetOut(a.Out) // before the built-in commands are made: they remember it
	setUpHelp(root)
	setUpCompletion(a, root)
	return root
}

// noArgs refuses arguments, with similar command names at the root.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return usagef("%s takes no argument: %q", cmd.CommandPath(), args[0])
	}
	err := usagef("unknown command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err.hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return err
}
