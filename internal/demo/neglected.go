package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kofs/kofs/internal/kafkatest"
)

const (
	customers       = 400
	customerUpdates = 1800
	auditEnd        = 110 * time.Minute // before the opening, when audit last committed
	ordersKept      = 100 * time.Minute // how far back the orders reach
)

// neglect adds what nobody looks after: a compacted topic, a group whose records
// were deleted before it read them, and one that committed for a topic that is
// not there.
func (s *shop) neglect(ctx context.Context) error {
	if err := s.compactCustomers(ctx); err != nil {
		return err
	}
	if err := s.outliveAudit(ctx); err != nil {
		return err
	}
	return s.commitLegacy(ctx)
}

// compactCustomers fills the topic customers and lets the broker compact it: only
// the last record of each customer is kept, except in the newest batch.
func (s *shop) compactCustomers(ctx context.Context) error {
	if err := s.world.CreateTopic(ctx, "customers", 1, map[string]string{"cleanup.policy": "compact"}); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(3, 3))
	records := make([]*kgo.Record, customerUpdates)
	for i := range records {
		customer := rng.IntN(customers)
		records[i] = &kgo.Record{
			Topic: "customers", Key: fmt.Appendf(nil, "c-%04d", customer),
			Value:     fmt.Appendf(nil, `{"customer":"c-%04d","updates":%d}`, customer, i),
			Timestamp: s.opened.Add(-pastOfShop).Add(time.Duration(i) * time.Second),
		}
	}
	if err := s.till.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return err
	}
	s.broker.Cluster.Compact()
	return nil
}

// outliveAudit commits for audit, and deletes older orders than it has read.
func (s *shop) outliveAudit(ctx context.Context) error {
	offsets := kafkatest.Offsets{"orders": s.orders.offsetsAt(s.opened.Add(-auditEnd)), "customers": {0: customerUpdates}}
	if err := s.world.Commit(ctx, "audit", offsets); err != nil {
		return err
	}
	return s.world.DeleteRecords(ctx, "orders", 0, s.orders.offsetAt(0, s.opened.Add(-ordersKept)))
}

// commitLegacy commits for a topic that never was, as far as anybody can still
// tell. A broker takes commits only for topics that are there, and forgets them
// with the topic, but not one that a transaction still holds.
func (s *shop) commitLegacy(ctx context.Context) error {
	if err := s.world.CreateTopic(ctx, "invoices", 1, nil); err != nil {
		return err
	}
	t, err := s.world.Begin(ctx, "legacy")
	if err != nil {
		return err
	}
	if err := t.CommitOffsets(ctx, "legacy", kafkatest.Offsets{"invoices": {0: 4711}}); err != nil {
		return err
	}
	if err := s.world.DeleteTopic(ctx, "invoices"); err != nil {
		return err
	}
	return t.Commit(ctx)
}
