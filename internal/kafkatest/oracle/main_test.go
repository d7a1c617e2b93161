//go:build integration

package oracle

import (
	"os"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
)

// built is the program that all tests here run.
var built kafkatest.Program

func TestMain(m *testing.M) { os.Exit(kafkatest.RunWithKofs(m, &built)) }

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
