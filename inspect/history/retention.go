package history

import (
	"context"
	"strconv"
	"time"

	"github.com/kofs/kofs/inspect"
)

// Retention is offsets.retention.minutes of a broker; nil when it may not be asked
// for or is not told.
func Retention(ctx context.Context, src inspect.ConfigSource, broker int32) *time.Duration {
	text, err := src.BrokerConfig(ctx, broker, "offsets.retention.minutes")
	if err != nil {
		return nil
	}
	minutes, err := strconv.ParseInt(text, 10, 32)
	if err != nil || minutes <= 0 {
		return nil
	}
	return new(time.Duration(minutes) * time.Minute)
}
