//go:build integration

package kafkatest_test

import (
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
)

func TestApacheKafkaStarts(t *testing.T) {
	k := kafkatest.NewKafka(t, kafkatest.KafkaOptions{})
	w := kafkatest.NewWorld(t, k.Addrs())
	check(t, w.CreateTopic(t.Context(), "orders", 3, nil))
	must[int64](t)(w.Produce(t.Context(), "orders", 1, kafkatest.Numbered(10)...))
	if got := must[map[int32]kafkatest.Bounds](t)(w.Bounds(t.Context(), "orders"))[1]; got.HighWatermark != 10 {
		t.Errorf("high watermark %d, want 10", got.HighWatermark)
	}
}
