package explain

import (
	"context"
	"errors"
	"testing"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// denied is a cluster whose records may not be read.
type denied struct{ fault error }

// Fetch implements [records.Fetcher].
func (d denied) Fetch(_ context.Context, _ inspect.Isolation, ranges []records.Range, visit records.Visit) error {
	for _, r := range ranges {
		visit(records.Fetched{TopicPartition: r.TopicPartition, Err: d.fault})
	}
	return nil
}

// What could not be read is not free of equal records.
func TestWhatCannotBeReadIsUnsearched(t *testing.T) {
	fault := inspect.KafkaFault(inspect.CodeTopicAuthorizationFailed, "")
	orders := inspect.TopicPartition{Topic: "orders", Partition: 3}
	consumed := map[string][]records.Range{"orders": {{TopicPartition: orders, From: 7, Until: 20}}}
	repeats, failed := FindRepeats(t.Context(), denied{fault}, consumed, inspect.ReadUncommitted, func(records.Progress) {})
	if len(repeats) != 0 || len(failed) != 1 || failed[0].What != "orders:3 from offset 7 on" || !errors.Is(failed[0].Err, fault) {
		t.Errorf("%v, %+v", repeats, failed)
	}
}
