package main

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// floorCount counts a topic's records: two connections, on each two requests in
// flight, and of every batch only the header and the checksum.
// Arguments: server, topic.
func floorCount(args []string) error {
	return readAll(args, func() reader { return countHeaders })
}

// reader is what is done with the batch, checksum verified: it says how many records it has.
type reader func(batch []byte) (int64, error)

// countHeaders takes the header's word.
func countHeaders(batch []byte) (int64, error) {
	return int64(binary.BigEndian.Uint32(batch[57:])), nil
}

// readAll gives each connection a reader of its own.
func readAll(args []string, newReader func() reader) error {
	server, topic := args[0], args[1]
	first, err := dial(server)
	if err != nil {
		return err
	}
	parts, err := findParts(first, topic)
	if err != nil {
		return err
	}
	second, err := dial(server)
	if err != nil {
		return err
	}
	counters := []*counter{{wire: first, topic: topic, read: newReader()}, {wire: second, topic: topic, read: newReader()}}
	for i, p := range parts {
		c := counters[i%len(counters)]
		c.parts = append(c.parts, p)
	}
	return countAll(counters)
}

func countAll(counters []*counter) error {
	errs := make([]error, len(counters))
	var wg sync.WaitGroup
	for i, c := range counters {
		wg.Go(func() { errs[i] = c.run() })
	}
	wg.Wait()
	var records int64
	for i, c := range counters {
		if errs[i] != nil {
			return errs[i]
		}
		records += c.records
	}
	fmt.Println(records)
	return nil
}

// part is one partition and how far it has been read.
type part struct {
	number    int32
	next, end int64
}

func findParts(w *wire, topic string) (parts []*part, err error) {
	numbers, err := w.partitions(topic)
	if err != nil {
		return nil, err
	}
	starts, err := w.offsets(topic, numbers, -2, 0)
	if err != nil {
		return nil, err
	}
	ends, err := w.offsets(topic, numbers, -1, 0)
	for _, p := range numbers {
		parts = append(parts, &part{p, starts[p], ends[p]})
	}
	slices.SortFunc(parts, func(a, b *part) int { return int(a.number - b.number) })
	return parts, err
}

// counter reads some partitions over one connection.
type counter struct {
	wire    *wire
	topic   string
	parts   []*part
	read    reader
	records int64
}

// run keeps a request in flight for each half of the partitions: one answer is
// walked while the broker sends the other.
func (c *counter) run() error {
	half := len(c.parts) / 2
	var flying [][]*part
	for _, set := range [][]*part{c.parts[:half], c.parts[half:]} {
		if sent, err := c.fetch(set); err != nil {
			return err
		} else if sent {
			flying = append(flying, set)
		}
	}
	for len(flying) > 0 {
		set := flying[0]
		flying = flying[1:]
		body, err := c.wire.receive(true)
		if err != nil {
			return err
		}
		if err := c.walkAnswer(body); err != nil {
			return err
		}
		if sent, err := c.fetch(set); err != nil {
			return err
		} else if sent {
			flying = append(flying, set)
		}
	}
	return nil
}

// fetch asks for the next records of the partitions that are not at their end.
func (c *counter) fetch(set []*part) (sent bool, err error) {
	req := kmsg.NewPtrFetchRequest()
	req.Version, req.ReplicaID, req.SessionEpoch = 12, -1, -1
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = 500, 1, 8<<20
	rt := kmsg.NewFetchRequestTopic()
	rt.Topic = c.topic
	for _, p := range set {
		if p.next >= p.end {
			continue
		}
		rp := kmsg.NewFetchRequestTopicPartition()
		rp.Partition, rp.FetchOffset = p.number, p.next
		rp.CurrentLeaderEpoch, rp.PartitionMaxBytes = -1, 4<<20
		rt.Partitions = append(rt.Partitions, rp)
	}
	if len(rt.Partitions) == 0 {
		return false, nil
	}
	req.Topics = append(req.Topics, rt)
	return true, c.wire.send(req)
}

// walkAnswer reads a Fetch v12 answer in place: no record is copied.
func (c *counter) walkAnswer(body []byte) error {
	b := kbin.Reader{Src: body}
	b.Int32() // throttle time
	if code := b.Int16(); code != 0 {
		return fmt.Errorf("fetching: error %d", code)
	}
	b.Int32() // session
	for range b.CompactArrayLen() {
		b.CompactString()
		for range b.CompactArrayLen() {
			if err := c.walkPartition(&b); err != nil {
				return err
			}
		}
		kmsg.SkipTags(&b)
	}
	return b.Complete()
}

func (c *counter) walkPartition(b *kbin.Reader) error {
	number := b.Int32()
	if code := b.Int16(); code != 0 {
		return fmt.Errorf("fetching partition %d: error %d", number, code)
	}
	b.Int64() // high watermark
	b.Int64() // last stable offset
	b.Int64() // log start offset
	for range max(0, b.CompactArrayLen()) {
		b.Int64()
		b.Int64()
		kmsg.SkipTags(b)
	}
	b.Int32() // preferred replica
	batches := b.CompactNullableBytes()
	kmsg.SkipTags(b)
	for _, p := range c.parts {
		if p.number == number {
			return c.walkBatches(p, batches)
		}
	}
	return fmt.Errorf("fetching: partition %d was not asked for", number)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// headerBytes is the length of a record batch's header (magic 2).
const headerBytes = 61

// walkBatches adds up the record counts of whole batches; the last may be cut.
func (c *counter) walkBatches(p *part, set []byte) error {
	for len(set) >= headerBytes {
		size := 12 + int(binary.BigEndian.Uint32(set[8:]))
		if size > len(set) {
			break
		}
		base := int64(binary.BigEndian.Uint64(set))
		if crc32.Checksum(set[21:size], castagnoli) != binary.BigEndian.Uint32(set[17:]) {
			return fmt.Errorf("partition %d: wrong checksum at offset %d", p.number, base)
		}
		n, err := c.read(set[:size])
		if err != nil {
			return fmt.Errorf("partition %d, batch at offset %d: %w", p.number, base, err)
		}
		c.records += n
		p.next = base + int64(binary.BigEndian.Uint32(set[23:])) + 1
		set = set[size:]
	}
	return nil
}
