//go:build integration

package brokers

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// built is the program that all tests here run.
var built kafkatest.Program

func TestMain(m *testing.M) { os.Exit(kafkatest.RunWithKofs(m, &built)) }

// three is a cluster of three brokers and what is in it: each broker coordinates
// one group, leads one partition of orders (on all brokers) and has one of
// islands (on no other). Each partition has 20 records, of which each group has
// consumed 15.
type three struct {
	*kafkatest.Kafka
	world  *kafkatest.World
	kofs   kafkatest.Program
	groups map[int32]string // by coordinator
}

func startThree(t *testing.T) three {
	t.Helper()
	k := kafkatest.NewKafka(t, kafkatest.KafkaOptions{Nodes: 3, Properties: map[string]string{
		// A dead broker is noticed after a while that leaves time to look, and not much more.
		"broker.session.timeout.ms": "6000", "broker.heartbeat.interval.ms": "1000",
	}})
	c := three{Kafka: k, world: kafkatest.NewWorld(t, k.Addrs()), kofs: built.At(k.Addrs()...), groups: map[int32]string{}}
	c.fill(t)
	return c
}

func (c three) fill(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	must(t, c.world.PlaceTopic(ctx, "orders", [][]int32{{1, 2, 3}, {2, 3, 1}, {3, 1, 2}}, nil))
	must(t, c.world.PlaceTopic(ctx, "islands", [][]int32{{1}, {2}, {3}}, nil))
	offsets := kafkatest.Offsets{}
	for _, topic := range []string{"orders", "islands"} {
		offsets[topic] = map[int32]int64{}
		for p := range int32(3) {
			records := kafkatest.Numbered(20)
			for i := range records {
				records[i].Timestamp = firstRecord.Add(time.Duration(i) * time.Second)
			}
			if _, err := c.world.Produce(ctx, topic, p, records...); err != nil {
				t.Fatal(err)
			}
			offsets[topic][p] = 15
		}
	}
	for _, broker := range c.Nodes() {
		group := groupIn(broker - 1)
		c.groups[broker] = group
		must(t, c.world.MoveCoordinator(ctx, group, broker))
		must(t, c.world.Commit(ctx, group, offsets))
	}
}

// firstRecord is the timestamp of each partition's first record; the others
// follow a second apart.
var firstRecord = time.Now().Add(-time.Hour).Truncate(time.Second)

// groupIn is a group ID in a partition of __consumer_offsets.
func groupIn(partition int32) string {
	for i := 0; ; i++ {
		if group := fmt.Sprintf("group-%d", i); kafkatest.OffsetsPartition(group) == partition {
			return group
		}
	}
}

// run runs kofs, which must end with this exit code.
func (c three) run(t *testing.T, exit int, args ...string) kafkatest.Ran {
	t.Helper()
	ran, err := c.kofs.Run(t.Context(), args...)
	must(t, err)
	if ran.Exit != exit {
		t.Errorf("want exit %d: %s", exit, ran)
	}
	return ran
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
