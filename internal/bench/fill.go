package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"
)

// fill is the child that produces. It is a process of its own so that the one
// that starts the measured programs stays small (see measure).
// Arguments: server, topic, partitions, records, bytes of a value, whether to compress.
func fill(args []string) error {
	var n [3]int64
	for i := range n {
		var err error
		if n[i], err = strconv.ParseInt(args[2+i], 10, 64); err != nil {
			return err
		}
	}
	partitions, records, bytes := n[0], n[1], n[2]
	codec := kgo.NoCompression()
	if args[5] == "true" {
		codec = kgo.ZstdCompression()
	}
	cl, err := kgo.NewClient(
		kgo.SeedBrokers(args[0]),
		kgo.DefaultProduceTopic(args[1]),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codec),
		kgo.MaxBufferedRecords(200_000),
	)
	if err != nil {
		return err
	}
	defer cl.Close()
	return produce(cl, partitions, records, bytes)
}

// produce sends random values, from a stock of 1 MiB: no two segments are alike, and
// zstd finds something to do.
func produce(cl *kgo.Client, partitions, records, bytes int64) error {
	ctx := context.Background()
	noise := make([]byte, 1<<20)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(noise)
	for i := range noise { // text, so that a listing is of text
		noise[i] = 'a' + noise[i]%26
	}
	var failed atomic.Pointer[error]
	for i := range records {
		at := (i * 7919) % (int64(len(noise)) - bytes)
		r := &kgo.Record{Partition: int32(i % partitions), Key: strconv.AppendInt(nil, i%100_000, 10), Value: noise[at : at+bytes]}
		cl.Produce(ctx, r, func(_ *kgo.Record, err error) {
			if err != nil {
				failed.Store(&err)
			}
		})
	}
	if err := cl.Flush(ctx); err != nil {
		return err
	}
	if err := failed.Load(); err != nil {
		return fmt.Errorf("producing: %w", *err)
	}
	return nil
}
