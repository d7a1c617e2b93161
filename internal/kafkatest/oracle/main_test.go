//go:build integration

package oracle

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// built is the program that all tests here run.
var built kafkatest.Program

func TestMain(m *testing.M) {
	code, err := runBuilt(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// runBuilt is TestMain with defers.
func runBuilt(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "kofs-oracle-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if built, err = kafkatest.BuildKofs(ctx, dir); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// bed is what a comparison needs: a cluster, a JVM with Kafka's clients, kofs.
type bed struct {
	kafka *kafkatest.Kafka
	java  *kafkatest.Oracle
	world *kafkatest.World
	kofs  kofs
	// movers, if there are any, move the leaders of what is being compared.
	movers *movers
}

func newBed(t *testing.T, o kafkatest.KafkaOptions) bed {
	t.Helper()
	b := bed{kafka: kafkatest.NewKafka(t, o)}
	b.java = kafkatest.NewOracle(t, b.kafka)
	b.world = kafkatest.NewWorld(t, b.kafka.Addrs())
	b.kofs = kofs{built.At(b.kafka.Addrs()...)}
	return b
}
