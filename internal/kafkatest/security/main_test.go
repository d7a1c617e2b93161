//go:build integration

package security

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// bed is what all tests here use: one broker, one binary of kofs.
type bed struct {
	*kafkatest.Secured
	world *kafkatest.World
	kofs  kafkatest.Program
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
	flag.Parse()
	if err := flag.Set("test.parallel", "6"); err != nil { // most of these tests wait for a broker's clock
		return 1, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "kofs-security-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if shared.kofs, err = kafkatest.BuildKofs(ctx, dir); err != nil {
		return 1, err
	}
	if shared.Secured, err = kafkatest.StartSecured(ctx); err != nil {
		return 1, err
	}
	defer shared.Stop()
	if shared.world, err = kafkatest.Connect(ctx, shared.Addrs()); err != nil {
		return 1, err
	}
	defer shared.world.Close()
	if err := fill(ctx, shared.world); err != nil {
		return 1, err
	}
	if code = m.Run(); code != 0 {
		fmt.Fprintln(os.Stderr, shared.Logs())
	}
	return code, nil
}

const recordsEach = 120 // records in each of the three partitions of orders

// fill makes the topic orders, of which the group billing has read a part.
func fill(ctx context.Context, w *kafkatest.World) error {
	if err := w.CreateTopic(ctx, "orders", 3, nil); err != nil {
		return err
	}
	for p := range int32(3) {
		if _, err := w.Produce(ctx, "orders", p, kafkatest.Numbered(recordsEach)...); err != nil {
			return err
		}
	}
	return w.Commit(ctx, "billing", kafkatest.Offsets{"orders": {0: 20, 1: 40, 2: 60}})
}

// config writes a .properties file.
func config(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "client.properties")
	text := ""
	for _, line := range lines {
		text += line + "\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// trust are the lines for TLS to a broker of the CA.
func trust() []string {
	return []string{"ssl.truststore.type=PEM", "ssl.truststore.location=" + shared.Certificates.CA}
}

// loginAs are the lines for a login, without the protocol.
func loginAs(mechanism, user, password string) []string {
	return []string{"sasl.mechanism=" + mechanism, "sasl.jaas.config=" + kafkatest.LoginModule(mechanism, user, password)}
}
