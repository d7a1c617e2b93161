//go:build integration

package brokers

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// coordinatorRestartsDuringResets: the group's coordinator goes as an operator
// makes it go, comes back, and is given the group again.
func (c three) coordinatorRestartsDuringResets(t *testing.T) {
	group := c.groups[3]
	must(t, c.world.MoveCoordinator(t.Context(), group, 3))
	var restart sync.WaitGroup
	over := make(chan struct{})
	restart.Go(func() {
		defer close(over)
		for _, step := range []func() error{
			func() error { return c.ShutDown(t.Context(), 3) },
			func() error { return c.Restart(t.Context(), 3) },
			func() error { return c.world.MoveCoordinator(t.Context(), group, 3) },
		} {
			if err := step(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	defer restart.Wait()
	outcomes, n := map[string]int{}, 0
	for running := true; running; n++ {
		select {
		case <-over:
			running = false // one more
		default:
		}
		outcomes[c.resetHonestly(t, group, int64(n%15))]++
	}
	t.Logf("%d resets while the coordinator restarted: %v", n, outcomes)
	if outcomes["done"] < 2 {
		t.Error("hardly any was done")
	}
}

// resetHonestly resets the group in orders to an offset, and holds what kofs says
// became of it against what is committed. What the outcome is, is luck here.
func (c three) resetHonestly(t *testing.T, group string, to int64) string {
	t.Helper()
	before := c.committed(t, group)
	ran, err := c.kofs.Run(t.Context(), "reset", group, "--topic", "orders", "--to-offset", itoa(to), "--execute", "--yes", "-o", "json")
	must(t, err)
	said := map[int32]string{}
	if ran.Stdout != "" {
		var doc resultDoc
		decode(t, ran, "kofs/result/v1", &doc)
		for _, p := range doc.Partitions {
			said[p.Partition] = p.Outcome
		}
	}
	c.await(t, ran, group, func(now map[int32]int64) bool {
		for p := range int32(3) {
			stored, kept := now[p] == to, now[p] == before[p]
			switch said[p] {
			case "applied", "unchanged":
				if !stored {
					return false
				}
			case "unknown":
				if !stored && !kept {
					return false
				}
			default: // refused, failed, or no result at all: nothing was changed
				if !kept {
					return false
				}
			}
		}
		return true
	})
	switch ran.Exit {
	case 0:
		return "done"
	case 6:
		return "unknown"
	}
	t.Logf("exit %d: %s", ran.Exit, ran.Stderr)
	return "not done"
}

func (c three) committed(t *testing.T, group string) map[int32]int64 {
	t.Helper()
	var now map[int32]int64
	c.await(t, kafkatest.Ran{}, group, func(orders map[int32]int64) bool {
		now = orders
		return len(orders) == 3
	})
	return now
}

// await waits until the group's commits in orders are as they should be. A
// coordinator that has just taken over answers, for some 100 ms, as if its last
// commits had not been made yet.
func (c three) await(t *testing.T, ran kafkatest.Ran, group string, right func(orders map[int32]int64) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		now, err := c.world.Committed(ctx, group)
		if err == nil && right(now["orders"]) {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("committed: %v, %v, after %s", now["orders"], err, ran)
		}
	}
}
