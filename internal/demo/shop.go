package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kofs/kofs/internal/kafkatest"
)

// The shop's past, counted back from its opening.
const (
	pastOfShop = 2 * time.Hour
	badRelease = 40 * time.Minute // when billing began to write wrong invoices
	billingEnd = 12 * time.Minute // when it was stopped
)

// shop is the broker with what is in it, and those who are at work there.
type shop struct {
	broker *kafkatest.Embedded
	world  *kafkatest.World
	opened time.Time

	book   *orderBook
	orders orderHistory
	desk   *cashDesk
	till   *kgo.Client // produces orders

	shipper *kafkatest.Member
	endWork context.CancelFunc
	work    sync.WaitGroup
	failed  error // why orders stopped coming in; set once work is done
}

// openShop starts the broker, fills it with the last two hours and lets the shop
// go on. Close it also after an error, unless it is nil.
func openShop(ctx context.Context, now time.Time) (*shop, error) {
	broker, err := kafkatest.StartEmbedded(kafkatest.EmbeddedOptions{
		Topics: map[string]int32{"orders": orderPartitions, "payments": paymentPartitions},
		Extra:  []kfake.Opt{kfake.ClusterID("kofs-demo")},
	})
	if err != nil {
		return nil, err
	}
	s := &shop{broker: broker, opened: now, book: newOrderBook(1), desk: newCashDesk(2)}
	if s.world, err = kafkatest.Connect(ctx, broker.Addrs()); err != nil {
		return s, err
	}
	if s.till, err = s.producer(); err != nil {
		return s, err
	}
	if err := s.fill(ctx); err != nil {
		return s, fmt.Errorf("filling the shop: %w", err)
	}
	return s, s.startWork(ctx)
}

func (s *shop) addr() string { return s.broker.Addrs()[0] }

// producer is a client that produces to the partition that each record names, in
// batches as large as those of Kafka's own producer.
func (s *shop) producer(opts ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(opts,
		kgo.SeedBrokers(s.addr()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(16<<10),
	)...)
}

// fill writes the past: the orders, the payments, and how far billing came.
func (s *shop) fill(ctx context.Context) error {
	from, stopped := s.opened.Add(-pastOfShop), s.opened.Add(-billingEnd)
	s.orders = s.book.history(from, s.opened)
	for _, records := range s.orders {
		if err := s.till.ProduceSync(ctx, records...).FirstErr(); err != nil {
			return err
		}
	}
	desk, err := s.producer(kgo.TransactionalID("cash-desk"))
	if err != nil {
		return err
	}
	defer desk.Close()
	if err := s.desk.work(ctx, desk, from, stopped); err != nil {
		return err
	}
	if err := s.billUntil(ctx, stopped); err != nil {
		return err
	}
	if err := s.desk.work(ctx, desk, stopped, s.opened); err != nil {
		return err
	}
	return s.neglect(ctx)
}

// billUntil lets billing join, commit what it had read when it was stopped, and
// leave. Of the payments only those until then are there yet.
func (s *shop) billUntil(ctx context.Context, stopped time.Time) error {
	paid, err := s.world.Bounds(ctx, "payments")
	if err != nil {
		return err
	}
	member, err := s.world.Join(ctx, "billing", []string{"orders", "payments"}, kgo.ClientID("billing-1"))
	if err != nil {
		return err
	}
	defer member.Close()
	commit := map[string]map[int32]kgo.EpochOffset{"orders": {}, "payments": {}}
	for partition, offset := range s.orders.offsetsAt(stopped) {
		commit["orders"][partition] = kgo.EpochOffset{Epoch: -1, Offset: offset}
	}
	for partition, bounds := range paid {
		commit["payments"][partition] = kgo.EpochOffset{Epoch: -1, Offset: bounds.HighWatermark}
	}
	return commitAs(ctx, member.Client(), commit)
}

// startWork starts the present: orders that come in, and shipping, which reads
// them. Shipping had read everything when the shop opened.
func (s *shop) startWork(ctx context.Context) (err error) {
	if err := s.world.Commit(ctx, "shipping", kafkatest.Offsets{"orders": s.orders.ends()}); err != nil {
		return err
	}
	s.shipper, err = s.world.Join(ctx, "shipping", []string{"orders"}, kgo.ClientID("shipping-1"))
	if err != nil {
		return err
	}
	working, end := context.WithCancel(context.WithoutCancel(ctx))
	s.endWork = end
	s.work.Go(func() { s.failed = s.takeOrders(working) })
	s.work.Go(func() { s.ship(working) })
	return nil
}

// takeOrders writes a record every 200 ms, until ctx ends.
func (s *shop) takeOrders(ctx context.Context) error {
	ticker := time.NewTicker(orderInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case at := <-ticker.C:
			if err := s.till.ProduceSync(ctx, s.book.next(at)).FirstErr(); err != nil && ctx.Err() == nil {
				return fmt.Errorf("taking orders: %w", err)
			}
		}
	}
}

// ship reads orders as they come, and commits them, until ctx ends. A commit that
// fails, as one does during a rebalance, is made good by the next.
func (s *shop) ship(ctx context.Context) {
	cl := s.shipper.Client()
	for ctx.Err() == nil {
		cl.PollFetches(ctx)
		_ = commitAs(ctx, cl, cl.UncommittedOffsets())
	}
}

// close ends the work and stops the broker. Its error is what went wrong while
// the shop was open.
func (s *shop) close() error {
	if s.endWork != nil {
		s.endWork()
		s.work.Wait()
	}
	if s.shipper != nil {
		s.shipper.Close()
	}
	if s.till != nil {
		s.till.Close()
	}
	if s.world != nil {
		s.world.Close()
	}
	s.broker.Close()
	return s.failed
}
