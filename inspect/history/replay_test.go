package history

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// script is a log on its way: every call appends one record, a second after the
// one before.
type script struct {
	t       testing.TB
	group   string
	offset  int64
	now     time.Time
	records []records.Record
}

func newScript(t testing.TB) *script {
	return &script{t: t, group: "g", now: time.UnixMilli(1700000000000).UTC()}
}

func (s *script) put(key, value []byte) *records.Record {
	s.now = s.now.Add(time.Second)
	return s.again(key, value)
}

// again appends a record at the same time.
func (s *script) again(key, value []byte) *records.Record {
	s.records = append(s.records, records.Record{Offset: s.offset, TimestampMs: new(s.now.UnixMilli()), Key: key, Value: value})
	s.offset++
	return &s.records[len(s.records)-1]
}

func (s *script) wait(d time.Duration) *script { s.now = s.now.Add(d); return s }

func (s *script) key(partition int32) []byte {
	return (&kmsg.OffsetCommitKey{Version: 1, Group: s.group, Topic: "t", Partition: partition}).AppendTo(nil)
}

func (s *script) commit(partition int32, offset int64) *records.Record {
	r := s.put(s.key(partition), nil)
	r.Value = (&kmsg.OffsetCommitValue{Version: 4, Offset: offset, LeaderEpoch: -1, CommitTimestamp: s.now.UnixMilli()}).AppendTo(nil)
	return r
}

func (s *script) transactional(pid, offset int64) {
	r := s.commit(0, offset)
	r.Transactional, r.ProducerID = true, &pid
}

func (s *script) marker(pid int64, control records.ControlType) {
	r := s.put([]byte{0, 0, 0, 1}, nil)
	r.Control, r.ProducerID = &control, &pid
}

// generation is {"a": partitions} and so on; nil members empty the group.
func (s *script) generation(generation int32, members map[string][]int32) {
	v := kmsg.GroupMetadataValue{Version: 3, ProtocolType: "consumer", Generation: generation}
	for id, partitions := range members {
		m := kmsg.NewGroupMetadataValueMember()
		m.MemberID, m.ClientID, m.SessionTimeoutMillis, m.RebalanceTimeoutMillis = id, "client-"+id, 6000, 300000
		m.Subscription = (&kmsg.ConsumerMemberMetadata{Topics: []string{"t"}}).AppendTo(nil)
		m.Assignment = (&kmsg.ConsumerMemberAssignment{Topics: []kmsg.ConsumerMemberAssignmentTopic{{Topic: "t", Partitions: partitions}}}).AppendTo(nil)
		v.Members = append(v.Members, m)
	}
	s.put(s.groupKey(), v.AppendTo(nil))
}

func (s *script) groupKey() []byte {
	return (&kmsg.GroupMetadataKey{Version: 2, Group: s.group}).AppendTo(nil)
}

func (s *script) log(o Options) Log {
	o.Group = "g"
	r := NewReplay(o)
	for i := range s.records {
		r.Add(&s.records[i])
	}
	return r.Log()
}

// lines are the events in short.
func lines(l Log) []string {
	var out []string
	for _, e := range l.Events() {
		line := string(e.Kind)
		if e.Partition != nil {
			line += " " + e.Partition.String()
		}
		if e.From != nil {
			line += fmt.Sprintf(" from %d", *e.From)
		}
		if e.To != nil {
			line += fmt.Sprintf(" to %d", *e.To)
		}
		if e.Count != 1 {
			line += fmt.Sprintf(" x%d every %s", e.Count, *e.Interval)
		}
		if e.Kind == EventRebalance {
			line += fmt.Sprintf(" %d", *e.Generation)
		}
		if e.MemberID != nil {
			line += " " + *e.MemberID
		}
		out = append(out, line)
	}
	return out
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("events:\n%s\nwant:\n%s", g, w)
	}
}

func TestTheLifeOfAGroup(t *testing.T) {
	s := newScript(t)
	s.commit(0, 100)
	s.commit(0, 200)
	s.put(s.groupKey(), (&kmsg.GroupMetadataValue{Version: 3}).AppendTo(nil))
	s.generation(1, map[string][]int32{"a": {0, 1}})
	s.commit(0, 250)
	s.commit(0, 275)
	s.commit(0, 300)
	s.generation(2, nil)
	s.commit(0, 50)
	s.commit(0, 90)
	s.put(s.key(0), nil)
	s.again(s.groupKey(), nil)
	l := s.log(Options{})
	expect(t, lines(l),
		"commit t:0 from 100 to 200 x2 every 1s",
		"rebalance 1", "member_joined a", "assigned t:0 a", "assigned t:1 a",
		"commit t:0 from 200 to 300 x3 every 1s",
		"rebalance 2", "member_left a", "revoked t:0 a", "revoked t:1 a",
		"rewind t:0 from 300 to 50",
		"forward t:0 from 50 to 90",
		"offset_deleted t:0 from 90", "group_deleted")
	if l.Deletions[0].Detail != "with the group" || l.CompleteSince == nil || !l.CompleteSince.Equal(*s.first()) || len(l.Now) != 0 {
		t.Errorf("%+v, complete since %v, now %v", l.Deletions[0], l.CompleteSince, l.Now)
	}
}

