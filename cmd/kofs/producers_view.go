package main

import (
	"strconv"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/output"
)

type partitionProducersDoc struct {
	Topic     string         `json:"topic"`
	Partition int32          `json:"partition"`
	Error     *inspect.Fault `json:"error"`
	Producers []producerDoc  `json:"producers"`
}

type producerDoc struct {
	ProducerID       int64           `json:"producer_id"`
	ProducerEpoch    int32           `json:"producer_epoch"`
	LastSequence     *int32          `json:"last_sequence"`
	LastTimestampMs  *int64          `json:"last_timestamp_ms"`
	LastTimestamp    *string         `json:"last_timestamp"`
	CoordinatorEpoch *int32          `json:"coordinator_epoch"`
	TransactionStart *int64          `json:"transaction_start_offset"`
	Transaction      *transactionDoc `json:"transaction"`
	Hanging          bool            `json:"hanging"`
}

type transactionDoc struct {
	TransactionalID string         `json:"transactional_id"`
	State           string         `json:"state"`
	StartedMs       *int64         `json:"started_ms"`
	Started         *string        `json:"started"`
	TimeoutMs       *int64         `json:"timeout_ms"`
	Error           *inspect.Fault `json:"error"`
}

// addProducers leaves producers null when they were not asked for.
func (d *inspectDoc) addProducers(p *inspect.Producers) {
	if p == nil {
		return
	}
	rows := []partitionProducersDoc{}
	for _, partition := range p.Partitions {
		row := partitionProducersDoc{partition.Topic, partition.Partition, partition.Fault, []producerDoc{}}
		for _, one := range partition.Producers {
			row.Producers = append(row.Producers, newProducerDoc(one))
		}
		rows = append(rows, row)
	}
	d.Producers, d.Errors = rows, brokerErrorDocs(p.Faults)
}

func newProducerDoc(p inspect.PartitionProducer) producerDoc {
	doc := producerDoc{ProducerID: p.ID, ProducerEpoch: p.Epoch, LastSequence: p.LastSequence,
		LastTimestampMs: p.LastTimestampMs, LastTimestamp: output.JSONTime(p.LastTimestampMs),
		CoordinatorEpoch: p.CoordinatorEpoch, TransactionStart: p.TransactionStart, Hanging: p.Hanging}
	if t := p.Transaction; t != nil {
		doc.Transaction = &transactionDoc{t.TransactionalID, t.State, t.StartMs, output.JSONTime(t.StartMs), t.TimeoutMs, t.Fault}
	}
	return doc
}

// producerRow is a producer in the partition that it writes to.
type producerRow struct {
	at       inspect.TopicPartition
	producer *inspect.PartitionProducer
}

// writeProducers writes a table of the producers, nil for not asked for.
func (a *app) writeProducers(p *inspect.Producers) error {
	if p == nil {
		return nil
	}
	var rows []producerRow
	for _, partition := range p.Partitions {
		for i := range partition.Producers {
			rows = append(rows, producerRow{partition.TopicPartition, &partition.Producers[i]})
		}
		if partition.Fault != nil {
			a.warn("%s: its producers are not known: %v", partition.TopicPartition, partition.Fault)
		}
	}
	a.warnBrokers(p.Faults)
	if err := output.Line(a.Out, ""); err != nil {
		return err
	}
	if len(rows) == 0 {
		return output.Line(a.Out, "no idempotent producer is remembered")
	}
	if err := a.writeTable(tableOf(rows, producerColumns(a))); err != nil {
		return err
	}
	return output.Line(a.Out, "")
}

func producerColumns(a *app) []column[producerRow] {
	of := func(cell func(p *inspect.PartitionProducer) string) func(producerRow) string {
		return func(r producerRow) string { return cell(r.producer) }
	}
	transactional := func(field func(*inspect.Transaction) string) func(producerRow) string {
		return of(func(p *inspect.PartitionProducer) string {
			if p.Transaction == nil {
				return "-"
			}
			return field(p.Transaction)
		})
	}
	table := []column[producerRow]{
		{"TOPIC", func(r producerRow) string { return r.at.Topic }, true},
		{"PARTITION", func(r producerRow) string { return numberOrDash(&r.at.Partition) }, false},
		{"PRODUCER ID", of(func(p *inspect.PartitionProducer) string { return strconv.FormatInt(p.ID, 10) }), false},
		{"EPOCH", of(func(p *inspect.PartitionProducer) string { return numberOrDash(&p.Epoch) }), false},
		{"LAST SEQUENCE", of(func(p *inspect.PartitionProducer) string { return numberOrDash(p.LastSequence) }), false},
		{"LAST RECORD", of(func(p *inspect.PartitionProducer) string { return output.Time(p.LastTimestampMs) }), false},
		{"OPEN FROM", of(func(p *inspect.PartitionProducer) string { return numberOrDash(p.TransactionStart) }), false},
	}
	wide := []column[producerRow]{
		{"COORDINATOR EPOCH", of(func(p *inspect.PartitionProducer) string { return numberOrDash(p.CoordinatorEpoch) }), false},
		{"TRANSACTIONAL ID", transactional(func(t *inspect.Transaction) string { return orDash(t.TransactionalID) }), true},
		{"STATE", transactional(func(t *inspect.Transaction) string { return orDash(t.State) }), false},
	}
	return columns(a, table, wide)
}
