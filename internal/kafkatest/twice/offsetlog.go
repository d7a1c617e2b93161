package twice

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kofs/kofs/internal/kafkatest"
)

// offsetLog is what __consumer_offsets says of one group, in the order in which
// it came into force: a transactional commit where its marker is.
type offsetLog struct {
	commits []commit
	// turns are the times of records about members and assignments.
	turns []time.Time
}

// commit is one committed offset; nil where it was deleted.
type commit struct {
	Partition
	at     time.Time
	offset *int64
}

// inForce is the commit of a partition when a consumer was given first, nil
// without one. A commit of the same millisecond beyond first is of what the
// consumer did then.
func (l offsetLog) inForce(p Partition, at time.Time, first int64) *int64 {
	var offset *int64
	for _, c := range l.commits {
		if c.Partition != p || c.at.After(at) || c.at.Equal(at) && c.offset != nil && *c.offset > first {
			continue
		}
		offset = c.offset
	}
	return offset
}

// of are the commits of a partition in words, for errors.
func (l offsetLog) of(p Partition) string {
	var b strings.Builder
	for _, c := range l.commits {
		if c.Partition == p && c.offset != nil {
			fmt.Fprintf(&b, " %s=%d", c.at.Format("05.000"), *c.offset)
		} else if c.Partition == p {
			fmt.Fprintf(&b, " %s deleted", c.at.Format("05.000"))
		}
	}
	return b.String()
}

// lastTurn is the last time up to at when members or assignments changed, or a
// commit went back or was deleted: what lets a consumer begin anew.
func (l offsetLog) lastTurn(p Partition, at time.Time) (last time.Time) {
	later := func(t time.Time) {
		if !t.After(at) && t.After(last) {
			last = t
		}
	}
	for _, t := range l.turns {
		later(t)
	}
	var before *int64
	for _, c := range l.commits {
		if c.Partition != p {
			continue
		}
		if c.offset == nil || before != nil && *c.offset < *before {
			later(c.at)
		}
		before = c.offset
	}
	return last
}

// backward are the commits below the one before them.
func (l offsetLog) backward() (all []commit) {
	before := map[Partition]*int64{}
	for _, c := range l.commits {
		if b := before[c.Partition]; b != nil && c.offset != nil && *c.offset < *b {
			all = append(all, c)
		}
		before[c.Partition] = c.offset
	}
	return all
}

// readOffsetLog reads a group's records up to the present end of the log.
func readOffsetLog(ctx context.Context, addrs []string, group string) (offsetLog, error) {
	partition := kafkatest.OffsetsPartition(group)
	records, err := readAll(ctx, addrs, "__consumer_offsets", partition)
	if err != nil {
		return offsetLog{}, fmt.Errorf("reading the offset log of group %q: %w", group, err)
	}
	r := offsetReader{group: group, pending: map[int64][]commit{}}
	for _, record := range records {
		if err := r.read(record); err != nil {
			return offsetLog{}, fmt.Errorf("reading the offset log of group %q at %d: %w", group, record.Offset, err)
		}
	}
	return r.log, nil
}

// readAll reads a partition from its log start to its present end, markers too.
func readAll(ctx context.Context, addrs []string, topic string, partition int32) ([]*kgo.Record, error) {
	w, err := kafkatest.Connect(ctx, addrs)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	bounds, err := w.Bounds(ctx, topic)
	if err != nil {
		return nil, err
	}
	next, end := bounds[partition].LogStartOffset, bounds[partition].HighWatermark
	from := map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(next)}}
	cl, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.ConsumePartitions(from), kgo.KeepControlRecords(), kgo.FetchMaxWait(50*time.Millisecond))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	var records []*kgo.Record
	for next < end {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		for record := range fetches.RecordsAll() {
			next = record.Offset + 1
			records = append(records, record)
		}
	}
	return records, nil
}

// offsetReader keeps the commits of transactions until their marker.
type offsetReader struct {
	group   string
	log     offsetLog
	pending map[int64][]commit // by producer ID alone: a marker's epoch is one above
}

func (r *offsetReader) read(record *kgo.Record) error {
	if record.Attrs.IsControl() {
		if len(record.Key) >= 4 && binary.BigEndian.Uint16(record.Key[2:]) == 1 { // COMMIT
			for _, c := range r.pending[record.ProducerID] {
				c.at = record.Timestamp
				r.log.commits = append(r.log.commits, c)
			}
		}
		delete(r.pending, record.ProducerID)
		return nil
	}
	kind, group := keyOf(record.Key)
	if group != r.group {
		return nil
	}
	if kind > 1 {
		r.log.turns = append(r.log.turns, record.Timestamp)
		return nil
	}
	c, err := commitOf(record)
	if err != nil {
		return err
	}
	if record.Attrs.IsTransactional() {
		r.pending[record.ProducerID] = append(r.pending[record.ProducerID], c)
		return nil
	}
	r.log.commits = append(r.log.commits, c)
	return nil
}

// keyOf takes the type and the group, which every key begins with; -1 if it
// is too short for that.
func keyOf(key []byte) (kind int, group string) {
	if len(key) < 4 {
		return -1, ""
	}
	n := int(binary.BigEndian.Uint16(key[2:]))
	if len(key) < 4+n {
		return -1, ""
	}
	return int(binary.BigEndian.Uint16(key)), string(key[4 : 4+n])
}

func commitOf(record *kgo.Record) (commit, error) {
	var key kmsg.OffsetCommitKey
	if err := key.ReadFrom(record.Key); err != nil {
		return commit{}, err
	}
	c := commit{Partition: Partition{key.Topic, key.Partition}, at: record.Timestamp}
	if record.Value == nil {
		return c, nil
	}
	var value kmsg.OffsetCommitValue
	if err := value.ReadFrom(record.Value); err != nil {
		return commit{}, err
	}
	c.at, c.offset = time.UnixMilli(value.CommitTimestamp), &value.Offset
	return c, nil
}
