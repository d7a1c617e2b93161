package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Transaction is an open transaction. Until Commit or Abort, the last stable
// offset of the partitions it wrote to stays at its first record.
type Transaction struct {
	*producer
	id     string
	groups bool // offsets were added
	wrote  bool // records were sent
}

// openTransactionTimeout lets a transaction stay open for as long as any test
// runs; brokers allow 15 minutes by default.
const openTransactionTimeout = 15 * time.Minute

// Transact produces the batches in one transaction and commits it, or aborts
// it if commit is false. The id is the transactional.id.
func (w *World) Transact(ctx context.Context, id string, commit bool, batches ...Batch) error {
	t, err := w.Begin(ctx, id)
	if err != nil {
		return err
	}
	var firsts []int64
	for _, b := range batches {
		first, err := t.Produce(ctx, b)
		if err != nil {
			t.Abandon()
			return err
		}
		firsts = append(firsts, first)
	}
	if commit {
		err = t.Commit(ctx)
	} else {
		err = t.Abort(ctx)
	}
	for i, b := range batches {
		if err == nil {
			err = w.awaitMarker(ctx, b, firsts[i])
		}
	}
	return err
}

// awaitMarker waits for what follows a batch: Kafka answers the end of a
// transaction before it has written the markers, so that a record produced next
// may come before them.
func (w *World) awaitMarker(ctx context.Context, b Batch, first int64) error {
	return Await(ctx, 5*time.Millisecond, "a transaction marker", func() (bool, error) {
		bounds, err := w.Bounds(ctx, b.Topic)
		return bounds[b.Partition].HighWatermark > first+int64(len(b.Records)), err
	})
}

// Begin opens a transaction and leaves it open. End it by Commit or Abort, or
// leave it hanging with Abandon.
func (w *World) Begin(_ context.Context, id string) (*Transaction, error) {
	p, err := w.newProducer(None, kgo.TransactionalID(id), kgo.TransactionTimeout(openTransactionTimeout))
	if err != nil {
		return nil, err
	}
	if err := p.cl.BeginTransaction(); err != nil {
		p.cl.Close()
		return nil, fmt.Errorf("beginning transaction %q: %w", id, err)
	}
	return &Transaction{id: id, producer: p}, nil
}

// Produce adds one batch to the transaction (its Codec is ignored) and returns
// the offset of the batch's first record.
func (t *Transaction) Produce(ctx context.Context, b Batch) (int64, error) {
	t.wrote = true
	return t.send(ctx, b)
}

// CommitOffsets adds a group's offsets to the transaction, as a
// consume-transform-produce application does: until the transaction ends they
// are pending, and a read that requires stable offsets is refused.
func (t *Transaction) CommitOffsets(ctx context.Context, group string, offsets Offsets) error {
	pid, epoch, err := t.cl.ProducerID(ctx)
	if err != nil {
		return fmt.Errorf("adding offsets of group %q to transaction %q: %w", group, t.id, err)
	}
	t.groups = true
	if err := t.addGroup(ctx, group, pid, epoch); err != nil {
		return fmt.Errorf("adding group %q to transaction %q: %w", group, t.id, err)
	}
	if err := t.addOffsets(ctx, group, pid, epoch, offsets); err != nil {
		return fmt.Errorf("committing offsets of group %q in transaction %q: %w", group, t.id, err)
	}
	return nil
}

func (t *Transaction) addOffsets(ctx context.Context, group string, pid int64, epoch int16, offsets Offsets) error {
	topics, err := kadm.NewClient(t.cl).ListTopics(ctx, slices.Collect(maps.Keys(offsets))...)
	if err != nil {
		return err
	}
	req := kmsg.NewPtrTxnOffsetCommitRequest()
	req.TransactionalID, req.Group, req.ProducerID, req.ProducerEpoch = t.id, group, pid, epoch
	for topic, partitions := range offsets {
		rt := kmsg.NewTxnOffsetCommitRequestTopic()
		rt.Topic, rt.TopicID = topic, topics[topic].ID
		for partition, offset := range partitions {
			rp := kmsg.NewTxnOffsetCommitRequestTopicPartition()
			rp.Partition, rp.Offset = partition, offset
			rt.Partitions = append(rt.Partitions, rp)
		}
		req.Topics = append(req.Topics, rt)
	}
	resp, err := req.RequestWith(ctx, t.cl)
	if err != nil {
		return err
	}
	for _, rt := range resp.Topics {
		for _, rp := range rt.Partitions {
			err = errors.Join(err, kerr.ErrorForCode(rp.ErrorCode))
		}
	}
	return err
}

func (t *Transaction) addGroup(ctx context.Context, group string, pid int64, epoch int16) error {
	req := kmsg.NewPtrAddOffsetsToTxnRequest()
	req.TransactionalID, req.Group, req.ProducerID, req.ProducerEpoch = t.id, group, pid, epoch
	resp, err := req.RequestWith(ctx, t.cl)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(resp.ErrorCode)
}

// Commit ends the transaction: its records become visible to read_committed.
func (t *Transaction) Commit(ctx context.Context) error { return t.end(ctx, true) }

// Abort ends the transaction: read_committed never sees its records.
func (t *Transaction) Abort(ctx context.Context) error { return t.end(ctx, false) }

// Abandon closes the producer and leaves the transaction open, as a producer
// that was killed does.
func (t *Transaction) Abandon() { t.cl.Close() }

func (t *Transaction) end(ctx context.Context, commit bool) error {
	defer t.cl.Close()
	end := t.endByClient
	if t.groups && !t.wrote { // the client believes that there is nothing to end
		end = t.endByRequest
	}
	if err := end(ctx, commit); err != nil {
		return fmt.Errorf("ending transaction %q: %w", t.id, err)
	}
	return nil
}

func (t *Transaction) endByClient(ctx context.Context, commit bool) error {
	return t.cl.EndTransaction(ctx, kgo.TransactionEndTry(commit))
}

func (t *Transaction) endByRequest(ctx context.Context, commit bool) error {
	pid, epoch, err := t.cl.ProducerID(ctx)
	if err != nil {
		return err
	}
	req := kmsg.NewPtrEndTxnRequest()
	req.TransactionalID, req.ProducerID, req.ProducerEpoch, req.Commit = t.id, pid, epoch, commit
	resp, err := req.RequestWith(ctx, t.cl)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(resp.ErrorCode)
}
