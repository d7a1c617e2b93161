package inspect

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// ProducerSource is a cluster that can be asked who writes to it. internal/cluster
// is one. As with [Source], what failed for one partition or broker is a Fault in
// the answer, and nothing is changed.
type ProducerSource interface {
	// Producers asks each partition's leader for the producers that it remembers
	// (DescribeProducers, KIP-664, since Kafka 2.8). Only idempotent producers are
	// remembered, for producer.id.expiration.ms after their last record. Every
	// partition gets an answer.
	Producers(ctx context.Context, partitions []TopicPartition) (map[TopicPartition]ProducersAnswer, error)
	// Transactions asks every broker which transactions of these producers it
	// coordinates (ListTransactions and DescribeTransactions, since Kafka 3.0).
	// Transactional ids that the principal may not describe are left out, without
	// a word.
	Transactions(ctx context.Context, producerIDs []int64) (TransactionList, error)
}

// ProducersAnswer is what a leader remembers of one partition's producers.
type ProducersAnswer struct {
	Producers []Producer // by ID
	Fault     *Fault
}

// Producer is one idempotent or transactional producer, as a partition's leader
// knows it.
type Producer struct {
	ID               int64
	Epoch            int32
	LastSequence     *int32 // nil when no record of it is there any more
	LastTimestampMs  *int64 // of its last record or marker; nil when it has none
	CoordinatorEpoch *int32 // of the last transaction marker; nil before the first
	// TransactionStart is the first offset of its open transaction; nil if there is none.
	TransactionStart *int64
}

// TransactionList is what the coordinators said, and which did not.
type TransactionList struct {
	Transactions []Transaction // by transactional id
	Faults       []BrokerFault
}

// Transaction is what its coordinator knows of one.
type Transaction struct {
	TransactionalID string
	ProducerID      int64
	State           string // as Kafka spells it: Ongoing, PrepareCommit, ...
	// The others are nil when the transaction was listed but not described (Fault).
	TimeoutMs  *int64
	StartMs    *int64
	Partitions []TopicPartition // that still wait for its end
	Fault      *Fault
}

// holds reports whether the transaction is why a producer has one open in p.
func (t Transaction) holds(p TopicPartition, id int64) bool {
	active := slices.Contains([]string{"Ongoing", "PrepareCommit", "PrepareAbort"}, t.State)
	return t.ProducerID == id && active && (t.Fault != nil || slices.Contains(t.Partitions, p))
}

// PartitionProducers are the producers of one partition.
type PartitionProducers struct {
	TopicPartition
	Producers []PartitionProducer
	Fault     *Fault
}

// PartitionProducer is a producer and its open transaction, if it has one.
type PartitionProducer struct {
	Producer
	Transaction *Transaction // nil: none open, or no coordinator knows of it
	// Hanging says that a transaction is open and every coordinator was asked, but
	// none lists it. It will not end by itself.
	Hanging bool
}

// Producers is who writes to some partitions.
type Producers struct {
	Partitions []PartitionProducers // in the order asked for
	Faults     []BrokerFault        // brokers that did not list their transactions
}

// Unread reports whether something could not be read.
func (p Producers) Unread() bool {
	return len(p.Faults) > 0 || slices.ContainsFunc(p.Partitions, func(p PartitionProducers) bool { return p.Fault != nil })
}

// TakeProducers asks who writes to the partitions, and which open transactions
// hang: those that no coordinator lists, and that are still there when the leader
// is asked once more, since one may have ended in between.
func TakeProducers(ctx context.Context, src ProducerSource, partitions []TopicPartition) (Producers, error) {
	answers, err := src.Producers(ctx, partitions)
	if err != nil {
		return Producers{}, fmt.Errorf("describing producers: %w", err)
	}
	var taken Producers
	for _, p := range partitions {
		row := PartitionProducers{TopicPartition: p, Fault: answers[p].Fault}
		for _, producer := range answers[p].Producers {
			row.Producers = append(row.Producers, PartitionProducer{Producer: producer})
		}
		taken.Partitions = append(taken.Partitions, row)
	}
	if err := taken.findTransactions(ctx, src); err != nil {
		return Producers{}, err
	}
	return taken, taken.findHanging(ctx, src)
}

