package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	paymentPartitions = 3
	paymentInterval   = 3 * time.Minute // between transactions
	abortedEvery      = 7               // each seventh transaction is aborted, and tried again
)

// cashDesk makes up what the shop writes to the topic payments: some payments in
// each transaction. One that is aborted leaves its records in the log, where
// read_uncommitted sees them, and is followed by one with the same payments.
type cashDesk struct {
	rng          *rand.Rand
	last         int // number of the newest payment
	transactions int

	committed, aborted int // records
}

type payment struct {
	ID       string `json:"payment_id"`
	Order    string `json:"order_id"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Method   string `json:"method"`
}

func newCashDesk(seed uint64) *cashDesk {
	return &cashDesk{rng: rand.New(rand.NewPCG(seed, seed)), last: 91_000}
}

// work does the transactions from one time to another.
func (d *cashDesk) work(ctx context.Context, cl *kgo.Client, from, until time.Time) error {
	for at := from; at.Before(until); at = at.Add(paymentInterval) {
		payments := d.take(at)
		d.transactions++
		if d.transactions%abortedEvery == 0 {
			if err := transact(ctx, cl, copies(payments), kgo.TryAbort); err != nil {
				return err
			}
			d.aborted += len(payments)
		}
		if err := transact(ctx, cl, payments, kgo.TryCommit); err != nil {
			return err
		}
		d.committed += len(payments)
	}
	return nil
}

// transact produces the records in a transaction, and ends it.
func transact(ctx context.Context, cl *kgo.Client, records []*kgo.Record, end kgo.TransactionEndTry) error {
	if err := cl.BeginTransaction(); err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	if err := cl.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return fmt.Errorf("producing in a transaction: %w", err)
	}
	if err := cl.EndTransaction(ctx, end); err != nil {
		return fmt.Errorf("ending a transaction: %w", err)
	}
	return nil
}

// copies are the records to send once more: franz-go writes into those it sends.
func copies(records []*kgo.Record) []*kgo.Record {
	again := make([]*kgo.Record, len(records))
	for i, r := range records {
		again[i] = &kgo.Record{Topic: r.Topic, Partition: r.Partition, Key: r.Key, Value: r.Value, Timestamp: r.Timestamp}
	}
	return again
}

// take makes up the payments of one transaction, some on each partition.
func (d *cashDesk) take(at time.Time) (records []*kgo.Record) {
	for partition := range int32(paymentPartitions) {
		for range 3 + d.rng.IntN(6) {
			at = at.Add(time.Duration(d.rng.IntN(2000)) * time.Millisecond)
			records = append(records, d.next(partition, at))
		}
	}
	return records
}

func (d *cashDesk) next(partition int32, at time.Time) *kgo.Record {
	d.last++
	p := payment{
		ID:       fmt.Sprintf("p-%d", d.last),
		Order:    fmt.Sprintf("o-%d", d.last-42_800),
		Amount:   fmt.Sprintf("%d.%02d", 4+d.rng.IntN(180), d.rng.IntN(100)),
		Currency: "EUR",
		Method:   []string{"card", "card", "transfer", "voucher"}[d.rng.IntN(4)],
	}
	value, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings always have JSON
	}
	return &kgo.Record{
		Topic: "payments", Partition: partition,
		Key: []byte(p.Order), Value: value, Timestamp: at.Truncate(time.Millisecond),
	}
}
