package cluster

import (
	"context"
	"fmt"
	"strconv"

	"github.com/IBM/sarama"
	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Special timestamps of ListOffsets. Others are never sent: a broker too old for
// one takes it as a time before all records, and answers with the first.
const (
	latest   int64 = -1
	earliest int64 = -2
)

// Logs reads where logs start and end. The three offsets of a partition are read
// one after another from its leader: log start first, then the last stable
// offset, then the high watermark. None of them ever goes back, and at any
// moment start <= LSO <= high watermark; so that order holds in the answer too,
// even when records are written or deleted in between. A log that was cut (an
// unclean election) can break it, and is read again.
func (c *Cluster) Logs(ctx context.Context, partitions []inspect.TopicPartition) (map[inspect.TopicPartition]inspect.LogAnswer, error) {
	phase, cancel := c.phase(ctx)
	defer cancel()
	answers, err := perLeader(phase, c, partitions, logsOf,
		func(f *inspect.Fault) inspect.LogAnswer { return inspect.LogAnswer{Fault: f} },
		func(a inspect.LogAnswer) *inspect.Fault { return a.Fault })
	if err == nil {
		err = ended(ctx)
	}
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// ended is why the caller's own context ended, nil while it has not. (The end of
// one question's time is a fault of what was not answered until then.)
func ended(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// logsOf reads three offsets of each partition from its leader.
func logsOf(ctx context.Context, c *conn, partitions []inspect.TopicPartition) (map[inspect.TopicPartition]inspect.LogAnswer, error) {
	starts, err := listOffsets(ctx, c, partitions, earliest, inspect.ReadUncommitted)
	if err != nil {
		return nil, err
	}
	stable, err := listOffsets(ctx, c, partitions, latest, inspect.ReadCommitted)
	if err != nil {
		return nil, err
	}
	ends, err := listOffsets(ctx, c, partitions, latest, inspect.ReadUncommitted)
	if err != nil {
		return nil, err
	}
	answers := make(map[inspect.TopicPartition]inspect.LogAnswer, len(partitions))
	for _, p := range partitions {
		answers[p] = logOf(starts[p], stable[p], ends[p])
	}
	return answers, nil
}

func logOf(start, stable, end inspect.OffsetAtAnswer) inspect.LogAnswer {
	for _, a := range []inspect.OffsetAtAnswer{start, stable, end} {
		if a.Fault != nil {
			return inspect.LogAnswer{Fault: a.Fault}
		}
		if !a.Found {
			return inspect.LogAnswer{Fault: leftOut("an offset")}
		}
	}
	log := inspect.Log{Start: start.Offset, LastStable: stable.Offset, HighWatermark: end.Offset}
	if log.LastStable < log.Start || log.HighWatermark < log.LastStable {
		return inspect.LogAnswer{Fault: inspect.KafkaFault(offsetNotAvailable, fmt.Sprintf(
			"the log was cut while it was read: start %d, last stable offset %d, high watermark %d",
			log.Start, log.LastStable, log.HighWatermark))}
	}
	return inspect.LogAnswer{Log: log}
}

// offsetNotAvailable is OFFSET_NOT_AVAILABLE, which is asked again.
const offsetNotAvailable int16 = 78

// OffsetsAt finds the first record at or after an instant. ms below 0 is an
// error: to a broker it would mean something else.
func (c *Cluster) OffsetsAt(ctx context.Context, partitions []inspect.TopicPartition, ms int64, isolation inspect.Isolation) (map[inspect.TopicPartition]inspect.OffsetAtAnswer, error) {
	if ms < 0 {
		return nil, fmt.Errorf("%d ms lies before 1970, which Kafka cannot search", ms)
	}
	phase, cancel := c.phase(ctx)
	defer cancel()
	answers, err := perLeader(phase, c, partitions,
		func(ctx context.Context, c *conn, partitions []inspect.TopicPartition) (map[inspect.TopicPartition]inspect.OffsetAtAnswer, error) {
			return listOffsets(ctx, c, partitions, ms, isolation)
		},
		func(f *inspect.Fault) inspect.OffsetAtAnswer { return inspect.OffsetAtAnswer{Fault: f} },
		func(a inspect.OffsetAtAnswer) *inspect.Fault { return a.Fault })
	if err == nil {
		err = ended(ctx)
	}
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// listOffsets asks a leader for one offset of each partition. Version 2 is the
// first with an isolation level.
func listOffsets(ctx context.Context, c *conn, partitions []inspect.TopicPartition, timestamp int64, isolation inspect.Isolation) (map[inspect.TopicPartition]inspect.OffsetAtAnswer, error) {
	v, err := c.version(kmsg.ListOffsets, 2, 6)
	if err != nil {
		return nil, err
	}
	resp, err := typed(ctx, c, kmsg.ListOffsets, v, func(b *sarama.Broker) (*sarama.OffsetResponse, error) {
		req := &sarama.OffsetRequest{Version: v, IsolationLevel: sarama.IsolationLevel(isolation)}
		for _, p := range partitions {
			req.AddBlock(p.Topic, p.Partition, timestamp, 1)
		}
		return b.GetAvailableOffsets(req)
	})
	if err != nil {
		return nil, err
	}
	answers := make(map[inspect.TopicPartition]inspect.OffsetAtAnswer, len(partitions))
	for _, p := range partitions {
		answers[p] = offsetOf(p, resp.GetBlock(p.Topic, p.Partition))
	}
	return answers, nil
}

func offsetOf(p inspect.TopicPartition, block *sarama.OffsetResponseBlock) inspect.OffsetAtAnswer {
	switch {
	case block == nil:
		return inspect.OffsetAtAnswer{Fault: leftOut("partition " + strconv.Quote(p.String()))}
	case block.Err != sarama.ErrNoError:
		return inspect.OffsetAtAnswer{Fault: toDescribe().fault(int16(block.Err), "", p.Topic, "")}
	case block.Offset < 0: // no record at or after the instant
		return inspect.OffsetAtAnswer{}
	}
	return inspect.OffsetAtAnswer{OffsetAt: inspect.OffsetAt{
		Offset: block.Offset, TimestampMs: block.Timestamp, Found: true,
	}}
}
