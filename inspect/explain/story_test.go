package explain

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
	"github.com/kofs/kofs/inspect/records"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// begin is when every story begins.
var begin = time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC)

// story is a group's life, written as the coordinator would write it into the
// offset log, and read back through [history.Replay]. The topic is t.
type story struct {
	t       testing.TB
	now     time.Time
	offset  int64 // of the next record of the offset log
	records []records.Record
	logs    map[inspect.TopicPartition]inspect.Log
	rates   map[int32]float64 // records a second since begin, as far as the log's end
	journal []Written
	from    int64 // records of the offset log before it were not read
}

func newStory(t testing.TB) *story {
	return &story{t: t, now: begin, logs: map[inspect.TopicPartition]inspect.Log{}, rates: map[int32]float64{}}
}

func at(partition int32) inspect.TopicPartition {
	return inspect.TopicPartition{Topic: "t", Partition: partition}
}

// log says where a partition's log lies now. Its records were all there at the
// beginning, unless produced says otherwise.
func (s *story) log(partition int32, start, end int64) *story {
	s.logs[at(partition)] = inspect.Log{Start: start, LastStable: end, HighWatermark: end}
	return s
}

// produced says that the partition's records arrived at that many a second.
func (s *story) produced(partition int32, rate float64) *story {
	s.rates[partition] = rate
	return s
}

func (s *story) wait(d time.Duration) *story { s.now = s.now.Add(d); return s }

func (s *story) put(key, value []byte) *records.Record {
	s.records = append(s.records, records.Record{Offset: s.offset, TimestampMs: new(s.now.UnixMilli()), Key: key, Value: value})
	s.offset++
	return &s.records[len(s.records)-1]
}

func commitKey(partition int32) []byte {
	return (&kmsg.OffsetCommitKey{Version: 1, Group: "g", Topic: "t", Partition: partition}).AppendTo(nil)
}

func (s *story) commit(partition int32, offset int64) *story {
	return s.commitWith(partition, offset, 0, "")
}

// commitWith is a commit with a leader epoch, -1 for none, and metadata.
func (s *story) commitWith(partition int32, offset int64, epoch int32, metadata string) *story {
	v := kmsg.OffsetCommitValue{Version: 4, Offset: offset, LeaderEpoch: epoch, Metadata: metadata, CommitTimestamp: s.now.UnixMilli()}
	s.put(commitKey(partition), v.AppendTo(nil))
	return s
}

// consume commits n times, the first after the interval, each step further.
func (s *story) consume(partition int32, from, step int64, n int, interval time.Duration) *story {
	for range n {
		from += step
		s.wait(interval).commit(partition, from)
	}
	return s
}

// forget deletes the committed offset.
func (s *story) forget(partition int32) *story { s.put(commitKey(partition), nil); return s }

// attempt is an offset that producer 7 would commit in a transaction.
func (s *story) attempt(partition int32, offset int64) *story {
	s.commit(partition, offset)
	r := &s.records[len(s.records)-1]
	r.Transactional, r.ProducerID = true, new(int64(7))
	return s
}

func (s *story) end(control records.ControlType) *story {
	r := s.put([]byte{0, 0, 0, 1}, nil)
	r.Control, r.ProducerID = &control, new(int64(7))
	return s
}

// has is a member of a classic group: a session of 6 s, max.poll.interval.ms of 5 min.
type has struct {
	id         string
	partitions []int32
	instance   string        // "" for none
	poll       time.Duration // 0 for 5 min
}

