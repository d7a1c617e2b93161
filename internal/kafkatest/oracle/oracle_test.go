//go:build integration

package oracle

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// groups is how many groups are compared at the same time.
const groups = 4

// onThree and ranges are how many are compared on three brokers whose leaders move,
// and on one of a version. KOFS_TEST_RANGES says how many in all instead, shared
// out in the same way.
const (
	onThree = 50
	inAll   = 200 + 50 + 30 + onThree
)

func ranges(version string) int64 {
	switch version {
	case kafkatest.KafkaVersion:
		return 200
	case "2.8.2":
		return 30
	}
	return 50
}

// The versions come one after the other, each with a cluster of its own.
func TestEveryVersion(t *testing.T) {
	for _, version := range kafkatest.KafkaVersions() {
		t.Run(version, func(t *testing.T) {
			b := newBed(t, kafkatest.KafkaOptions{Version: version})
			t.Run("AConsumerIsGivenExactlyTheListedRecords", func(t *testing.T) { b.compare(t, version) })
			t.Run("LookingAtAnActiveGroupLeavesNoTrace", b.leaveNoTrace)
		})
	}
}

// compare lets kofs list records and count them; then it resets the group, and
// Kafka's own consumer of the group is given records. They must be the same.
func (b bed) compare(t *testing.T, version string) {
	topics, random := b.fill(t)
	if version == "2.8.2" {
		topics = append(topics, b.fillOldFormats(t, random)...)
	}
	b.checkOddities(t, topics, version)
	began := time.Now()
	sum := b.compareAll(t, b.scenarios(t, topics, random, ranges(version)))
	t.Logf("%s in %s", sum, time.Since(began).Round(time.Millisecond))
}

// fill makes the random world, and the random numbers that scenarios come from.
func (b bed) fill(t *testing.T) ([]kafkatest.WorldTopic, *rand.Rand) {
	t.Helper()
	seed := envNumber(t, "KOFS_TEST_SEED", time.Now().UnixNano())
	t.Logf("KOFS_TEST_SEED=%d", seed)
	began := time.Now()
	topics, err := b.java.BuildWorld(t.Context(), b.kafka, b.world, seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the world took %s", time.Since(began).Round(time.Millisecond))
	return topics, rand.New(rand.NewPCG(uint64(seed), 0))
}

func (b bed) scenarios(t *testing.T, topics []kafkatest.WorldTopic, random *rand.Rand, ranges int64) []scenario {
	t.Helper()
	make, err := newMaker(t.Context(), b, topics, random)
	if err != nil {
		t.Fatal(err)
	}
	var scenarios []scenario
	for range (ranges*envNumber(t, "KOFS_TEST_RANGES", inAll) + inAll - 1) / inAll {
		s, err := make.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		scenarios = append(scenarios, s)
	}
	return scenarios
}

func envNumber(t *testing.T, name string, otherwise int64) int64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// compareAll shares the scenarios out among the groups.
func (b bed) compareAll(t *testing.T, scenarios []scenario) *summary {
	sum := &summary{byTopic: map[string]int{}}
	var wg sync.WaitGroup
	for g := range groups {
		wg.Go(func() {
			c := comparison{bed: b, group: fmt.Sprintf("oracle-%d", g)}
			for i := g; i < len(scenarios); i += groups {
				c.scenario = scenarios[i]
				if c.subscribe != "" && g == groups-1 && b.kafka.HasConsumerProtocol() {
					c.subscribe = "consumer" // one of the groups becomes a KIP-848 group
				}
				if err := c.run(t.Context()); err != nil {
					sum.mismatch()
					t.Errorf("range %d: %v", i, err)
					continue
				}
				sum.add(c)
			}
		})
	}
	wg.Wait()
	return sum
}

// summary counts what was compared.
type summary struct {
	mu                         sync.Mutex
	ranges, subscribed, failed int
	rows, records              int
	byTopic                    map[string]int
}

func (s *summary) mismatch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ranges, s.failed = s.ranges+1, s.failed+1
}

func (s *summary) add(c comparison) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ranges++
	s.rows += len(c.rows)
	s.records += c.compared
	if c.subscribe != "" {
		s.subscribed++
	}
	for _, r := range c.rows {
		s.byTopic[r.topic]++
	}
}

func (s *summary) String() string {
	var topics []string
	for _, topic := range slices.Sorted(maps.Keys(s.byTopic)) {
		topics = append(topics, fmt.Sprintf("%s %d", topic, s.byTopic[topic]))
	}
	return fmt.Sprintf("%d ranges (%d by subscribe), each at two isolation levels: %d mismatches; %d partitions, %d records compared (%s)",
		s.ranges, s.subscribed, s.failed, s.rows, s.records, strings.Join(topics, ", "))
}

// levels are compared one after the other, the offsets put back in between.
func levels() []kafkatest.IsolationLevel {
	return []kafkatest.IsolationLevel{kafkatest.ReadUncommitted, kafkatest.ReadCommitted}
}

// run compares one scenario at both isolation levels.
func (c *comparison) run(ctx context.Context) error {
	c.compared = 0
	if c.movers != nil {
		defer c.movers.look(c.rows)()
	}
	seen := map[kafkatest.IsolationLevel]outcome{}
	for _, level := range levels() {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
		defer cancel()
		o, err := c.at(ctx, level)
		if err != nil {
			return fmt.Errorf("%s %s %v at %s: %w", c.group, strings.Join(c.arguments(level), " "), c.rows, level, err)
		}
		seen[level] = o
	}
	return c.crossCheck(seen)
}