func (s *script) first() *time.Time { return new(instant(*s.records[0].TimestampMs)) }

// The sign of the usual cause of records that are consumed twice: no commit goes
// back, but a member's partitions fall silent.
func TestAKilledMemberTimesOut(t *testing.T) {
	s := newScript(t)
	s.generation(1, nil)
	s.generation(2, map[string][]int32{"a": {0}, "b": {1}})
	for i := range int64(4) {
		s.commit(0, 10*i)
		s.commit(1, 10*i)
	}
	for i := range int64(8) {
		s.commit(1, 40+i)
	}
	s.generation(3, map[string][]int32{"b": {0, 1}})
	s.commit(0, 60)
	l := s.log(Options{})
	var gone MemberChange
	for _, c := range l.Members {
		if c.Kind != MemberJoined {
			gone = c
		}
	}
	if gone.Kind != MemberTimedOut || gone.Confidence != Likely || gone.Member.ID != "a" || gone.LastCommit.Offset != 30 || *gone.Silence != 10*time.Second {
		t.Errorf("%+v", gone)
	}
	move := l.Moves[len(l.Moves)-1]
	if move.Partition != 0 || move.From.ID != "a" || move.To.ID != "b" || *move.Generation != 3 {
		t.Errorf("%+v", move)
	}
	last := l.Runs[len(l.Runs)-1]
	if *last.From != 30 || last.First.Offset != 60 || *last.Generation != 3 || last.Membership != MembersSome {
		t.Errorf("%+v", last)
	}
}

func TestTransactions(t *testing.T) {
	s := newScript(t)
	s.commit(0, 10)
	s.transactional(1, 70)
	s.marker(1, records.ControlAbort)
	s.transactional(1, 75)
	s.marker(1, records.ControlCommit)
	s.transactional(1, 80) // the plain commit is later, and stays
	s.commit(0, 60)
	s.marker(1, records.ControlCommit)
	s.transactional(2, 90)
	l := s.log(Options{})
	expect(t, lines(l),
		"commit t:0 to 10",
		"transaction_aborted t:0 to 70",
		"commit t:0 from 10 to 75",
		"rewind t:0 from 75 to 60",
		"transaction_pending t:0 to 90")
	if len(l.Now) != 1 || l.Now[0].Offset != 60 {
		t.Errorf("now %+v", l.Now)
	}
}

func TestATombstoneTakesWhatTransactionsHold(t *testing.T) {
	s := newScript(t)
	s.transactional(1, 70)
	s.put(s.key(0), nil)
	s.marker(1, records.ControlCommit)
	if l := s.log(Options{}); len(l.Now) != 0 || len(l.Pending) != 0 {
		t.Errorf("now %+v, pending %+v", l.Now, l.Pending)
	}
}