// generation is a completed rebalance of a classic group; without members the
// last one has gone.
func (s *story) generation(n int32, assignor string, members ...has) *story {
	v := kmsg.GroupMetadataValue{Version: 3, ProtocolType: "consumer", Generation: n, Protocol: &assignor}
	for _, h := range members {
		m := kmsg.NewGroupMetadataValueMember()
		m.MemberID, m.ClientID, m.ClientHost, m.SessionTimeoutMillis, m.RebalanceTimeoutMillis = h.id, h.id, "/h", 6000, 300_000
		if h.instance != "" {
			m.InstanceID = &h.instance
		}
		if h.poll != 0 {
			m.RebalanceTimeoutMillis = int32(h.poll.Milliseconds())
		}
		m.Subscription = (&kmsg.ConsumerMemberMetadata{Topics: []string{"t"}}).AppendTo(nil)
		m.Assignment = (&kmsg.ConsumerMemberAssignment{Topics: []kmsg.ConsumerMemberAssignmentTopic{{Topic: "t", Partitions: h.partitions}}}).AppendTo(nil)
		v.Members = append(v.Members, m)
	}
	s.put((&kmsg.GroupMetadataKey{Version: 2, Group: "g"}).AppendTo(nil), v.AppendTo(nil))
	return s
}

func a(partitions ...int32) has { return has{id: "a", partitions: partitions} }
func b(partitions ...int32) has { return has{id: "b", partitions: partitions} }

// topicID is that of t in KIP-848 groups.
var topicID = inspect.TopicID{1}

// key848 is a key of a KIP-848 group, about a member unless that is "".
func key848(kind uint16, member string) []byte {
	key := append(binary.BigEndian.AppendUint16(nil, kind), 0, 1, 'g')
	if member == "" {
		return key
	}
	return append(append(key, 0, byte(len(member))), member...)
}

func compact(text string) []byte { return append([]byte{byte(len(text) + 1)}, text...) }

// join is a KIP-848 member that joins, current is what one has from now on, gone
// are the tombstones of one that left or was fenced. epoch ends each of them.
func (s *story) join(member string) *story {
	value := slices.Concat([]byte{0, 0, 0, 0}, compact(member), compact("/h"), []byte{2}, compact("t"), []byte{0}, []byte{0, 4, 0x93, 0xe0}, []byte{0, 0})
	s.put(key848(5, member), value)
	return s
}

func (s *story) epoch(n byte) *story {
	s.put(key848(3, ""), []byte{0, 0, 0, 0, 0, n, 0})
	return s
}

func (s *story) current(member string, partitions ...int32) *story {
	value := append([]byte{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2}, topicID[:]...)
	value = append(value, byte(len(partitions)+1))
	for _, p := range partitions {
		value = binary.BigEndian.AppendUint32(value, uint32(p))
	}
	s.put(key848(8, member), append(value, 0, 1, 0))
	return s
}

func (s *story) gone(member string) *story {
	s.put(key848(8, member), nil)
	s.put(key848(5, member), nil)
	return s
}

func (s *story) history() history.Log {
	r := history.NewReplay(history.Options{Group: "g", From: s.from, TopicNames: map[inspect.TopicID]string{topicID: "t"}})
	for i := range s.records {
		r.Add(&s.records[i])
	}
	return r.Log()
}

func (s *story) explain() Explanation {
	q := Find(Input{History: s.history(), Logs: s.logs, Journal: s.journal})
	return q.Explain(s.ends(q.Instants()))
}

// ends answers as brokers do: nothing where no later record is there.
func (s *story) ends(instants []Instant) map[Instant]int64 {
	ends := map[Instant]int64{}
	for _, i := range instants {
		rate, is := s.rates[i.Partition]
		if end := int64(math.Ceil(rate * i.At.Sub(begin).Seconds())); is && end < s.logs[i.TopicPartition].HighWatermark {
			ends[i] = end
		}
	}
	return ends
}

// short is a window in one line.
func short(w Window) string {
	line := fmt.Sprintf("%s %s %s [%d, %d)", w.Cause, w.Confidence, w.TopicPartition, w.From, w.Until)
	if w.LikelyUntil != nil {
		line += fmt.Sprintf(" likely %d", *w.LikelyUntil)
	}
	if w.Exact {
		line += " exact"
	}
	if w.Copies != nil {
		line += fmt.Sprintf(" copies %d", *w.Copies)
	}
	if w.JournalID != nil {
		line += " journal " + *w.JournalID
	}
	return line
}
