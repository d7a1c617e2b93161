package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"github.com/kofs/kofs/internal/kafkatest"
)

const (
	offsetsTopic = "__consumer_offsets"
	// historyGroup commits offsets of the topic of its name.
	historyGroup = "history"
	// commitPartitions is how many partitions that topic has: one request commits all.
	commitPartitions = 100
	// copied is a topic with the same batches as the group's partition of the offset
	// log, and a group at its end: kofs resets nothing to internal topics.
	copied = "copied"
)

// keepCommits makes a broker keep all commits, in one segment that no cleaner
// touches, and answer each request at once.
func keepCommits() map[string]string {
	return map[string]string{
		"offsets.topic.segment.bytes":        fmt.Sprint(1 << 30),
		"group.coordinator.append.linger.ms": "0",
	}
}

// compareHistory replays the commits of one group, beside counting the same records.
func (b *stage) compareHistory(ctx context.Context) error {
	if err := b.fillHistory(ctx); err != nil {
		return err
	}
	bounds, err := b.world.Bounds(ctx, copied)
	if err != nil {
		return err
	}
	records := bounds[0].HighWatermark
	if err := b.world.Commit(ctx, copied, kafkatest.Offsets{copied: {0: records}}); err != nil {
		return err
	}
	all, err := b.alternate(ctx,
		program{"kofs reset --to-earliest --count exact, of a copy", []string{b.kofs, "reset", copied, "--topic", copied,
			"--to-earliest", "--count", "exact", "-o", "json", "-b", b.server()}, b.rounds, saysPlan(records)},
		program{"kofs history -o json", []string{b.kofs, "history", historyGroup, "-o", "json", "-b", b.server()}, b.rounds, saysCommits(b.commits)},
	)
	if err != nil {
		return err
	}
	return printRuns(os.Stdout, fmt.Sprintf("history of %d commits", b.commits), all)
}

// fillHistory commits as often as is wanted, and copies the batches that came of it.
func (b *stage) fillHistory(ctx context.Context) error {
	if err := b.world.CreateTopic(ctx, historyGroup, commitPartitions, nil); err != nil {
		return err
	}
	if err := b.world.CreateTopic(ctx, copied, 1, nil); err != nil {
		return err
	}
	for _, child := range [][]string{{"commit", b.server(), fmt.Sprint(b.commits)}, {"copy", b.server()}} {
		cmd := exec.CommandContext(ctx, b.self, child...)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("running the child %q: %w", child[0], err)
		}
	}
	return nil
}

// saysCommits expects kofs/history/v1 with so many commits, as one run for each partition.
func saysCommits(want int64) func(file string) error {
	return func(file string) error {
		var history struct {
			Events []struct {
				Kind  string `json:"kind"`
				Count int64  `json:"count"`
			} `json:"events"`
		}
		stdout, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(stdout, &history)
		}
		if err != nil {
			return err
		}
		var got int64
		for _, e := range history.Events {
			if e.Kind == "commit" {
				got += e.Count
			}
		}
		if got != want || len(history.Events) != commitPartitions {
			return fmt.Errorf("%d commits in %d events, want %d in %d", got, len(history.Events), want, commitPartitions)
		}
		return nil
	}
}
