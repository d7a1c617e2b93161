package kafkatest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Segments are the files that hold a partition's records on the first broker,
// in offset order. The last one is the active segment.
func (k *Kafka) Segments(topic string, partition int32) ([]string, error) {
	return k.nodes[0].segments(topic, partition)
}

func (n node) segments(topic string, partition int32) ([]string, error) {
	pattern := filepath.Join(n.logDir(), fmt.Sprintf("%s-%d", topic, partition), "*.log")
	files, err := filepath.Glob(pattern) // sorted; names are zero-padded base offsets
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("no segments of %s:%d in %s", topic, partition, n.logDir())
	}
	return files, err
}

// AwaitCleaned waits until the log cleaner of every broker has been through
// everything that it may clean of the topic: all but the active segment. Only an
// append rolls a segment, so the last write must come segment.ms after what is to
// be cleaned. Each replica is cleaned on its own: they need not be the same after.
func (k *Kafka) AwaitCleaned(ctx context.Context, topic string, partitions int32) error {
	return Await(ctx, 50*time.Millisecond, fmt.Sprintf("the cleaner on topic %q", topic), func() (bool, error) {
		for _, n := range k.nodes {
			if clean, err := n.cleaned(topic, partitions); !clean || err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

// cleaned is true when the node's replicas of the topic are clean up to their
// active segments.
func (n node) cleaned(topic string, partitions int32) (bool, error) {
	upTo, err := n.cleanerCheckpoint()
	if err != nil {
		return false, err
	}
	for p := range partitions {
		files, err := n.segments(topic, p)
		if err != nil {
			return false, err
		}
		if upTo[fmt.Sprintf("%s %d", topic, p)] < baseOffset(files[len(files)-1]) {
			return false, nil
		}
	}
	return true, nil
}

// cleanerCheckpoint reads up to where each partition, "topic number", is clean.
func (n node) cleanerCheckpoint() (map[string]int64, error) {
	clean := map[string]int64{}
	file, err := os.Open(filepath.Join(n.logDir(), "cleaner-offset-checkpoint"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text()) // topic partition offset
		if len(fields) != 3 {
			continue // the version and the number of lines
		}
		offset, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file.Name(), err)
		}
		clean[fields[0]+" "+fields[1]] = offset
	}
	return clean, lines.Err()
}

func baseOffset(segment string) int64 {
	offset, _ := strconv.ParseInt(strings.TrimSuffix(filepath.Base(segment), ".log"), 10, 64)
	return offset
}
