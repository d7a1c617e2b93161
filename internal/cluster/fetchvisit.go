package cluster

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// visitAll hands out an answer, and returns the rows to ask for again: first
// those that got nothing because others filled the answer.
func (w *worker) visitAll(ctx context.Context, req request, resp *kmsg.FetchResponse, throttled bool) []*row {
	var hungry, fed []*row
	missing := slices.Clone(req.rows)
	for _, t := range resp.Topics {
		for i := range t.Partitions {
			p := &t.Partitions[i]
			at := slices.IndexFunc(missing, func(r *row) bool { return r.Partition == p.Partition && r.Topic == t.Topic })
			if at < 0 {
				continue // not asked for
			}
			r := missing[at]
			missing = slices.Delete(missing, at, at+1)
			before := r.position
			switch goesOn := w.take(ctx, r, p, r == req.rows[0]); {
			case goesOn && r.position == before:
				hungry = append(hungry, r)
			case goesOn:
				fed = append(fed, r)
			}
		}
	}
	for _, r := range missing {
		if throttled { // the answer to a throttled Fetch may be empty (KIP-124)
			r.since = time.Now()
			hungry = append(hungry, r)
		} else {
			w.mend(ctx, r, leftOut(r.TopicPartition.String()))
		}
	}
	if len(fed) > 0 {
		waited(hungry, req.rows[0])
	}
	return append(hungry, fed...)
}

// waited keeps rows from running out of time while others filled the answer. The
// one that stood first has no such excuse.
func waited(hungry []*row, first *row) {
	for _, r := range hungry {
		if r != first {
			r.since = time.Now()
		}
	}
}

// take deals with one partition of an answer; false when the row is not this
// worker's any more.
func (w *worker) take(ctx context.Context, r *row, p *kmsg.FetchResponseTopicPartition, first bool) bool {
	fault := toRead().fault(p.ErrorCode, "", r.Topic, "")
	switch {
	case ctx.Err() != nil:
		return false
	case fault == nil:
		return w.hand(ctx, r, p, first)
	case fault.HasCode(inspect.CodeOffsetOutOfRange):
		return w.outOfRange(ctx, r, p, fault)
	case movedLeader(fault), r.tries == 0 && fault.HasCode(inspect.CodeUnknownTopicOrPartition, inspect.CodeUnknownTopicID):
		w.mend(ctx, r, fault)
	default:
		w.finish(ctx, r, fault)
	}
	return false
}

// hand hands out records. How long the visitor takes is not held against the broker.
func (w *worker) hand(ctx context.Context, r *row, p *kmsg.FetchResponseTopicPartition, first bool) bool {
	begun := time.Now()
	next, more := w.visit(records.Fetched{
		TopicPartition: r.TopicPartition, Offset: r.position, Log: logIn(p),
		Aborted: abortedIn(p), Batches: p.RecordBatches, First: first,
	})
	r.since = r.since.Add(time.Since(begun))
	switch {
	case !more:
		w.finish(ctx, r, nil)
		return false
	case next != r.position:
		r.advance(next, len(p.RecordBatches))
	case first && len(p.RecordBatches) > 0 && !r.raise(p.RecordBatches):
		w.finish(ctx, r, fmt.Errorf("the batch at offset %d has more than %d MiB", r.position, maxBatch>>20))
		return false
	case time.Since(r.since) >= w.cluster.timeout:
		w.finish(ctx, r, fmt.Errorf("nothing came after offset %d for %v", r.position, w.cluster.timeout))
		return false
	}
	return true
}

func logIn(p *kmsg.FetchResponseTopicPartition) inspect.Log {
	return inspect.Log{Start: p.LogStartOffset, LastStable: p.LastStableOffset, HighWatermark: p.HighWatermark}
}

func abortedIn(p *kmsg.FetchResponseTopicPartition) []records.AbortedTransaction {
	if len(p.AbortedTransactions) == 0 {
		return nil
	}
	aborted := make([]records.AbortedTransaction, len(p.AbortedTransactions))
	for i, a := range p.AbortedTransactions {
		aborted[i] = records.AbortedTransaction{ProducerID: a.ProducerID, FirstOffset: a.FirstOffset}
	}
	return aborted
}

// outOfRange tells the visitor where the log is now. Kafka's own answer has -1
// for that (ReplicaManager.readFromLog), so it is asked for.
func (w *worker) outOfRange(ctx context.Context, r *row, p *kmsg.FetchResponseTopicPartition, fault *inspect.Fault) bool {
	log := logIn(p)
	if log.Start < 0 || log.LastStable < log.Start || log.HighWatermark < log.LastStable || log.HighWatermark == 0 {
		answers, err := w.cluster.Logs(ctx, []inspect.TopicPartition{r.TopicPartition})
		answer := answers[r.TopicPartition]
		if err != nil {
			answer.Fault = faultOf(err)
		}
		if answer.Fault != nil {
			w.finish(ctx, r, answer.Fault)
			return false
		}
		log = answer.Log
	}
	next, more := w.visit(records.Fetched{TopicPartition: r.TopicPartition, Offset: r.position, Log: log, Err: fault})
	if !more || next == r.position {
		w.finish(ctx, r, nil)
		return false
	}
	r.advance(next, 0)
	return true
}
