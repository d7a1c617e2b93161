package main

import (
	"testing"
	"time"
	"context"

	"github.com/kofs/kofs/internal/kafkatest"
)

func TestZZStress(t *testing.T) {
	e := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 6}})
	w := kafkatest.NewWorld(t, e.Addrs())
	for i := range 8000 {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		done := make(chan struct{})
		go func() {
			defer close(done)
			first, err := w.ProduceBatch(ctx, kafkatest.Batch{Topic: "orders", Partition: int32(i % 6), Records: kafkatest.Numbered(100)})
			if first < 0 || err != nil {
				t.Errorf("send %d: first %d, err %v", i, first, err)
			}
		}()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			t.Fatalf("send %d hangs", i)
		}
		cancel()
		if t.Failed() { break }
	}
}
