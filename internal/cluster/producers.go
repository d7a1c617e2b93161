package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Producers asks each partition's leader. What Kafka writes as -1 is nil.
func (c *Cluster) Producers(ctx context.Context, partitions []inspect.TopicPartition) (map[inspect.TopicPartition]inspect.ProducersAnswer, error) {
	phase, cancel := c.phase(ctx)
	defer cancel()
	answers, err := perLeader(phase, c, partitions, describeProducers,
		func(f *inspect.Fault) inspect.ProducersAnswer { return inspect.ProducersAnswer{Fault: f} },
		func(a inspect.ProducersAnswer) *inspect.Fault { return a.Fault })
	if err == nil {
		err = ended(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("describing producers: %w", err)
	}
	return answers, nil
}

func describeProducers(ctx context.Context, c *conn, partitions []inspect.TopicPartition) (map[inspect.TopicPartition]inspect.ProducersAnswer, error) {
	v, err := c.version(kmsg.DescribeProducers, 0, 0)
	if err != nil {
		return nil, sinceVersion(err, "2.8")
	}
	resp, err := typed(ctx, c, kmsg.DescribeProducers, v, func(b *sarama.Broker) (*sarama.DescribeProducersResponse, error) {
		return b.DescribeProducers(&sarama.DescribeProducersRequest{Version: v, Topics: producerTopics(partitions)})
	})
	if err != nil {
		return nil, err
	}
	answers := make(map[inspect.TopicPartition]inspect.ProducersAnswer, len(partitions))
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			at := inspect.TopicPartition{Topic: t.Name, Partition: p.PartitionIndex}
			answers[at] = inspect.ProducersAnswer{
				Producers: producersOf(p.ActiveProducers),
				Fault:     toRead().fault(int16(p.ErrorCode), deref(p.ErrorMessage), t.Name, ""),
			}
		}
	}
	return answers, nil
}

// sinceVersion says of a request that the broker does not know which release of
// Kafka brought it.
func sinceVersion(err error, release string) error {
	if errors.Is(err, ErrUnsupported) {
		return fmt.Errorf("%w; Kafka has it since %s", err, release)
	}
	return err
}

func producerTopics(partitions []inspect.TopicPartition) []sarama.DescribeProducersRequestTopic {
	var topics []sarama.DescribeProducersRequestTopic
	for _, p := range distinctPartitions(partitions) {
		if n := len(topics); n == 0 || topics[n-1].Name != p.Topic {
			topics = append(topics, sarama.DescribeProducersRequestTopic{Name: p.Topic})
		}
		last := &topics[len(topics)-1]
		last.PartitionIndexes = append(last.PartitionIndexes, p.Partition)
	}
	return topics
}

func producersOf(states []sarama.ProducerState) []inspect.Producer {
	producers := make([]inspect.Producer, len(states))
	for i, s := range states {
		producers[i] = inspect.Producer{
			ID: s.ProducerID, Epoch: s.ProducerEpoch,
			LastSequence: positive(s.LastSequence), LastTimestampMs: positive(s.LastTimestamp),
			CoordinatorEpoch: positive(s.CoordinatorEpoch), TransactionStart: positive(s.CurrentTxnStartOffset),
		}
	}
	slices.SortFunc(producers, func(a, b inspect.Producer) int { return cmp.Compare(a.ID, b.ID) })
	return producers
}

// positive is nil for the -1 that means "none".
func positive[N int32 | int64](n N) *N {
	if n < 0 {
		return nil
	}
	return &n
}

// Transactions asks every broker for those of the producers that it coordinates.
func (c *Cluster) Transactions(ctx context.Context, producerIDs []int64) (inspect.TransactionList, error) {
	phase, cancel := c.phase(ctx)
	defer cancel()
	var mu sync.Mutex
	var list inspect.TransactionList
	cluster, _ := c.Cluster(phase) // asks nothing, cannot fail
	together(cluster.Brokers, func(b inspect.Broker) {
		transactions, err := c.transactionsOn(phase, b, producerIDs)
		mu.Lock()
		defer mu.Unlock()
		list.Transactions = append(list.Transactions, transactions...)
		if err != nil {
			list.Faults = append(list.Faults, inspect.BrokerFault{Broker: b, Fault: faultOf(err)})
		}
	})
	if err := ended(ctx); err != nil {
		return inspect.TransactionList{}, fmt.Errorf("listing transactions: %w", err)
	}
	list.Transactions = onceEach(list.Transactions)
	slices.SortFunc(list.Faults, func(a, b inspect.BrokerFault) int { return cmp.Compare(a.Broker.NodeID, b.Broker.NodeID) })
	return list, nil
}

