package records

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
)

// asked is a cluster of three partitions that tells which of them are asked for.
type asked struct {
	cluster
	begun  map[inspect.TopicPartition]chan struct{}
	active atomic.Int32
}

func threePartitions() (*asked, []Range) {
	a := &asked{cluster: cluster{}, begun: map[inspect.TopicPartition]chan struct{}{}}
	var ranges []Range
	for p := range int32(3) {
		at := inspect.TopicPartition{Topic: "orders", Partition: p}
		a.cluster[at], a.begun[at] = logOf(dense(0, 5), dense(5, 5)), make(chan struct{})
		a.cluster[at].size = 1 // an answer for each batch
		ranges = append(ranges, Range{TopicPartition: at, Until: 10})
	}
	return a, ranges
}

func (a *asked) Fetch(ctx context.Context, i inspect.Isolation, ranges []Range, visit Visit) error {
	a.active.Add(1)
	defer a.active.Add(-1)
	close(a.begun[ranges[0].TopicPartition])
	return a.cluster.Fetch(ctx, i, ranges, visit)
}

func (a *asked) await(t *testing.T, r Range) {
	t.Helper()
	select {
	case <-a.begun[r.TopicPartition]:
	case <-time.After(time.Minute):
		t.Errorf("%s was not asked for", r.TopicPartition)
	}
}

func (a *asked) hasBegun(r Range) bool {
	select {
	case <-a.begun[r.TopicPartition]:
		return true
	default:
		return false
	}
}

// While the last answer for a range is dealt with, the next range is asked for
// already, and no other; and still each waits for its turn.
func TestTheNextRangeIsAskedForEarly(t *testing.T) {
	a, ranges := threePartitions()
	n := int64(0)
	listed, err := List(t.Context(), a, ranges, ListOptions{}, func(r *Record) error {
		if want := fmt.Sprintf("orders:%d %d", n/10, n%10); fmt.Sprint(r.TopicPartition, " ", r.Offset) != want {
			t.Errorf("%s %d, want %s", r.TopicPartition, r.Offset, want)
		}
		switch this := n / 10; {
		case n%10 == 0 && this < 2 && a.hasBegun(ranges[this+1]):
			t.Errorf("%s was asked for before the end of %s", ranges[this+1].TopicPartition, r.TopicPartition)
		case n%10 == 5 && this < 2:
			a.await(t, ranges[this+1])
		}
		n++
		return nil
	})
	if err != nil || n != 30 || !listed[2].Done {
		t.Errorf("%d records, %v, %+v", n, err, listed)
	}
}

// What ends a listing also ends what was asked for early, before it returns.
func TestAnEndIsTheEndOfWhatWasAskedEarly(t *testing.T) {
	full := errors.New("the disk is full")
	for want, end := range map[error]func(cancel func()) error{
		full:             func(func()) error { return full },
		context.Canceled: func(cancel func()) error { cancel(); return nil },
	} {
		t.Run(want.Error(), func(t *testing.T) {
			a, ranges := threePartitions()
			ctx, cancel := context.WithCancel(t.Context())
			listed, err := List(ctx, a, ranges, ListOptions{}, func(r *Record) error {
				if r.Partition != 0 {
					t.Errorf("%s %d", r.TopicPartition, r.Offset)
				}
				if r.Offset < 5 {
					return nil
				}
				a.await(t, ranges[1])
				return end(cancel)
			})
			if !errors.Is(err, want) || listed[1].Reached != 0 || listed[1].Done {
				t.Errorf("%v, %+v", err, listed)
			}
			if n := a.active.Load(); n != 0 {
				t.Errorf("%d ranges are still asked for", n)
			}
		})
	}
}