// open goes through the producers with an open transaction that has no
// coordinator yet.
func (p Producers) open(yield func(TopicPartition, *PartitionProducer)) {
	for i := range p.Partitions {
		row := &p.Partitions[i]
		for j := range row.Producers {
			if one := &row.Producers[j]; one.TransactionStart != nil && one.Transaction == nil {
				yield(row.TopicPartition, one)
			}
		}
	}
}

func (p *Producers) findTransactions(ctx context.Context, src ProducerSource) error {
	var ids []int64
	p.open(func(_ TopicPartition, one *PartitionProducer) { ids = append(ids, one.ID) })
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	list, err := src.Transactions(ctx, slices.Compact(ids))
	if err != nil {
		return fmt.Errorf("listing transactions: %w", err)
	}
	p.Faults = list.Faults
	p.open(func(at TopicPartition, one *PartitionProducer) {
		i := slices.IndexFunc(list.Transactions, func(t Transaction) bool { return t.holds(at, one.ID) })
		if i >= 0 {
			one.Transaction = &list.Transactions[i]
		}
	})
	return nil
}

func (p *Producers) findHanging(ctx context.Context, src ProducerSource) error {
	var partitions []TopicPartition
	p.open(func(at TopicPartition, _ *PartitionProducer) { partitions = append(partitions, at) })
	if len(partitions) == 0 {
		return nil
	}
	again, err := src.Producers(ctx, slices.Compact(partitions))
	if err != nil {
		return fmt.Errorf("describing producers: %w", err)
	}
	p.open(func(at TopicPartition, one *PartitionProducer) {
		still := slices.ContainsFunc(again[at].Producers, func(now Producer) bool {
			return now.ID == one.ID && now.TransactionStart != nil && *now.TransactionStart == *one.TransactionStart
		})
		switch {
		case again[at].Fault != nil: // not known
		case still:
			one.Hanging = len(p.Faults) == 0
		default:
			one.TransactionStart = nil
		}
	})
	return nil
}

// Findings says which transactions are open, and which hang.
func (p Producers) Findings() []Finding {
	var findings []Finding
	for _, row := range p.Partitions {
		at := row.TopicPartition
		for _, one := range row.Producers {
			switch {
			case one.TransactionStart == nil:
			case one.Hanging:
				findings = append(findings, Finding{FindingHangingTransaction, &at, one.hanging(at)})
			default:
				findings = append(findings, Finding{FindingProducerTransaction, &at, one.open()})
			}
		}
	}
	return findings
}

func (p PartitionProducer) open() string {
	words := p.openSince()
	switch t := p.Transaction; {
	case t == nil:
		return words + "; it is not known whether it hangs, since not every broker could be asked about it"
	case t.StartMs != nil && t.TimeoutMs != nil:
		return words + fmt.Sprintf("; transactional id %q, %s, begun %s, aborted by its coordinator after %d ms",
			t.TransactionalID, t.State, timeInWords(*t.StartMs), *t.TimeoutMs)
	default:
		return words + fmt.Sprintf("; transactional id %q, %s", t.TransactionalID, t.State)
	}
}

func (p PartitionProducer) hanging(at TopicPartition) string {
	return p.openSince() + fmt.Sprintf("; no coordinator lists it, so it hangs, unless its transactional id may not be described: kafka-transactions.sh abort --topic %s --partition %d --start-offset %d",
		at.Topic, at.Partition, *p.TransactionStart)
}

func (p PartitionProducer) openSince() string {
	words := fmt.Sprintf("producer %d (epoch %d) has a transaction open from offset %d on", p.ID, p.Epoch, *p.TransactionStart)
	if p.LastTimestampMs != nil {
		words += ", its last record is of " + timeInWords(*p.LastTimestampMs)
	}
	return words
}

func timeInWords(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}
