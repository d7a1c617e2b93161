//go:build integration

package oracle

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// movers move leaders of the partitions that somebody is looking at, one move
// after the other, for as long as a test runs.
type movers struct {
	bed
	random *rand.Rand
	wake   chan struct{} // somebody began to look

	mu     sync.Mutex
	looked map[partition]int // how many look at it
	moves  int
	failed error
}

// startMovers begins; the test's end, or stop, ends it.
func startMovers(t *testing.T, b bed, random *rand.Rand) *movers {
	m := &movers{bed: b, random: random, wake: make(chan struct{}, 1), looked: map[partition]int{}}
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		for ctx.Err() == nil {
			if err := m.moveOne(ctx); err != nil && ctx.Err() == nil {
				m.mu.Lock()
				m.failed = err
				m.mu.Unlock()
				return
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		done.Wait()
		if m.failed != nil {
			t.Error(m.failed)
		}
	})
	return m
}

// look makes the partitions of the rows move until the returned func is called.
func (m *movers) look(rows []row) (away func()) {
	m.add(rows, 1)
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return func() { m.add(rows, -1) }
}

func (m *movers) add(rows []row, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range rows {
		if m.looked[r.partition] += n; m.looked[r.partition] == 0 {
			delete(m.looked, r.partition)
		}
	}
}

// moveOne sends one partition's leader to one of the other brokers.
func (m *movers) moveOne(ctx context.Context) error {
	p, ok := m.pick()
	if !ok {
		select {
		case <-m.wake:
		case <-ctx.Done():
		}
		return nil
	}
	leader, err := m.world.Leader(ctx, p.topic, p.number)
	if err != nil {
		return err
	}
	nodes := m.kafka.Nodes()
	next := nodes[m.random.IntN(len(nodes))]
	if next == leader {
		return nil
	}
	if err := m.world.MoveLeader(ctx, p.topic, p.number, next); err != nil {
		return fmt.Errorf("after %d moves: %w", m.count(), err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moves++
	return nil
}

func (m *movers) pick() (partition, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for p := range m.looked { // in no order
		return p, true
	}
	return partition{}, false
}

func (m *movers) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.moves
}