// onceEach drops all but one answer about a transaction: a coordinator that moves
// while brokers are asked may be listed by both, and only one can describe it.
func onceEach(list []inspect.Transaction) []inspect.Transaction {
	slices.SortFunc(list, func(a, b inspect.Transaction) int {
		described := map[bool]int{true: 0, false: 1}
		return cmp.Or(cmp.Compare(a.TransactionalID, b.TransactionalID), described[a.Fault == nil]-described[b.Fault == nil])
	})
	return slices.CompactFunc(list, func(a, b inspect.Transaction) bool { return a.TransactionalID == b.TransactionalID })
}

// transactionsOn asks one broker, again while it is loading transactions.
func (c *Cluster) transactionsOn(ctx context.Context, b inspect.Broker, producerIDs []int64) ([]inspect.Transaction, error) {
	n, ok := c.node(b.NodeID)
	if !ok {
		return nil, fmt.Errorf("broker %d is not known any more", b.NodeID)
	}
	for p := newPatience(mendTime); ; {
		transactions, err := ask(ctx, n, func(ctx context.Context, conn *conn) ([]inspect.Transaction, error) {
			listed, err := listTransactions(ctx, conn, producerIDs)
			if err != nil || len(listed) == 0 {
				return nil, err
			}
			return listed, describeTransactions(ctx, conn, listed)
		})
		if !movedCoordinator(asFault(err)) || !p.again(ctx) {
			return transactions, err
		}
	}
}

// anyDuration is the duration filter that filters nothing; sarama refuses others in
// version 0, also the zero value.
const anyDuration int64 = -1

func listTransactions(ctx context.Context, c *conn, producerIDs []int64) ([]inspect.Transaction, error) {
	v, err := c.version(kmsg.ListTransactions, 0, 0)
	if err != nil {
		return nil, sinceVersion(err, "3.0")
	}
	resp, err := typed(ctx, c, kmsg.ListTransactions, v, func(b *sarama.Broker) (*sarama.ListTransactionsResponse, error) {
		return b.ListTransactions(&sarama.ListTransactionsRequest{Version: v, ProducerIDFilters: producerIDs, DurationFilter: anyDuration})
	})
	if err != nil {
		return nil, err
	}
	if fault := inspect.KafkaFault(int16(resp.ErrorCode), ""); fault != nil {
		return nil, fault
	}
	transactions := make([]inspect.Transaction, len(resp.TransactionStates))
	for i, s := range resp.TransactionStates {
		transactions[i] = inspect.Transaction{TransactionalID: s.TransactionalID, ProducerID: s.ProducerID, State: s.TransactionState, Fault: leftOut("the transaction")}
	}
	return transactions, nil
}

// describeTransactions fills in what the list does not tell. The broker that
// listed them is their coordinator.
func describeTransactions(ctx context.Context, c *conn, listed []inspect.Transaction) error {
	v, err := c.version(kmsg.DescribeTransactions, 0, 0)
	if err != nil {
		return err
	}
	byID := make(map[string]*inspect.Transaction, len(listed))
	ids := make([]string, len(listed))
	for i := range listed {
		byID[listed[i].TransactionalID], ids[i] = &listed[i], listed[i].TransactionalID
	}
	resp, err := typed(ctx, c, kmsg.DescribeTransactions, v, func(b *sarama.Broker) (*sarama.DescribeTransactionsResponse, error) {
		return b.DescribeTransactions(&sarama.DescribeTransactionsRequest{Version: v, TransactionalIDs: ids})
	})
	if err != nil {
		return err
	}
	for _, s := range resp.TransactionStates {
		if t, ok := byID[s.TransactionalID]; ok {
			describeTransaction(t, s)
		}
	}
	return nil
}

func describeTransaction(t *inspect.Transaction, s sarama.TransactionState) {
	if t.Fault = inspect.KafkaFault(int16(s.ErrorCode), ""); t.Fault != nil {
		return
	}
	timeout := int64(s.TransactionTimeout / time.Millisecond)
	t.ProducerID, t.State, t.TimeoutMs, t.StartMs = s.ProducerID, s.TransactionState, positive(timeout), positive(s.TransactionStartTime)
	for _, topic := range s.Topics {
		for _, p := range topic.Partitions {
			t.Partitions = append(t.Partitions, inspect.TopicPartition{Topic: topic.Topic, Partition: p})
		}
	}
}