func TestOffsetsExpireAfterTheRetention(t *testing.T) {
	for name, row := range map[string]struct {
		wait time.Duration
		want DeletionKind
	}{
		"an old one expired":      {8 * 24 * time.Hour, OffsetExpired},
		"a young one was deleted": {time.Hour, OffsetDeleted},
	} {
		s := newScript(t)
		s.commit(0, 5)
		s.wait(row.wait).put(s.key(0), nil)
		if got := s.log(Options{}).Deletions[0]; got.Kind != row.want || got.Last.Offset != 5 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A group that changes from one protocol to the other is not deleted.
func TestAnUpgradeIsNoDeletion(t *testing.T) {
	s := newScript(t)
	s.generation(1, map[string][]int32{"a": {0}})
	s.put(s.groupKey(), nil)
	s.again(append([]byte{0, 3}, s.groupKey()[2:]...), []byte{0, 0, 0, 0, 0, 2, 0})
	for _, line := range lines(s.log(Options{})) {
		if line == "group_deleted" {
			t.Error(line)
		}
	}
}

// What is alike is shared between commits, what is not must not be.
func TestEveryCommitKeepsItsOwnMetadataAndEpoch(t *testing.T) {
	s := newScript(t)
	for i, v := range []kmsg.OffsetCommitValue{
		{LeaderEpoch: -1}, {LeaderEpoch: 5}, {LeaderEpoch: 5, Metadata: "m"}, {LeaderEpoch: 6, Metadata: "m"}, {LeaderEpoch: -1, Metadata: strings.Repeat("é", 200)},
	} {
		r := s.commit(0, int64(i/4))
		v.Version, v.Offset, v.CommitTimestamp = 3, int64(i/4), s.now.UnixMilli()
		r.Value = v.AppendTo(nil)
		l := s.log(Options{})
		run, want := l.Runs[0], v.Metadata[:min(len(v.Metadata), maxMetadata)]
		if c := l.Now[0]; c.Metadata != want || (c.LeaderEpoch == nil) != (v.LeaderEpoch == -1) || c.LeaderEpoch != nil && *c.LeaderEpoch != v.LeaderEpoch {
			t.Errorf("commit %d: %+v", i, c)
		}
		if !reflect.DeepEqual(run.Last, l.Now[0].Commit) || run.First.Metadata != "" || run.First.LeaderEpoch != nil || run.Count != int64(i+1) {
			t.Errorf("commit %d: %+v", i, run)
		}
		if at := run.Advanced.Position; at != int64(i/4*4) {
			t.Errorf("commit %d: the offset was moved by commit %d", i, at)
		}
	}
}

// The partition that came next the last time is only tried first.
func TestPartitionsAreCommittedInAnyOrder(t *testing.T) {
	s := newScript(t)
	order := []int32{0, 1, 2, 0, 1, 2, 0, 2, 1, 1, 0, 3, 0, 1, 12, 1, 2}
	want := map[int32]int64{}
	for i, p := range order {
		s.commit(p, int64(i))
		want[p] = int64(i)
	}
	s.commit(1, 100).Key[1] = 0 // a key from before 0.9 names the same partition
	want[1] = 100
	l := s.log(Options{})
	for _, c := range l.Now {
		if c.Offset != want[c.Partition] {
			t.Errorf("%s is at %d, want %d", c.TopicPartition, c.Offset, want[c.Partition])
		}
	}
	if len(l.Now) != len(want) || len(l.Runs) != len(want) || l.OfGroup != int64(len(order)+1) {
		t.Errorf("%d partitions in %d runs, %d records", len(l.Now), len(l.Runs), l.OfGroup)
	}
}

// Damaged bytes may hold any time.
func TestATimeOfCenturiesIsTheLongest(t *testing.T) {
	for _, row := range []struct {
		from, to int64
		want     time.Duration
	}{
		{5, 7, 2 * time.Millisecond},
		{7, 5, -2 * time.Millisecond},
		{0, 1 << 50, math.MaxInt64},
		{1 << 50, 0, math.MinInt64},
	} {
		if got := gap(point{at: row.from}, point{at: row.to}); got != row.want {
			t.Errorf("from %d to %d: %v, want %v", row.from, row.to, got, row.want)
		}
	}
}

func TestOnlyTheGroupIsRead(t *testing.T) {
	s := newScript(t)
	for _, group := range []string{"g", "g2", "", "G"} {
		s.group = group
		s.commit(0, 1)
	}
	s.put([]byte{0}, nil)
	s.put(nil, nil)
	s.put(append([]byte{0, 77}, s.key(0)[2:]...), nil) // of group G
	s.group = "g"
	s.put(append([]byte{0, 77}, s.key(0)[2:]...), nil)
	s.put(append([]byte{0, 15}, s.key(0)[2:]...), nil)
	s.put(s.key(0), []byte{0, 9, 1})
	l := s.log(Options{})
	if l.OfGroup != 4 || l.Records != 10 || l.Unknown[77] != 1 || l.Unknown[1] != 1 || l.Unknown[TypeNone] != 2 || l.Other[15] != 1 {
		t.Errorf("%+v", l)
	}
}

// What compaction left is shown, but nothing is said to be complete before it.
func TestAGapEndsCompleteness(t *testing.T) {
	s := newScript(t)
	s.commit(0, 300)
	s.commit(1, 50)
	s.offset += 5
	s.commit(0, 310)
	after := s.now
	s.commit(0, 320)
	l := s.log(Options{})
	if !l.CompleteSince.Equal(after) || !strings.Contains(l.Why, "compaction") {
		t.Errorf("complete since %v (%s), want %v", l.CompleteSince, l.Why, after)
	}
	expect(t, lines(l), "commit t:0 to 300", "commit t:1 to 50", "commit t:0 from 300 to 320 x2 every 1s")
}

// The record before the first shows that none is missing in between.
func TestCompleteSinceTheStartOfTheWindow(t *testing.T) {
	s := newScript(t)
	s.offset = 9
	s.commit(0, 1)
	s.commit(0, 2)
	since := s.now.Add(-time.Millisecond)
	if l := s.log(Options{From: 10, Since: &since}); !l.CompleteSince.Equal(since) || l.Records != 1 {
		t.Errorf("complete since %v, want %v; %d records", l.CompleteSince, since, l.Records)
	}
	s.records = s.records[1:]
	s.offset = 12
	if l := s.log(Options{From: 9, Since: &since}); !l.CompleteSince.Equal(s.now) {
		t.Errorf("complete since %v, want %v", l.CompleteSince, s.now)
	}
}

// Old runs are given up, and this is said.
func TestMemoryIsBounded(t *testing.T) {
	s := newScript(t)
	for i := range int64(20_000) {
		s.commit(int32(i%3), 20_000-i)
	}
	l := s.log(Options{Limit: 1 << 20})
	if l.Dropped == 0 || len(l.Runs) > 1500 || !strings.Contains(l.Why, "keeps") || l.Dropped+int64(len(l.Runs)) != 20_000 {
		t.Errorf("%d runs kept, %d dropped, complete since %v: %s", len(l.Runs), l.Dropped, l.CompleteSince, l.Why)
	}
}

// As Kafka 4.3.1 wrote it: a consumer joins, commits and leaves, an admin resets.
func TestAConsumerGroupOfKafka(t *testing.T) {
	s := newScript(t)
	s.group = "g"
	const member = "0016" + "66334b746a453744524736595a68336e304545396477"
	put := func(kind, rest, value string) {
		var bytes []byte
		if value != "" {
			bytes = unhex(t, value)
		}
		s.again(unhex(t, kind+"000167"+rest), bytes)
	}
	s.wait(time.Second)
	put("0005", member, "0000000010636f6e73756d65722d673834382d310b2f3132372e302e302e3102026301000493e00001000100")
	put("0003", "", "000000000002010008312c03b3a0069f7c")
	put("0007", member, "000002a43552c86d714e0e856d7c150e15e70e0300000000000000010000")
	put("0006", "", "000000000002010008000001a204de421d")
	put("0008", member, "000000000002000000000002a43552c86d714e0e856d7c150e15e70e0300000000000000010100090300000002000000020100")
	s.commit(0, 500)
	s.commit(0, 501)
	s.wait(10 * time.Millisecond)
	put("0008", member, "")
	put("0007", member, "")
	put("0005", member, "")
	put("0003", "", "00000000000300")
	s.commit(0, 3)
	id := inspect.TopicID(unhex(t, "a43552c86d714e0e856d7c150e15e70e"))
	l := s.log(Options{TopicNames: map[inspect.TopicID]string{id: "t"}})
	expect(t, lines(l),
		"member_joined f3KtjE7DRG6YZh3n0EE9dw", "rebalance 2",
		"assigned t:0 f3KtjE7DRG6YZh3n0EE9dw", "assigned t:1 f3KtjE7DRG6YZh3n0EE9dw",
		"commit t:0 from 500 to 501 x2 every 1s",
		"member_left f3KtjE7DRG6YZh3n0EE9dw", "revoked t:0 f3KtjE7DRG6YZh3n0EE9dw", "revoked t:1 f3KtjE7DRG6YZh3n0EE9dw", "rebalance 3",
		"rewind t:0 from 501 to 3")
	if b := l.Rebalances[0]; len(b.Members) != 1 || len(b.Members[0].Assignment) != 2 || *l.Members[0].Generation != 2 || *l.Members[1].Generation != 3 {
		t.Errorf("%+v %+v", b, l.Members)
	}
}

func FuzzReplay(f *testing.F) {
	s := newScript(f)
	s.generation(1, map[string][]int32{"a": {0, 1}})
	s.commit(0, 1)
	for _, r := range s.records {
		f.Add(r.Key, r.Value, int64(1), false)
	}
	f.Add(append([]byte{0, 8}, s.groupKey()[2:]...), []byte{0, 0}, int64(1), true)
	f.Fuzz(func(t *testing.T, key, value []byte, pid int64, transactional bool) {
		r := NewReplay(Options{Group: "g", Limit: 1 << 16})
		for i := range int64(3) {
			record := records.Record{Offset: i, Key: key, Value: value, Transactional: transactional, ProducerID: &pid}
			r.Add(&record)
		}
		r.Add(&records.Record{Offset: 3, Control: new(records.ControlCommit), ProducerID: &pid})
		r.Log().Events()
	})
}

// A million commits of twelve partitions take constant memory.
func BenchmarkReplay(b *testing.B) {
	s := newScript(b)
	for p := range int32(12) {
		s.commit(p, 1)
	}
	b.ReportAllocs()
	r := NewReplay(Options{Group: "g"})
	record := s.records[0]
	for i := 0; b.Loop(); i++ {
		record = s.records[i%12]
		record.Offset = int64(i)
		r.Add(&record)
	}
}
