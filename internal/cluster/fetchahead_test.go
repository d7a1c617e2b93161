package cluster

import (
	"context"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// startSmallAnswers has 2,000 records in one partition, of which an answer holds a
// few dozen. Every Fetch is told to asked by its offset.
func startSmallAnswers(t *testing.T, asked func(offset int64)) fake {
	t.Helper()
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	f.produce(t, "orders", 0, 2000, 10, 1000)
	f.ControlKey(kmsg.Fetch.Int16(), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		p := &kreq.(*kmsg.FetchRequest).Topics[0].Partitions[0]
		p.PartitionMaxBytes = 64 << 10
		asked(p.FetchOffset)
		return nil, nil, false
	})
	return f
}

// A row that is alone has its next request at the broker while the answer before is
// still being visited.
func TestARowThatIsAloneIsAskedForAhead(t *testing.T) {
	ctx := deadline(t, 20*time.Second)
	asked := make(chan int64, 2000)
	f := startSmallAnswers(t, func(offset int64) { asked <- offset })
	ranges := []records.Range{rangeOf("orders", 0, 0, 2000)}
	r := newReader(ranges)
	visits := 0
	err := f.dial(t).Fetch(ctx, inspect.ReadUncommitted, ranges, func(f records.Fetched) (int64, bool) {
		next, more := r.visit(f)
		if visits++; more && !hears(ctx, asked, next) {
			t.Errorf("offset %d was not asked for during the visit before", next)
		}
		return next, more
	})
	if err != nil {
		t.Fatal(err)
	}
	r.check(t, ranges)
	if visits < 10 {
		t.Errorf("%d visits are too few to tell", visits)
	}
}

// hears waits for an offset to be asked for.
func hears(ctx context.Context, asked <-chan int64, offset int64) bool {
	for {
		select {
		case got := <-asked:
			if got == offset {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}

// A visit may want something else than what was asked for ahead: each is given what
// it asked for, and the connection's next user none of the rest.
func TestWhatWasAskedAheadInVainIsThrownAway(t *testing.T) {
	f := startSmallAnswers(t, func(int64) {})
	c := f.dial(t)
	for _, stop := range []int64{1, 2, 3, 5, 8} {
		want, visits := int64(0), int64(0)
		err := c.Fetch(deadline(t, 20*time.Second), inspect.ReadUncommitted, []records.Range{rangeOf("orders", 0, 0, 2000)},
			func(f records.Fetched) (int64, bool) {
				if visits++; f.Offset != want {
					t.Errorf("visit %d is of offset %d, want %d", visits, f.Offset, want)
				}
				next, n := walk(f)
				if n == 0 {
					t.Errorf("nothing at offset %d", f.Offset)
				}
				if want = next; visits%3 == 0 {
					want = f.Offset + 1 // again, all but one
				}
				return want, visits < stop
			})
		if err != nil || visits != stop {
			t.Errorf("%d visits of %d, %v", visits, stop, err)
		}
	}
}
