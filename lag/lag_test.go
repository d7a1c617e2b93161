package lag

import (
	"testing"

	"github.com/kofs/kofs/inspect"
	"pgregory.net/rapid"
)

func partition(commit *int64, log *inspect.Log) inspect.Partition {
	p := inspect.Partition{TopicPartition: inspect.TopicPartition{Topic: "t"}, Log: log}
	if commit != nil {
		p.Commit = &inspect.Commit{Offset: *commit}
	}
	return p
}

func TestLag(t *testing.T) {
	at := func(n int64) *int64 { return &n }
	log := &inspect.Log{Start: 10, LastStable: 80, HighWatermark: 100}
	for _, c := range []struct {
		name      string
		partition inspect.Partition
		isolation inspect.Isolation
		lag, lost *int64
	}{
		{"in the middle", partition(at(30), log), inspect.ReadUncommitted, at(70), at(0)},
		{"read_committed ends at the last stable offset", partition(at(30), log), inspect.ReadCommitted, at(50), at(0)},
		{"a commit above the last stable offset has no lag left", partition(at(90), log), inspect.ReadCommitted, at(0), at(0)},
		{"at the end", partition(at(100), log), inspect.ReadUncommitted, at(0), at(0)},
		{"past the end is no number", partition(at(101), log), inspect.ReadUncommitted, nil, nil},
		{"before the log start it counts from there", partition(at(3), log), inspect.ReadUncommitted, at(90), at(7)},
		{"a negative commit lost nothing below 0", partition(at(-5), log), inspect.ReadUncommitted, at(90), at(10)},
		{"no commit is no number", partition(nil, log), inspect.ReadUncommitted, nil, nil},
		{"an unread log is no number", partition(at(3), nil), inspect.ReadUncommitted, nil, nil},
	} {
		row := computePartition(c.partition, c.isolation)
		if !same(row.Lag, c.lag) || !same(row.LostOffsets, c.lost) {
			t.Errorf("%s: lag %v lost %v, want %v %v", c.name, show(row.Lag), show(row.LostOffsets), show(c.lag), show(c.lost))
		}
	}
}

func same(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func show(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

func TestLagIsNeverNegative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.Int64Range(0, 1<<40).Draw(t, "start")
		stable := start + rapid.Int64Range(0, 1000).Draw(t, "stable")
		log := &inspect.Log{Start: start, LastStable: stable, HighWatermark: stable + rapid.Int64Range(0, 1000).Draw(t, "hw")}
		offset := rapid.Int64().Draw(t, "commit")
		for _, isolation := range []inspect.Isolation{inspect.ReadUncommitted, inspect.ReadCommitted} {
			row := computePartition(partition(&offset, log), isolation)
			if row.Lag != nil && (*row.Lag < 0 || *row.Lag > log.End(isolation)-log.Start) {
				t.Fatalf("lag %d of commit %d in %+v", *row.Lag, offset, *log)
			}
			if row.LostOffsets != nil && *row.LostOffsets < 0 {
				t.Fatalf("lost %d", *row.LostOffsets)
			}
		}
	})
}
