package kafkatest

import (
	"context"
	"fmt"
	"time"
)

// Await asks holds again and again until it says yes, fails, or ctx ends.
// The last error of holds is not kept: it ends the wait.
func Await(ctx context.Context, every time.Duration, what string, holds func() (bool, error)) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		ok, err := holds()
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-ticker.C:
		}
	}
}
