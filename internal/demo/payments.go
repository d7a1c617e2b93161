package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
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
func (d *cashDesk) work(ctx context.Context, w *kafkatest.World, from, until time.Time) error {
	for at := from; at.Before(until); at = at.Add(paymentInterval) {
		batches, records := d.take(at)
		d.transactions++
		if d.transactions%abortedEvery == 0 {
			if err := w.Transact(ctx, "cash-desk", false, batches...); err != nil {
				return err
			}
			d.aborted += records
		}
		if err := w.Transact(ctx, "cash-desk", true, batches...); err != nil {
			return err
		}
		d.committed += records
	}
	return nil
}

// take makes up the payments of one transaction, a batch for each partition.
func (d *cashDesk) take(at time.Time) (batches []kafkatest.Batch, records int) {
	batches = make([]kafkatest.Batch, paymentPartitions)
	for partition := range batches {
		b := kafkatest.Batch{Topic: "payments", Partition: int32(partition)}
		for range 3 + d.rng.IntN(6) {
			at = at.Add(time.Duration(d.rng.IntN(2000)) * time.Millisecond)
			b.Records = append(b.Records, d.next(at))
		}
		batches[partition], records = b, records+len(b.Records)
	}
	return batches, records
}

func (d *cashDesk) next(at time.Time) kafkatest.Record {
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
	return kafkatest.Record{Key: []byte(p.Order), Value: value, Timestamp: at.Truncate(time.Millisecond)}
}
