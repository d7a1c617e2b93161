package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
		program{"kofs reset --to-earliest --count exact", []string{b.kofs, "reset", t.name, "--topic", t.name,
			"--to-earliest", "--count", "exact", "-o", "json", "-b", b.server()}, b.rounds, saysPlan(t.records)},
		program{"cat of the segments", append([]string{"cat"}, files...), b.rounds, nil},
	)
	if err != nil {
		return err
	}
	return printRuns(os.Stdout, "counting "+t.String(), all)
}

// compareListing lists a whole topic as JSON lines.
func (b *stage) compareListing(ctx context.Context, t topic) error {
	list := []string{b.kofs, "records", t.name, "--topic", t.name, "--to-earliest", "-b", b.server()}
	saved := b.output(2) // in place of its stdout, so that memory is at hand for it, too
	all, err := b.alternate(ctx,
		program{"floor: fetch, CRC-32C, decode every record", []string{b.self, "floor-decode", b.server(), t.name}, b.rounds, saysNumber(t.records)},
		program{"kofs records -o jsonl, to a file", append(slices.Clone(list), "-o", "jsonl"), b.rounds, saysLines(t.records)},
		program{"kofs records --save", append(slices.Clone(list), "--save", saved, "--force"), b.diskRounds, saysLines(t.records)},
		program{"dd of that listing, synced to the disk", []string{"dd", "if=" + saved, "bs=1M", "conv=fsync", "status=none"}, b.diskRounds, saysLines(t.records)},
		program{"cat of that listing, to a file", []string{"cat", saved}, b.diskRounds, saysLines(t.records)},
	)
	if err != nil {
		return err
	}
	return printRuns(os.Stdout, "listing "+t.String(), all)
}

// compareLag tells the lag of one group with commits in every partition.
func (b *stage) compareLag(ctx context.Context, t topic) error {
	java := kafkatest.Java(ctx, b.kafka.LibsDir, "256m", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
		"--bootstrap-server", b.server(), "--describe", "--group", t.name)
	all, err := b.alternate(ctx,
		program{"floor: the same requests", []string{b.self, "floor-lag", b.server(), t.name}, b.lagRounds, saysNumber(0)},
		program{"kofs lag", []string{b.kofs, "lag", t.name, "-b", b.server()}, b.lagRounds, saysRows(t)},
		program{"kafka-consumer-groups --describe", java.Args, b.rounds, saysRows(t)},
	)
	if err != nil {
		return err
	}
	return printRuns(os.Stdout, fmt.Sprintf("lag of one group with %d partitions", t.partitions), all)
}

// saysNumber expects a floor's output.
func saysNumber(want int64) func(file string) error {
	return func(file string) error {
		stdout, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		got, err := strconv.ParseInt(strings.TrimSpace(string(stdout)), 10, 64)
		if err == nil && got != want {
			err = fmt.Errorf("it says %d, want %d", got, want)
		}
		return err
	}
}

// saysLines expects a line for each record. The file is too large to be held.
func saysLines(want int64) func(file string) error {
	return func(name string) error {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		var got int64
		block := make([]byte, 1<<20)
		for err == nil {
			var n int
			n, err = file.Read(block)
			got += int64(bytes.Count(block[:n], []byte("\n")))
		}
		if errors.Is(err, io.EOF) && got == want {
			return nil
		}
		return fmt.Errorf("%d lines, want %d: %w", got, want, err)
	}
}

// saysPlan expects kofs/plan/v1 with so many records consumed again.
func saysPlan(want int64) func(file string) error {
	return func(file string) error {
		var plan struct {
			Totals struct {
				ReplayRecords *int64 `json:"replay_records"`
			} `json:"totals"`
		}
		stdout, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(stdout, &plan)
		}
		if err != nil {
			return err
		}
		if got := plan.Totals.ReplayRecords; got == nil || *got != want {
			return fmt.Errorf("totals.replay_records is not %d:\n%s", want, stdout)
		}
		return nil
	}
}

// saysRows expects a table with a line for each partition.
func saysRows(t topic) func(file string) error {
	return func(file string) error {
		stdout, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		rows := 0
		for line := range bytes.Lines(stdout) {
			if slices.Contains(strings.Fields(string(line)), t.name) {
				rows++
			}
		}
		if rows < t.partitions {
			return fmt.Errorf("%d lines name topic %q, want at least %d:\n%s", rows, t.name, t.partitions, stdout)
		}
		return nil
	}
}
