package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fillCommits is the child that commits: ever greater offsets, of all partitions
// in each request. Arguments: server, commits.
func fillCommits(args []string) error {
	w, err := dial(args[0])
	if err != nil {
		return err
	}
	commits, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	for offset := range commits / commitPartitions {
		if err := commit(w, offset); err != nil {
			return err
		}
	}
	return nil
}

// commit sends one OffsetCommit, as a client does that is no member.
func commit(w *wire, offset int64) error {
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Version, req.Group, req.Generation = 8, historyGroup, -1
	rt := kmsg.NewOffsetCommitRequestTopic()
	rt.Topic = historyGroup
	for p := range int32(commitPartitions) {
		rp := kmsg.NewOffsetCommitRequestTopicPartition()
		rp.Partition, rp.Offset, rp.LeaderEpoch = p, offset, -1
		rt.Partitions = append(rt.Partitions, rp)
	}
	req.Topics = append(req.Topics, rt)
	resp := kmsg.NewPtrOffsetCommitResponse()
	if err := w.ask(req, resp); err != nil {
		return err
	}
	for _, p := range resp.Topics[0].Partitions {
		if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
			return fmt.Errorf("committing %d of partition %d: %w", offset, p.Partition, err)
		}
	}
	return nil
}

// copyBatches is the child that produces the batches of the fullest partition of
// __consumer_offsets, as they are, into the copy. Argument: server.
func copyBatches(args []string) error {
	from, err := dial(args[0])
	if err != nil {
		return err
	}
	to, err := dial(args[0])
	if err != nil {
		return err
	}
	parts, err := findParts(from, offsetsTopic)
	if err != nil {
		return err
	}
	fullest := slices.MaxFunc(parts, func(a, b *part) int { return cmp.Compare(a.end, b.end) })
	c := &counter{wire: from, topic: offsetsTopic, parts: []*part{fullest}, read: func(batch []byte) (int64, error) {
		return 0, produceBatch(to, batch)
	}}
	return c.run()
}

// produceBatch appends one batch to the copy; the broker gives it its offsets.
func produceBatch(w *wire, batch []byte) error {
	req := kmsg.NewPtrProduceRequest()
	req.Version, req.Acks, req.TimeoutMillis = 9, 1, 10_000
	rt, rp := kmsg.NewProduceRequestTopic(), kmsg.NewProduceRequestTopicPartition()
	rt.Topic, rp.Records = copied, append([]byte(nil), batch...)
	clear(rp.Records[:8]) // a producer's batches begin at offset 0
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	resp := kmsg.NewPtrProduceResponse()
	if err := w.ask(req, resp); err != nil {
		return err
	}
	return kerr.ErrorForCode(resp.Topics[0].Partitions[0].ErrorCode)
}
