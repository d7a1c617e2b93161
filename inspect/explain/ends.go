package explain

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/kofs/kofs/inspect"
)

// Ends looks up where logs ended at moments: the first offset with a later
// timestamp. It takes one question for each moment. A log that has nothing later
// is left out, as is one that cannot be asked.
func Ends(ctx context.Context, src inspect.Source, instants []Instant) (map[Instant]int64, error) {
	at := map[time.Time][]inspect.TopicPartition{}
	var order []time.Time
	for _, i := range instants {
		if at[i.At] == nil {
			order = append(order, i.At)
		}
		at[i.At] = append(at[i.At], i.TopicPartition)
	}
	ends := map[Instant]int64{}
	for _, t := range order {
		if t.UnixMilli() < 0 || t.UnixMilli() == math.MaxInt64 { // what such a time would ask for is something else
			continue
		}
		// Log ends are bounds of what was there: read_uncommitted, whatever the group's level.
		found, err := src.OffsetsAt(ctx, at[t], t.UnixMilli()+1, inspect.ReadUncommitted)
		if err != nil {
			return nil, fmt.Errorf("looking up where logs ended at %s: %w", clock(t), err)
		}
		for p, a := range found {
			if a.Fault == nil && a.Found {
				ends[Instant{p, t}] = a.Offset
			}
		}
	}
	return ends, nil
}
