package kafkatest

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Codec is how a batch is compressed.
type Codec string

// The codecs of Kafka's record batches.
const (
	None   Codec = "none"
	Gzip   Codec = "gzip"
	Snappy Codec = "snappy"
	LZ4    Codec = "lz4"
	Zstd   Codec = "zstd"
)

// Codecs are all codecs.
func Codecs() []Codec { return []Codec{None, Gzip, Snappy, LZ4, Zstd} }

func (c Codec) option() kgo.CompressionCodec {
	switch c {
	case Gzip:
		return kgo.GzipCompression()
	case Snappy:
		return kgo.SnappyCompression()
	case LZ4:
		return kgo.Lz4Compression()
	case Zstd:
		return kgo.ZstdCompression()
	}
	return kgo.NoCompression()
}

// Record is what a producer sends. A nil key or value is Kafka's null, which is
// not the same as an empty one.
type Record struct {
	Key, Value []byte
	Headers    []Header
	// Timestamp is the CreateTime, now if zero. A topic with LogAppendTime
	// ignores it; records older than the topic's retention vanish at once.
	Timestamp time.Time
}

// Header is one header of a record; a nil value is null.
type Header struct {
	Key   string
	Value []byte
}

// Numbered makes n records: keys k0, k1, ... and values v0, v1, ...
func Numbered(n int) []Record {
	records := make([]Record, n)
	for i := range records {
		records[i] = Record{Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "v%d", i)}
	}
	return records
}

// Batch is one record batch for one partition. At most about 1 MB of records
// fits; more are split into several batches. No codec means None.
type Batch struct {
	Topic     string
	Partition int32
	Codec     Codec
	Records   []Record
}

// Produce appends records to a partition as one batch, uncompressed, and
// returns the offset of the first.
func (w *World) Produce(ctx context.Context, topic string, partition int32, records ...Record) (int64, error) {
	return w.ProduceBatch(ctx, Batch{Topic: topic, Partition: partition, Records: records})
}

// ProduceBatch appends one batch and returns the offset of its first record.
// Its producer is idempotent, so the batch carries a producer ID.
func (w *World) ProduceBatch(ctx context.Context, b Batch) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, err := w.producer(b.Codec)
	if err != nil {
		return -1, err
	}
	return p.send(ctx, b)
}

// producer is the one client for a codec, opened at first use.
func (w *World) producer(codec Codec) (*producer, error) {
	if p, ok := w.producers[codec]; ok {
		return p, nil
	}
	p, err := w.newProducer(codec)
	if err != nil {
		return nil, err
	}
	w.producers[codec] = p
	return p, nil
}

// maxBuffered is more records than one batch holds.
const maxBuffered = 1 << 20

// producer sends what is given to it at once as one batch.
type producer struct {
	cl     *kgo.Client
	placed chan struct{} // gets one for every record that waits for the flush
}

func (w *World) newProducer(codec Codec, opts ...kgo.Opt) (*producer, error) {
	p := &producer{placed: make(chan struct{}, maxBuffered)}
	cl, err := w.client(append([]kgo.Opt{
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codec.option()),
		kgo.ManualFlushing(),
		kgo.MaxBufferedRecords(maxBuffered),
		kgo.UnknownTopicRetries(20),
		kgo.WithHooks(p),
	}, opts...)...)
	p.cl = cl
	return p, err
}

// OnProduceRecordPartitioned is a hook of franz-go.
func (p *producer) OnProduceRecordPartitioned(*kgo.Record, int32) { p.placed <- struct{}{} }

// send buffers the batch's records, flushes them and waits for the answer. The
// flush must not begin before all of them have found their partition, which
// they do only once the topic's metadata is there: it would cut the batch.
func (p *producer) send(ctx context.Context, b Batch) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, Deadline)
	defer cancel()
	for len(p.placed) > 0 { // left by a send that failed
		<-p.placed
	}
	answers := make(chan answer, len(b.Records))
	go func() {
		for _, r := range b.Records {
			p.cl.Produce(ctx, r.kgo(b), func(r *kgo.Record, err error) { answers <- answer{r.Offset, err} })
		}
	}()
	first, err := p.flush(ctx, len(b.Records), answers)
	if err != nil {
		return -1, fmt.Errorf("producing to %s:%d: %w", b.Topic, b.Partition, err)
	}
	return first, nil
}

type answer struct {
	offset int64
	err    error
}

// flush flushes n records once all are placed, and returns the lowest offset
// that they were given. A record may be answered before: franz-go's loop may
// still be turning from the flush before, and takes it along.
func (p *producer) flush(ctx context.Context, n int, answers <-chan answer) (int64, error) {
	first, answered := int64(math.MaxInt64), 0
	take := func(a answer) error {
		first = min(first, a.offset)
		answered++
		return a.err
	}
	for placed := 0; placed < n; {
		select {
		case <-p.placed:
			placed++
		case a := <-answers:
			if err := take(a); err != nil {
				return -1, err
			}
		case <-ctx.Done():
			return -1, ctx.Err()
		}
	}
	if err := p.cl.Flush(ctx); err != nil {
		return -1, err
	}
	for answered < n {
		select {
		case a := <-answers:
			if err := take(a); err != nil {
				return -1, err
			}
		case <-ctx.Done():
			return -1, ctx.Err()
		}
	}
	return first, nil
}

func (r Record) kgo(b Batch) *kgo.Record {
	k := &kgo.Record{Topic: b.Topic, Partition: b.Partition, Key: r.Key, Value: r.Value, Timestamp: r.Timestamp}
	for _, h := range r.Headers {
		k.Headers = append(k.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	return k
}
