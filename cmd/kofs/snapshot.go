package main

import (
	"context"
	"fmt"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type snapshotOptions struct {
	group  string
	topics []string

	scopes []inspect.Scope
}

func newSnapshotCmd(a *app) *cobra.Command {
	var o snapshotOptions
	cmd := &cobra.Command{
		Use:   "snapshot GROUP",
		Short: "Write the group's committed offsets as a file that reset --from-file takes back",
		Long: `Write the committed offsets of a group to standard output: as JSON, with leader
epochs and metadata, or with -o kafka-csv exactly as kafka-consumer-groups
--reset-offsets --export does. It works while the group is active.`,
		Example: `  kofs snapshot billing > before.json
  kofs snapshot billing -o kafka-csv > before.csv
  kofs reset billing --from-file before.json`,
		Args: argsOf("a group", 1, 1),
		Annotations: withKafkaCSV(exitStatus(
			exitCode{exitDone, "done"},
			exitCode{exitFailed, "failed, or no such group"},
			exitCode{exitUsage, "usage"},
			exitCode{exitIncomplete, "a partition could not be read; the rest was written"},
		)),
		ValidArgsFunction: a.completeGroups(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.group = args[0]
			var err error
			if o.scopes, err = parseScopes(o.topics); err != nil {
				return err
			}
			return runSnapshot(cmd.Context(), a, o)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func (o *snapshotOptions) addFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.topics, "topic", nil, "only `topic`, topic:0,1,5, topic:0-5 or 'pattern*'; repeatable")
}

func runSnapshot(ctx context.Context, a *app, o snapshotOptions) error {
	if a.global.isCSV() {
		return &usageError{message: "kofs snapshot has no csv", hint: "-o kafka-csv is the CSV that kafka-consumer-groups and kofs take back"}
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := a.phase(ctx)
	defer cancel()
	snapshot, err := inspect.Take(ctx, c, inspect.Request{Groups: []string{o.group}, MustExist: true, Select: o.scopes}, a.now())
	if err != nil {
		return cause(ctx, err)
	}
	if fault := snapshot.Groups[0].CommitsFault; fault != nil {
		return fmt.Errorf("reading committed offsets of group %q: %w", o.group, fault)
	}
	doc, unread := reset.NewSnapshot(snapshot, a.now())
	if a.global.format == kafkaCSV {
		err = reset.WriteKafkaCSV(a.Out, doc.Offsets())
	} else {
		err = a.writeDoc(doc)
	}
	if err == nil && len(unread) > 0 {
		return incomplete(fmt.Sprintf("the commits of %s could not be read: %v", partitions(len(unread)), unread[0].Fault))
	}
	return err
}
