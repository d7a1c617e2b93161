package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/kofs/kofs/internal/kafkatest"
)

// compareCounting counts a topic from its start to its end.
func (b *stage) compareCounting(ctx context.Context, t topic) error {
	files, err := b.segments(t)
	if err != nil {
		return err
	}
	all, err := b.alternate(ctx,
		program{"floor: fetch, walk headers, CRC-32C", []string{b.self, "floor-count", b.server(), t.name}, b.rounds, saysNumber(t.records)},
		program{"kofs reset --to-earliest --count exact", []string{b.kofs, "reset", t.group, "--topic", t.name,
			"--to-earliest", "--count", "exact", "-o", "json", "-b", b.server()}, b.rounds, saysPlan(t.records)},
		program{"cat of the segments", append([]string{"cat"}, files...), b.rounds, nil},
	)
	if err != nil {
		return err
	}
	title := fmt.Sprintf("counting %d records of %d bytes in %d partitions", t.records, b.valueBytes, b.partitions)
	return printRuns(os.Stdout, title, all)
}

// compareLag tells the lag of one group with commits in every partition.
func (b *stage) compareLag(ctx context.Context, t topic) error {
	java := kafkatest.Java(ctx, b.kafka.LibsDir, "256m", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
		"--bootstrap-server", b.server(), "--describe", "--group", t.group)
	all, err := b.alternate(ctx,
		program{"floor: the same requests", []string{b.self, "floor-lag", b.server(), t.group}, b.lagRounds, saysNumber(0)},
		program{"kofs lag", []string{b.kofs, "lag", t.group, "-b", b.server()}, b.lagRounds, saysRows(t, b.partitions)},
		program{"kafka-consumer-groups --describe", java.Args, b.rounds, saysRows(t, b.partitions)},
	)
	if err != nil {
		return err
	}
	return printRuns(os.Stdout, fmt.Sprintf("lag of one group with %d partitions", b.partitions), all)
}

// saysNumber expects a floor's output.
func saysNumber(want int64) func([]byte) error {
	return func(stdout []byte) error {
		got, err := strconv.ParseInt(strings.TrimSpace(string(stdout)), 10, 64)
		if err == nil && got != want {
			err = fmt.Errorf("it says %d, want %d", got, want)
		}
		return err
	}
}

// saysPlan expects kofs/plan/v1 with so many records consumed again.
func saysPlan(want int64) func([]byte) error {
	return func(stdout []byte) error {
		var plan struct {
			Totals struct {
				ReplayRecords *int64 `json:"replay_records"`
			} `json:"totals"`
		}
		if err := json.Unmarshal(stdout, &plan); err != nil {
			return err
		}
		if got := plan.Totals.ReplayRecords; got == nil || *got != want {
			return fmt.Errorf("totals.replay_records is not %d:\n%s", want, stdout)
		}
		return nil
	}
}

// saysRows expects a table with a line for each partition.
func saysRows(t topic, partitions int) func([]byte) error {
	return func(stdout []byte) error {
		rows := 0
		for line := range bytes.Lines(stdout) {
			if slices.Contains(strings.Fields(string(line)), t.name) {
				rows++
			}
		}
		if rows < partitions {
			return fmt.Errorf("%d lines name topic %q, want at least %d:\n%s", rows, t.name, partitions, stdout)
		}
		return nil
	}
}
