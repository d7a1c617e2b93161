//go:build integration

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kadm"
)

// bed is three brokers behind interceptors, and who asks them.
type bed struct {
	*kafkatest.Kafka
	front  *kafkatest.Interceptors
	world  *kafkatest.World
	oracle *kafkatest.Oracle
	kofs   kafkatest.Program
	dir    string
	random *rand.Rand
}

const (
	topic      = "orders"
	partitions = 3
	records    = 100
)

func start(t *testing.T, random *rand.Rand) *bed {
	t.Helper()
	options, front := kafkatest.Intercept(kafkatest.KafkaOptions{Nodes: 3, Properties: map[string]string{
		"min.insync.replicas": "2",
		// A dead broker is soon noticed.
		"broker.session.timeout.ms": "4000", "broker.heartbeat.interval.ms": "500",
	}})
	t.Cleanup(front.Close)
	b := &bed{Kafka: kafkatest.NewKafka(t, options), front: front, dir: t.TempDir(), random: random}
	b.world, b.oracle = kafkatest.NewWorld(t, b.Addrs()), kafkatest.NewOracle(t, b.Kafka)
	built, err := kafkatest.BuildKofs(t.Context(), b.dir)
	must(t, err)
	b.kofs = built.At(front.Addrs()...)
	must(t, b.world.PlaceTopic(t.Context(), topic, [][]int32{{1, 2, 3}, {2, 3, 1}, {3, 1, 2}}, nil))
	for p := range int32(partitions) {
		_, err := b.world.Produce(t.Context(), topic, p, kafkatest.Numbered(records)...)
		must(t, err)
	}
	return b
}

// settled waits until every replica is in sync.
func (b *bed) settled(t *testing.T) {
	t.Helper()
	patiently(t, "replicas in sync", b.inSync)
}

// patiently asks until there is an answer. The client that seeds and checks finds its
// connection to a broker that was killed dead when it uses it, and gives up (EOF).
func patiently(t *testing.T, what string, ask func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	defer cancel()
	var last error
	err := kafkatest.Await(ctx, 100*time.Millisecond, what, func() (bool, error) {
		last = ask(ctx)
		return last == nil, nil
	})
	must(t, errors.Join(err, last))
}

func (b *bed) inSync(ctx context.Context) error {
	listed, err := b.world.Admin().ListTopicsWithInternal(ctx, topic, "__consumer_offsets")
	if err != nil {
		return err
	}
	for _, t := range listed {
		err = errors.Join(err, t.Err)
		for _, p := range t.Partitions {
			if len(p.ISR) != 3 || p.Leader < 0 {
				err = errors.Join(err, fmt.Errorf("%s:%d is led by %d and in sync on %v", t.Topic, p.Partition, p.Leader, p.ISR))
			}
		}
	}
	return err
}

// committed is what Java's admin client reads once that stays the same for a
// second: a coordinator that has just taken over answers for some 100 ms as if
// the last commits had not been made.
func (b *bed) committed(t *testing.T, group string) (now [partitions]int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	defer cancel()
	same := 0
	must(t, kafkatest.Await(ctx, 300*time.Millisecond, "commits that stay as they are", func() (bool, error) {
		before := now
		now = b.read(t, group)
		if same++; now != before {
			same = 0
		}
		return same >= 4, nil
	}))
	return now
}

// read is what Java's admin client reads now; -1 without a commit.
func (b *bed) read(t *testing.T, group string) (now [partitions]int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	defer cancel()
	offsets, err := b.oracle.Committed(ctx, group)
	must(t, err)
	for p := range int32(partitions) {
		now[p] = -1
		if offset, ok := offsets[topic][p]; ok {
			now[p] = offset
		}
	}
	return now
}

// commits are read's, with leader epoch and metadata, as franz-go's admin client
// reads them: Java's does not tell a leader epoch that is below 0.
func (b *bed) commits(t *testing.T, group string) (now [partitions]kadm.Offset) {
	t.Helper()
	var fetched kadm.OffsetResponses
	patiently(t, "the group's commits", func(ctx context.Context) (err error) {
		fetched, err = b.world.Admin().FetchOffsets(ctx, group)
		return errors.Join(err, fetched.Error())
	})
	for _, o := range fetched.Sorted() {
		o.TopicID = kadm.TopicID{} // which nobody committed
		now[o.Partition] = o.Offset
	}
	return now
}

func (b *bed) run(t *testing.T, args ...string) kafkatest.Ran {
	t.Helper()
	ran, err := b.kofs.Run(t.Context(), args...)
	must(t, err)
	return ran
}

func (b *bed) file(name string) string { return filepath.Join(b.dir, name) }

// number is a number from the environment.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	must(t, err)
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
