//go:build integration

package oracle

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

type partition struct {
	topic  string
	number int32
}

func (p partition) String() string { return fmt.Sprintf("%s:%d", p.topic, p.number) }

// row is one partition of a reset: committed is where the group is, target
// where kofs is asked to put it, at or below.
type row struct {
	partition
	kafkatest.Bounds
	committed, target int64
}

// expect is the new offset at an isolation level. It differs from the target
// only for a datetime: what lies behind the last stable offset does not exist
// for read_committed, which ends there.
func (r row) expect(s scenario, level kafkatest.IsolationLevel) int64 {
	if s.datetime && level == kafkatest.ReadCommitted {
		return min(r.target, r.LastStableOffset)
	}
	return r.target
}

// scenario is one reset that kofs and the Java consumer are compared on.
type scenario struct {
	rows      []row // by topic and number
	target    []string
	datetime  bool
	subscribe string // group protocol of a consumer that joins; "" for assign()
}

// scope is the reset's --topic flags.
func (s scenario) scope() []string {
	numbers := map[string][]string{}
	for _, r := range s.rows {
		numbers[r.topic] = append(numbers[r.topic], fmt.Sprint(r.number))
	}
	var flags []string
	for _, topic := range slices.Sorted(maps.Keys(numbers)) {
		flags = append(flags, "--topic", topic+":"+strings.Join(numbers[topic], ","))
	}
	return flags
}

// committed are the offsets that the group has before the reset.
func (s scenario) committed() kafkatest.Offsets {
	offsets := kafkatest.Offsets{}
	for _, r := range s.rows {
		if offsets[r.topic] == nil {
			offsets[r.topic] = map[int32]int64{}
		}
		offsets[r.topic][r.number] = r.committed
	}
	return offsets
}

// needsIsolation says that kofs executes it only with an explicit isolation level.
func (s scenario) needsIsolation() bool {
	return slices.ContainsFunc(s.rows, func(r row) bool { return r.target > r.LastStableOffset })
}

// maker makes random scenarios.
type maker struct {
	random *rand.Rand
	java   *kafkatest.Oracle
	topics map[string][]row // every partition, with its bounds
}

func newMaker(ctx context.Context, b bed, topics []kafkatest.WorldTopic, random *rand.Rand) (*maker, error) {
	m := &maker{random: random, java: b.java, topics: map[string][]row{}}
	for _, topic := range topics {
		bounds, err := b.world.Bounds(ctx, topic.Name)
		if err != nil {
			return nil, err
		}
		for p := range topic.Partitions {
			m.topics[topic.Name] = append(m.topics[topic.Name], row{partition: partition{topic.Name, p}, Bounds: bounds[p]})
		}
	}
	return m, nil
}

// next makes one scenario: one partition mostly, some of several topics
// sometimes, a whole topic where the consumer subscribes.
func (m *maker) next(ctx context.Context) (scenario, error) {
	var s scenario
	switch m.random.IntN(10) {
	case 0:
		s.rows = slices.Clone(m.topics[m.topic()])
		s.subscribe = "classic"
	case 1, 2:
		s.rows = m.some(2 + m.random.IntN(4))
	default:
		s.rows = m.some(1)
	}
	for i := range s.rows {
		s.rows[i].committed = m.between(s.rows[i].LogStartOffset, s.rows[i].HighWatermark)
	}
	return s, m.aim(ctx, &s)
}

// topic is a random one, seldom the large one.
func (m *maker) topic() string {
	names := slices.Sorted(maps.Keys(m.topics))
	name := names[m.random.IntN(len(names))]
	if name == "tiny" && m.random.IntN(2) > 0 {
		return m.topic()
	}
	return name
}

// some are up to n different partitions of any topics.
func (m *maker) some(n int) (rows []row) {
	for range n {
		topic := m.topics[m.topic()]
		if r := topic[m.random.IntN(len(topic))]; !slices.Contains(rows, r) {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.number, b.number))
	})
	return rows
}

// between is an offset from low to high, both included, often an end.
func (m *maker) between(low, high int64) int64 {
	switch m.random.IntN(8) {
	case 0:
		return low
	case 1, 2:
		return high
	}
	return low + m.random.Int64N(high-low+1)
}

// aim chooses the target.
func (m *maker) aim(ctx context.Context, s *scenario) error {
	switch m.random.IntN(10) {
	case 0:
		m.earliest(s)
	case 1, 2:
		m.shift(s)
	case 3, 4:
		return m.instant(ctx, s)
	default:
		m.offset(s)
	}
	return nil
}

func (m *maker) earliest(s *scenario) {
	s.target = []string{"--to-earliest"}
	for i, r := range s.rows {
		s.rows[i].target = r.LogStartOffset
	}
}

// shift goes back by what every row can take.
func (m *maker) shift(s *scenario) {
	room := s.rows[0].committed - s.rows[0].LogStartOffset
	for _, r := range s.rows {
		room = min(room, r.committed-r.LogStartOffset)
	}
	if room == 0 {
		m.earliest(s)
		return
	}
	by := 1 + m.random.Int64N(room)
	s.target = []string{"--shift-by", fmt.Sprintf("-%d", by)}
	for i, r := range s.rows {
		s.rows[i].target = r.committed - by
	}
}

// offset is one absolute offset that lies in every row's log at or below its
// committed offset.
func (m *maker) offset(s *scenario) {
	low, high := s.rows[0].LogStartOffset, s.rows[0].committed
	for _, r := range s.rows {
		low, high = max(low, r.LogStartOffset), min(high, r.committed)
	}
	if low > high {
		m.shift(s)
		return
	}
	n := m.between(low, high)
	s.target = []string{"--to-offset", fmt.Sprint(n)}
	for i := range s.rows {
		s.rows[i].target = n
	}
}

// instant is a time of the last 12 hours. Kafka's admin client says which
// offset that is, and the committed offsets are put behind it.
func (m *maker) instant(ctx context.Context, s *scenario) error {
	at := time.Now().Add(-time.Duration(m.random.Int64N(int64(12 * time.Hour)))).Truncate(time.Millisecond)
	if m.random.IntN(2) == 0 { // most records were written shortly after the world's first instant
		at = time.Now().Add(-12 * time.Hour).Add(time.Duration(m.random.Int64N(int64(30 * time.Minute)))).Truncate(time.Millisecond)
	}
	s.datetime = true
	s.target = []string{"--to-datetime", at.UTC().Format("2006-01-02T15:04:05.000Z")}
	if m.random.IntN(2) == 0 {
		s.target[1] = fmt.Sprintf("@%d", at.UnixMilli())
	}
	var asked []kafkatest.PartitionOffset
	for _, r := range s.rows {
		asked = append(asked, kafkatest.PartitionOffset{Topic: r.topic, Partition: r.number})
	}
	found, err := m.java.ListOffsets(ctx, fmt.Sprint(at.UnixMilli()), kafkatest.ReadUncommitted, asked)
	if err != nil {
		return err
	}
	for i, r := range s.rows {
		s.rows[i].target = r.HighWatermark // no record is that late
		for _, at := range found {
			if (partition{at.Topic, at.Partition}) == r.partition && at.Offset >= 0 {
				s.rows[i].target = at.Offset
			}
		}
		s.rows[i].committed = m.between(s.rows[i].target, r.HighWatermark)
	}
	return nil
}
