package cluster

import (
	"testing"
	"time"

	"github.com/kofs/kofs/inspect/records"
	"github.com/twmb/franz-go/pkg/kfake"
)

// A budget that is spent ends the count: ranges that were not begun are not
// read. These are too long to share a request in great numbers.
func TestACountGoesBeyondItsBudgetByWhatIsUnderWay(t *testing.T) {
	const partitions = 60
	f := startFake(t, kfake.NumBrokers(1), kfake.SeedTopics(partitions, "orders"))
	var ranges []records.Range
	for p := range int32(partitions) {
		f.produce(t, "orders", p, 400, 400, 10)
		ranges = append(ranges, rangeOf("orders", p, 0, 400))
	}
	counts, err := records.Count(deadline(t, 30*time.Second), f.dial(t), ranges, records.CountOptions{MaxBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for i, c := range counts {
		switch {
		case c.BytesRead > 0:
			read++
			if !c.Done || c.ReadUncommitted != 400 {
				t.Errorf("what was read of range %d is not counted: %+v", i, c)
			}
		case c.Done || c.Err != nil || c.Reached != 0 || c.AtMost(0) != 400:
			t.Errorf("range %d, not begun: %+v", i, c)
		}
	}
	if most := fetchConns * fetchDepth * lanePartitions; read == 0 || read > most {
		t.Errorf("%d of %d ranges were read, want at most the %d that can be under way", read, partitions, most)
	}
}
