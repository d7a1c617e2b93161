package main

import (
	"context"

	"github.com/kofs/kofs/inspect"
	"github.com/spf13/cobra"
)

func newJournalCmd(a *app) *cobra.Command {
	var state stateOptions
	cmd := &cobra.Command{
		Use:   "journal [list | show ID | verify ID]",
		Short: "What kofs wrote, and what became of it",
		Long: `Every write of kofs is put into the journal before it is sent, with what is needed
to take it back, and its outcome afterwards. list shows the entries, show one of
them in full (-o kafka-csv: its old offsets, as kafka-consumer-groups --from-file
takes them), verify looks at the cluster what became of one.`,
		Example:     "  kofs journal",
		Args:        noArgs,
		Annotations: journalStatus(),
		RunE:        func(cmd *cobra.Command, _ []string) error { return runJournalList(a, state) },
	}
	state.addFlags(cmd.PersistentFlags())
	cmd.AddCommand(
		&cobra.Command{
			Use: "list", Short: "List the entries, oldest first", Long: "List the entries of the journal, oldest first.",
			Example: "  kofs journal list -o json", Args: noArgs, Annotations: journalStatus(),
			RunE: func(*cobra.Command, []string) error { return runJournalList(a, state) },
		},
		&cobra.Command{
			Use: "show ID", Short: "Show one entry in full",
			Long:    "Show what one write was to do, and what became of it. With -o kafka-csv it is the\nold offsets, as kafka-consumer-groups and kofs reset --from-file take them.",
			Example: "  kofs journal show 20261122T093000.123Z-x7k2pq", Args: argsOf("an ID", 1, 1), Annotations: withKafkaCSV(journalStatus()),
			RunE: func(_ *cobra.Command, args []string) error { return runJournalShow(a, state, args[0]) },
		},
		&cobra.Command{
			Use: "verify ID", Short: "Look what became of one write",
			Long:    "Look at the cluster what became of one write. Where its outcome was open, what is\nfound is put into the journal.",
			Example: "  kofs journal verify 20261122T093000.123Z-x7k2pq", Args: argsOf("an ID", 1, 1),
			Annotations: journalStatus(
				exitCode{exitIncomplete, "some partitions are not where the write put them"},
				exitCode{exitUnknown, "the write may still be stored"},
			),
			RunE: func(cmd *cobra.Command, args []string) error {
				return runJournalVerify(cmd.Context(), a, state, args[0])
			},
		},
	)
	return cmd
}

// journalStatus are the exit codes of the journal's commands, and more.
func journalStatus(more ...exitCode) map[string]string {
	return exitStatus(append([]exitCode{{exitDone, "done"}, {exitFailed, "failed, or no such entry"}, {exitUsage, "usage"}}, more...)...)
}

func runJournalList(a *app, state stateOptions) error {
	journal, err := a.readJournal(state)
	if err != nil {
		return err
	}
	entries, err := journal.Entries()
	if err != nil {
		return err
	}
	return a.showEntries(entries)
}

func runJournalShow(a *app, state stateOptions, id string) error {
	journal, err := a.readJournal(state)
	if err != nil {
		return err
	}
	entry, err := journal.Entry(id)
	if err != nil {
		return err
	}
	return a.showEntry(entry)
}

func runJournalVerify(ctx context.Context, a *app, state stateOptions, id string) error {
	journal, err := a.readJournal(state)
	if err != nil {
		return err
	}
	entry, err := journal.Entry(id)
	if err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := a.phase(ctx)
	defer cancel()
	snapshot, err := inspect.Take(ctx, c, inspect.Request{Groups: []string{entry.Plan.Group}, Select: entry.Plan.Scopes()}, a.now())
	if err != nil {
		return cause(ctx, err)
	}
	result, err := journal.Verify(entry, snapshot, a.now())
	if err != nil {
		return err
	}
	if err := a.showResult(result); err != nil {
		return err
	}
	return verdict(result)
}
