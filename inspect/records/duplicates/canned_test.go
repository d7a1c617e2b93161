package duplicates

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// written is a record as a test puts it into a log; the zero value has null key
// and value and no producer.
type written struct {
	key, value []byte
	headers    []records.Header
	time       int64 // 0: none
	producer   int64 // 0: none
	epoch      int16
	sequence   int32
}

// appendBatch appends a batch of one record: one header, one record.
func (w written) appendBatch(to []byte, offset int64) []byte {
	body := []byte{0, 0, 0} // attributes, deltas of time and offset
	body = appendBytes(appendBytes(body, w.key), w.value)
	body = binary.AppendVarint(body, int64(len(w.headers)))
	for _, h := range w.headers {
		body = appendBytes(appendBytes(body, []byte(h.Key)), h.Value)
	}
	content := append(binary.AppendVarint(nil, int64(len(body))), body...)
	return append(to, w.sealed(offset, 1, content)...)
}

func appendBytes(to, field []byte) []byte {
	if field == nil {
		return binary.AppendVarint(to, -1)
	}
	return append(binary.AppendVarint(to, int64(len(field))), field...)
}

// sealed is a batch of n records with the content.
func (w written) sealed(offset int64, n int32, content []byte) []byte {
	const header = 61
	b := make([]byte, header, header+len(content))
	be := binary.BigEndian
	be.PutUint64(b, uint64(offset))
	be.PutUint32(b[8:], uint32(header+len(content)-12))
	b[16] = 2
	be.PutUint32(b[23:], uint32(n-1))
	at, pid, epoch, sequence := w.time, w.producer, w.epoch, w.sequence
	if at == 0 {
		at = -1
	}
	if pid == 0 {
		pid, epoch, sequence = -1, -1, -1
	}
	be.PutUint64(b[27:], uint64(at))
	be.PutUint64(b[35:], uint64(at))
	be.PutUint64(b[43:], uint64(pid))
	be.PutUint16(b[51:], uint16(epoch))
	be.PutUint32(b[53:], uint32(sequence))
	be.PutUint32(b[57:], uint32(n))
	b = append(b, content...)
	be.PutUint32(b[17:], crc32.Checksum(b[21:], crc32.MakeTable(crc32.Castagnoli)))
	return b
}

// canned is a Fetcher of logs in memory, a batch of one record an offset.
type canned struct {
	logs  map[int32][]written
	start int64                                     // log start offset
	fault map[int32]*inspect.Fault                  // what a partition answers instead
	then  func(c *canned, p inspect.TopicPartition) // before each Fetch
}

func (c *canned) Fetch(ctx context.Context, _ inspect.Isolation, ranges []records.Range, visit records.Visit) error {
	for _, r := range ranges {
		if c.then != nil {
			c.then(c, r.TopicPartition)
		}
		for at, more := r.From, true; more; {
			if err := ctx.Err(); err != nil {
				return err
			}
			at, more = visit(c.answer(r, at))
		}
	}
	return nil
}

func (c *canned) answer(r records.Range, at int64) records.Fetched {
	log := c.logs[r.Partition]
	end := int64(len(log))
	f := records.Fetched{TopicPartition: r.TopicPartition, Offset: at, First: true, Log: inspect.Log{Start: c.start, LastStable: end, HighWatermark: end}}
	switch fault := c.fault[r.Partition]; {
	case fault != nil:
		return records.Fetched{TopicPartition: r.TopicPartition, Err: fault}
	case at < c.start:
		f.Err = inspect.KafkaFault(inspect.CodeOffsetOutOfRange, "")
		return f
	}
	for i := at; i < min(end, at+7); i++ {
		f.Batches = log[i].appendBatch(f.Batches, i)
	}
	return f
}

func (c *canned) ranges() []records.Range {
	var ranges []records.Range
	for p, log := range c.logs {
		ranges = append(ranges, records.Range{TopicPartition: inspect.TopicPartition{Topic: "t", Partition: p}, Until: int64(len(log))})
	}
	slices.SortFunc(ranges, func(a, b records.Range) int { return a.Compare(b.TopicPartition) })
	return ranges
}

func generous(t testing.TB, by string) Options {
	t.Helper()
	parsed, err := ParseBy(by)
	if err != nil {
		t.Fatal(err)
	}
	return Options{By: parsed, MaxRecords: 1 << 20, MaxDuplicates: 1 << 20, MaxBytes: 1 << 20}
}

// places are the offsets of each set, in partition 0: "0:1" spelled {0, 1}.
func places(sets []Set) (all [][][2]int64) {
	for _, s := range sets {
		var one [][2]int64
		for _, r := range s.Records {
			one = append(one, [2]int64{int64(r.Partition), r.Offset})
		}
		all = append(all, one)
	}
	return all
}
