package kafkatest

import (
	"context"
)

// ConsumerGroups runs kafka-consumer-groups with these arguments, beside the
// bootstrap server, and returns what it prints to stdout. One call at a time.
func (o *Oracle) ConsumerGroups(ctx context.Context, args ...string) (stdout string, err error) {
	return stdout, o.call(ctx, "consumer-groups", map[string]any{"args": args}, &stdout)
}
