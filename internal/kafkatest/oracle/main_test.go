//go:build integration

package oracle

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// bed is what all tests here use: one cluster, one JVM, one binary of kofs.
type bed struct {
	kafka *kafkatest.Kafka
	java  *kafkatest.Oracle
	world *kafkatest.World
	kofs  kofs
}

var shared bed

func TestMain(m *testing.M) {
	code, err := runOnBed(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// runOnBed is TestMain with defers.
func runOnBed(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "kofs-oracle-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if shared.kafka, err = kafkatest.StartKafka(ctx, kafkatest.KafkaOptions{}); err != nil {
		return 1, err
	}
	defer shared.kafka.Stop()
	if shared.java, err = kafkatest.StartOracle(ctx, shared.kafka.LibsDir, shared.kafka.Addrs()); err != nil {
		return 1, err
	}
	defer shared.java.Close()
	if shared.world, err = kafkatest.Connect(ctx, shared.kafka.Addrs()); err != nil {
		return 1, err
	}
	defer shared.world.Close()
	if shared.kofs, err = buildKofs(ctx, dir, shared.kafka.Addrs()[0]); err != nil {
		return 1, err
	}
	if code = m.Run(); code != 0 {
		fmt.Fprintln(os.Stderr, shared.kafka.Logs())
	}
	return code, nil
}

func buildKofs(ctx context.Context, dir, server string) (kofs, error) {
	root, err := kafkatest.ProjectRoot()
	if err != nil {
		return kofs{}, err
	}
	k := kofs{path: filepath.Join(dir, "kofs"), server: server}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", k.path, "./cmd/kofs")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return kofs{}, fmt.Errorf("building kofs: %w\n%s", err, out)
	}
	return k, nil
}
