package main

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sort"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	orderPartitions = 6
	orderInterval   = 200 * time.Millisecond // 5 records a second, then and now
	openOrders      = 400                    // placed or paid, and not yet shipped
)

// orderBook makes up what the shop writes to the topic orders: an order is
// placed, paid and shipped, now and then cancelled, and each step is a record.
// The same seed makes up the same orders.
type orderBook struct {
	rng  *rand.Rand
	last int // number of the newest order
	open []order
}

type order struct {
	ID       string `json:"order_id"`
	Customer string `json:"customer"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Status   string `json:"status"`
}

func newOrderBook(seed uint64) *orderBook {
	return &orderBook{rng: rand.New(rand.NewPCG(seed, seed)), last: 48_200}
}

// next is one step of one order, for the partition of its customer.
func (b *orderBook) next(at time.Time) *kgo.Record {
	o := b.step()
	value, err := json.Marshal(o)
	if err != nil {
		panic(err) // strings always have JSON
	}
	return &kgo.Record{
		Topic: "orders", Partition: partitionOf(o.Customer, orderPartitions),
		Key: []byte(o.Customer), Value: value, Timestamp: at,
	}
}

// step opens an order, or takes an open one further.
func (b *orderBook) step() order {
	if len(b.open) < openOrders || b.rng.IntN(3) == 0 {
		o := b.place()
		b.open = append(b.open, o)
		return o
	}
	i := b.rng.IntN(len(b.open))
	b.open[i].Status = b.after(b.open[i].Status)
	o := b.open[i]
	if o.Status == "shipped" || o.Status == "cancelled" {
		b.open = append(b.open[:i], b.open[i+1:]...)
	}
	return o
}

func (b *orderBook) place() order {
	b.last++
	return order{
		ID:       fmt.Sprintf("o-%d", b.last),
		Customer: fmt.Sprintf("c-%04d", b.rng.IntN(2500)),
		Amount:   fmt.Sprintf("%d.%02d", 4+b.rng.IntN(180), b.rng.IntN(100)),
		Currency: "EUR",
		Status:   "placed",
	}
}

func (b *orderBook) after(status string) string {
	switch {
	case status == "paid":
		return "shipped"
	case b.rng.IntN(30) == 0:
		return "cancelled"
	}
	return "paid"
}

func partitionOf(key string, partitions uint32) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	return int32(h.Sum32() % partitions)
}

// orderHistory is what is in each partition of orders when the shop opens: the
// index is the offset.
type orderHistory [orderPartitions][]*kgo.Record

// history makes up the orders from one time to another.
func (b *orderBook) history(from, until time.Time) orderHistory {
	var h orderHistory
	for at := from; at.Before(until); at = at.Add(orderInterval) {
		jitter := time.Duration(b.rng.Int64N(int64(orderInterval)))
		record := b.next(at.Add(jitter).Truncate(time.Millisecond))
		h[record.Partition] = append(h[record.Partition], record)
	}
	return h
}

// offsetAt is the offset of the partition's first record at or after the instant.
func (h orderHistory) offsetAt(partition int32, at time.Time) int64 {
	records := h[partition]
	return int64(sort.Search(len(records), func(i int) bool { return !records[i].Timestamp.Before(at) }))
}

// offsetsAt is offsetAt for every partition.
func (h orderHistory) offsetsAt(at time.Time) map[int32]int64 {
	offsets := map[int32]int64{}
	for partition := range h {
		offsets[int32(partition)] = h.offsetAt(int32(partition), at)
	}
	return offsets
}

// ends are the offsets after the last records.
func (h orderHistory) ends() map[int32]int64 {
	offsets := map[int32]int64{}
	for partition, records := range h {
		offsets[int32(partition)] = int64(len(records))
	}
	return offsets
}
