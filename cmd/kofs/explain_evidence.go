package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/explain"
	"github.com/kofs/kofs/inspect/history"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
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
	journal, err := a.readJournal(state)
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

// errCountLimit ends a search that has read as much as it may.
var errCountLimit = errors.New("the limit for counting is reached")

// consumed is what the group has consumed of the partitions that are asked about.
func (in *evidence) consumed(o explainOptions) map[string][]records.Range {
	consumed := explain.Consumed(in.History, in.Logs)
	for topic, ranges := range consumed {
		consumed[topic] = slices.DeleteFunc(ranges, func(r records.Range) bool { return !o.isAbout(r.TopicPartition) })
	}
	maps.DeleteFunc(consumed, func(_ string, ranges []records.Range) bool { return len(ranges) == 0 })
	return consumed
}

// addRepeats looks for records that the logs have twice, in what the group has
// consumed, within half of the limits. It returns what is left of them, and says what
// it could not look into.
func (in *evidence) addRepeats(ctx context.Context, a *app, c client, about explainOptions) (left countOptions, cannotSee []string) {
	o := about.count
	if o.mode == "none" {
		return o, []string{"records that a producer wrote twice: no records were read (--count none)"}
	}
	begun, share, consumed := a.now(), o.half(), in.consumed(about)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if o.mode == "limited" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, share.maxTime, errCountTime)
		defer cancel()
	}
	progress := a.startProgress("looking for equal records", slices.Concat(slices.Collect(maps.Values(consumed))...))
	defer progress.stop()
	repeats, failed := explain.FindRepeats(ctx, c, consumed, a.global.isolation, func(now records.Progress) {
		progress.update(now)
		if o.mode == "limited" && now.Bytes > share.maxBytes {
			stop(errCountLimit)
		}
	})
	in.Repeats = repeats
	for _, f := range failed {
		cannotSee = append(cannotSee, fmt.Sprintf("records of %s that a producer wrote twice: %v", f.What, searchEnded(f.Err, share)))
	}
	return o.less(progress.last.Bytes, a.now().Sub(begun)), cannotSee
}

// searchEnded is why the search for equal records ended early.
func searchEnded(err error, o countOptions) error {
	switch {
	case errors.Is(err, errCountTime):
		return fmt.Errorf("they were looked for during %s only, half of --count-time (--count exact looks to the end)", o.maxTime)
	case errors.Is(err, errCountLimit):
		return fmt.Errorf("they were looked for in %s only, half of --count-limit (--count exact looks to the end)", output.Bytes(o.maxBytes))
	}
	return err
}
