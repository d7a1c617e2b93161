package cluster

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// fake is an embedded broker, or several, with a client that is not kofs's.
type fake struct {
	*kfake.Cluster
	kgo *kgo.Client
	adm *kadm.Client
}

func startFake(t *testing.T, opts ...kfake.Opt) fake {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatalf("starting the fake: %v", err)
	}
	t.Cleanup(c.Close)
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxProduceRequestsInflightPerBroker(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return fake{c, cl, kadm.NewClient(cl)}
}

// dial connects kofs; change is applied to the options.
func (f fake) dial(t *testing.T, change ...func(*Options)) *Cluster {
	t.Helper()
	o := Options{Servers: f.ListenAddrs()[:1], Timeout: 10 * time.Second}
	for _, c := range change {
		c(&o)
	}
	c, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatalf("dialling: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// produce writes n records to a partition, in batches of perBatch.
func (f fake) produce(t *testing.T, topic string, partition int32, n, perBatch int, size int) {
	t.Helper()
	for n > 0 {
		var batch []*kgo.Record
		for range min(n, perBatch) {
			batch = append(batch, &kgo.Record{Topic: topic, Partition: partition, Value: make([]byte, size)})
		}
		if err := f.kgo.ProduceSync(t.Context(), batch...).FirstErr(); err != nil {
			t.Fatalf("producing: %v", err)
		}
		n -= len(batch)
	}
}

func (f fake) commit(t *testing.T, group, topic string, partition int32, at int64) {
	t.Helper()
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: topic, Partition: partition, At: at, LeaderEpoch: -1})
	if err := f.adm.CommitAllOffsets(t.Context(), group, offsets); err != nil {
		t.Fatalf("committing: %v", err)
	}
}

func tp(topic string, partition int32) inspect.TopicPartition {
	return inspect.TopicPartition{Topic: topic, Partition: partition}
}

func rangeOf(topic string, partition int32, from, until int64) records.Range {
	return records.Range{TopicPartition: tp(topic, partition), From: from, Until: until}
}

// reader walks batches the way a counter does, and keeps what it saw.
type reader struct {
	until   map[inspect.TopicPartition]int64
	mu      sync.Mutex
	records map[inspect.TopicPartition]int64
	errs    map[inspect.TopicPartition]error
	order   []inspect.TopicPartition // of first visits
	visits  map[inspect.TopicPartition]int
	busy    map[inspect.TopicPartition]bool
	faults  []string
}

func newReader(ranges []records.Range) *reader {
	r := &reader{
		until: map[inspect.TopicPartition]int64{}, records: map[inspect.TopicPartition]int64{},
		errs: map[inspect.TopicPartition]error{}, visits: map[inspect.TopicPartition]int{},
		busy: map[inspect.TopicPartition]bool{},
	}
	for _, g := range ranges {
		r.until[g.TopicPartition] = g.Until
	}
	return r
}

func (r *reader) enter(p inspect.TopicPartition) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[p] {
		r.faults = append(r.faults, fmt.Sprintf("two visits of %s at once", p))
	}
	r.busy[p] = true
	if !slices.Contains(r.order, p) {
		r.order = append(r.order, p)
	}
	r.visits[p]++
}

func (r *reader) visit(f records.Fetched) (int64, bool) {
	r.enter(f.TopicPartition)
	next, n := walk(f)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy[f.TopicPartition] = false
	r.records[f.TopicPartition] += n
	if f.Err != nil {
		r.errs[f.TopicPartition] = f.Err
		if f.Log != (inspect.Log{}) {
			return f.Log.Start, f.Log.Start < r.until[f.TopicPartition]
		}
		return 0, false
	}
	return next, next < r.until[f.TopicPartition]
}

// walk counts the records at or after the position asked for, by batch headers.
func walk(f records.Fetched) (next, n int64) {
	next = f.Offset
	for set := f.Batches; len(set) >= 61; {
		size := 12 + int(binary.BigEndian.Uint32(set[8:]))
		if size > len(set) {
			break
		}
		last := int64(binary.BigEndian.Uint64(set)) + int64(binary.BigEndian.Uint32(set[23:]))
		n += last - next + 1
		next = last + 1
		set = set[size:]
	}
	return next, n
}

func (r *reader) check(t *testing.T, ranges []records.Range) {
	t.Helper()
	for _, f := range r.faults {
		t.Error(f)
	}
	for _, g := range ranges {
		if err := r.errs[g.TopicPartition]; err != nil {
			t.Errorf("%s: %v", g.TopicPartition, err)
		}
		if got := r.records[g.TopicPartition]; got != g.Span() {
			t.Errorf("%s: %d records of %d", g.TopicPartition, got, g.Span())
		}
	}
}

func deadline(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
