package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/explain"
	"github.com/kofs/kofs/inspect/history"
)

// evidence is what an explanation is made of.
type evidence struct{ explain.Input }

// gather reads where the logs are, and kofs's own journal.
func (a *app) gather(ctx context.Context, c client, o explainOptions, log history.Log) (evidence, error) {
	ctx, cancel := a.phase(ctx)
	defer cancel()
	in := evidence{explain.Input{History: log, Logs: map[inspect.TopicPartition]inspect.Log{}}}
	logs, err := c.Logs(ctx, explain.Partitions(log))
	if err != nil {
		return in, err
	}
	for p, answer := range logs {
		if answer.Fault != nil {
			a.warn("%s: %v", p, answer.Fault)
			continue
		}
		in.Logs[p] = answer.Log
	}
	cluster, err := c.Cluster(ctx)
	if err != nil {
		return in, err
	}
	in.Journal, err = a.written(o.state, cluster.ID, log.Group)
	if err != nil {
		a.warn("kofs's own journal is left out: %v", err)
	}
	return in, nil
}

// written is what kofs wrote to the group, by this user's journal.
func (a *app) written(state stateOptions, clusterID, group string) ([]explain.Written, error) {
	journal, err := a.openJournal(state)
	if err != nil {
		return nil, err
	}
	entries, err := journal.Entries()
	if err != nil {
		return nil, err
	}
	var rows []explain.Written
	for _, e := range entries {
		if e.Plan.ClusterID != clusterID || e.Plan.Group != group {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, e.CreatedAt)
		if err != nil {
			continue
		}
		for _, change := range e.Plan.Changes {
			if change.NewOffset != nil {
				rows = append(rows, explain.Written{ID: e.ID, At: at, TopicPartition: change.At(), NewOffset: *change.NewOffset,
					By: e.User + "@" + e.Host, Reason: e.Reason})
			}
		}
	}
	return rows, nil
}

// addRepeats looks for records that the logs have twice, in what the group has
// consumed. What it could not look into is said.
func (in *evidence) addRepeats(ctx context.Context, a *app, c client, o countOptions) (cannotSee []string) {
	if o.mode == "none" {
		return []string{"records that a producer wrote twice: no records were read (--count none)"}
	}
	if o.mode == "limited" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.maxTime, errCountTime)
		defer cancel()
	}
	repeats, failed := explain.FindRepeats(ctx, c, in.History, in.Logs, a.global.isolation)
	in.Repeats = repeats
	for _, f := range failed {
		cannotSee = append(cannotSee, fmt.Sprintf("records of topic %s that a producer wrote twice: %v", f.Topic, searchEnded(ctx, f.Err, o)))
	}
	return cannotSee
}

// searchEnded is why the search for equal records ended early.
func searchEnded(ctx context.Context, err error, o countOptions) error {
	if errors.Is(context.Cause(ctx), errCountTime) {
		return fmt.Errorf("they were looked for during %s only (--count exact looks to the end)", o.maxTime)
	}
	return err
}
