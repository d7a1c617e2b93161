package records

import (
	"context"
	"sync"

	"github.com/kofs/kofs/inspect"
)

var orders = inspect.TopicPartition{Topic: "orders", Partition: 3}

func over(from, until int64) Range { return Range{TopicPartition: orders, From: from, Until: until} }

// transaction is one that was aborted, with the offset of its marker.
type transaction struct {
	AbortedTransaction
	markerAt int64
}

// broker is one partition that answers fetches as Kafka does.
type broker struct {
	log     inspect.Log
	batches [][]byte
	aborted []transaction
	// size limits an answer, in bytes; the first batch is whole when First. 0: no limit.
	size int
	// tamper changes an answer before it is given; n counts from 0.
	tamper func(n int, f *Fetched)

	answers int
	asked   []int64
}

// logOf is a broker whose log ends where its last batch does, all decided.
func logOf(batches ...[]byte) *broker {
	b := &broker{batches: batches}
	if len(batches) > 0 {
		last := parse(batches[len(batches)-1])
		b.log = inspect.Log{Start: 0, LastStable: last.last + 1, HighWatermark: last.last + 1}
	}
	return b
}

func (b *broker) answer(i inspect.Isolation, at int64) Fetched {
	f := Fetched{TopicPartition: orders, Offset: at, Log: b.log, First: true}
	if at < b.log.Start || at > b.log.HighWatermark {
		f.Err = inspect.KafkaFault(inspect.CodeOffsetOutOfRange, "")
	}
	end := b.log.End(i)
	upper := at
	for _, raw := range b.batches {
		h := parse(raw)
		if h.last < at || h.base >= end {
			continue
		}
		upper = h.last + 1
		if b.size > 0 && len(f.Batches) > 0 && len(f.Batches)+len(raw) > b.size {
			f.Batches = append(f.Batches, raw[:min(len(raw), max(0, b.size-len(f.Batches)))]...)
			break
		}
		f.Batches = append(f.Batches, raw...)
	}
	for _, t := range b.aborted {
		if i == inspect.ReadCommitted && t.markerAt >= at && t.FirstOffset < upper {
			f.Aborted = append(f.Aborted, t.AbortedTransaction)
		}
	}
	if b.tamper != nil {
		b.tamper(b.answers, &f)
	}
	b.answers++
	b.asked = append(b.asked, at)
	if f.Err != nil {
		f.Batches, f.Aborted = nil, nil
	}
	return f
}

// Fetch serves the one partition.
func (b *broker) Fetch(ctx context.Context, i inspect.Isolation, ranges []Range, visit Visit) error {
	return cluster{orders: b}.Fetch(ctx, i, ranges, visit)
}

// cluster is several partitions, read two at a time.
type cluster map[inspect.TopicPartition]*broker

func (c cluster) Fetch(ctx context.Context, i inspect.Isolation, ranges []Range, visit Visit) error {
	var all sync.WaitGroup
	turns := make(chan struct{}, 2)
	for _, r := range ranges {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			for at, more := r.From, true; more && ctx.Err() == nil; {
				f := c[r.TopicPartition].answer(i, at)
				f.TopicPartition = r.TopicPartition
				at, more = visit(f)
				more = more && f.Err == nil
			}
		})
	}
	all.Wait()
	return ctx.Err()
}
