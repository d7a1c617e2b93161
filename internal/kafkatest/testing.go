package kafkatest

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Deadline is how long a test waits for anything before it fails.
const Deadline = 60 * time.Second

// NewEmbedded is StartEmbedded for a test: it fails the test on an error and
// closes the cluster at its end.
func NewEmbedded(t testing.TB, o EmbeddedOptions) *Embedded {
	t.Helper()
	e, err := StartEmbedded(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// NewWorld is Connect for a test; the World is closed at the test's end.
func NewWorld(t testing.TB, addrs []string, extra ...kgo.Opt) *World {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Deadline)
	defer cancel()
	w, err := Connect(ctx, addrs, extra...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// NewKafka is StartKafka for a test; the cluster is stopped at the test's end,
// and its logs are shown if the test failed.
func NewKafka(t testing.TB, o KafkaOptions) *Kafka {
	t.Helper()
	k, err := StartKafka(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(k.Logs())
		}
		k.Stop()
	})
	return k
}

// NewOracle is StartOracle for a test, with the newest clients, which talk to
// every version; the JVM is ended at the test's end.
func NewOracle(t testing.TB, k *Kafka) *Oracle {
	t.Helper()
	libs, err := Libs(t.Context(), KafkaVersion)
	if err != nil {
		t.Fatal(err)
	}
	o, err := StartOracle(t.Context(), libs, k.Addrs())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Close)
	return o
}
