//go:build integration

package brokers

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
)

// The stages follow each other on one cluster; each leaves it whole.
func TestThreeBrokers(t *testing.T) {
	c := startThree(t)
	t.Run("EveryBrokerIsAsked", c.everyBrokerIsAsked)
	t.Run("AThousandPartitions", c.thousandPartitions)
	t.Run("LeadersMoveDuringLookUps", c.leadersMoveDuringLookUps)
	t.Run("TheCoordinatorMovesDuringResets", c.coordinatorMovesDuringResets)
	t.Run("NoCommitIsDeniedWhileTheCoordinatorMoves", c.noCommitIsDenied)
	t.Run("ABrokerIsDead", c.brokerIsDead)
	t.Run("GroupsWithoutACoordinator", c.groupsWithoutCoordinator)
	t.Run("TheCoordinatorRestartsDuringResets", c.coordinatorRestartsDuringResets)
}

func (c three) everyBrokerIsAsked(t *testing.T) {
	var list groupsDoc
	decode(t, c.run(t, 0, "groups", "--lag", "-o", "json"), "kofs/groups/v1", &list)
	if len(list.Groups) != 3 || list.Incomplete {
		t.Errorf("%+v", list)
	}
	ran := c.run(t, 0, "lag", "--all-groups", "-o", "json", "-v")
	var doc lagDoc
	decode(t, ran, "kofs/lag/v1", &doc)
	for _, broker := range c.Nodes() {
		g := doc.group(t, c.groups[broker])
		if g.TotalLag == nil || *g.TotalLag != 6*5 || len(g.Partitions) != 6 {
			t.Errorf("%+v", g)
		}
		for _, request := range []string{"ListGroups", "OffsetFetch", "ListOffsets"} {
			if sent := c.Addr(broker) + ": " + request + " "; !strings.Contains(ran.Stderr, sent) {
				t.Errorf("broker %d was sent no %s: %s", broker, request, ran.Stderr)
			}
		}
	}
}

// leadersMoveDuringLookUps: the ends of logs and the search by time are looked up
// while leaders never stay.
func (c three) leadersMoveDuringLookUps(t *testing.T) {
	moves := c.keepMoving(t, func(ctx context.Context, n int) error {
		return c.world.MoveLeader(ctx, "orders", int32(n)%3, int32(n/3)%3+1)
	})
	const previews = 60
	again := 0
	for i := range previews {
		second := i % 15
		ran := c.run(t, 0, "reset", c.groups[1], "--topic", "orders", "-o", "json", "-v",
			"--to-datetime", fmt.Sprintf("@%d", firstRecord.Unix()+int64(second)))
		var doc planDoc
		decode(t, ran, "kofs/plan/v1", &doc)
		for _, change := range doc.Changes {
			if change.NewOffset == nil || *change.NewOffset != int64(second) || change.Records == nil || *change.Records != int64(15-second) {
				t.Errorf("want new offset %d: %s", second, ran)
			}
		}
		again += lookUps(ran)
	}
	t.Logf("%d previews, with %d look-ups of leaders, while they moved %d times", previews, again, moves())
}

func lookUps(ran kafkatest.Ran) (n int) {
	for _, request := range ran.Requests() {
		if strings.HasPrefix(request, "Metadata ") {
			n++
		}
	}
	return n
}

// coordinatorMovesDuringResets: a group that is reset again and again while its
// coordinator never stays.
func (c three) coordinatorMovesDuringResets(t *testing.T) {
	group := c.groups[2]
	moves := c.keepMoving(t, func(ctx context.Context, n int) error {
		return c.world.MoveCoordinator(ctx, group, int32(n)%3+1)
	})
	const resets = 40
	outcomes := map[string]int{}
	for i := range resets {
		outcomes[c.resetHonestly(t, group, int64(i%15))]++
	}
	t.Logf("%d resets: %v, while the coordinator moved %d times", resets, outcomes, moves())
	if outcomes["done"] == 0 {
		t.Error("none was done")
	}
}

// noCommitIsDenied: asked for stable offsets, as kofs asks, a coordinator that has
// just taken over answers only what is replicated; others are shown older commits,
// or none. (That kofs does not even ask it too early is seen in internal/cluster.)
func (c three) noCommitIsDenied(t *testing.T) {
	group := c.groups[2]
	commit := func(ctx context.Context, at int64) error {
		return c.world.Commit(ctx, group, kafkatest.Offsets{"islands": {0: at}})
	}
	must(t, commit(t.Context(), 0))
	var last atomic.Int64 // commits only grow
	stop := c.keepMoving(t, func(ctx context.Context, n int) error {
		if err := commit(ctx, int64(n)); err != nil {
			return err
		}
		last.Store(int64(n))
		return c.world.MoveLeader(ctx, "__consumer_offsets", kafkatest.OffsetsPartition(group), int32(n)%3+1)
	})
	const looks = 20
	for range looks {
		from := last.Load()
		ran := c.run(t, 0, "lag", group, "--topic", "islands:0", "-o", "json", "-v")
		to := last.Load() + 1 // another may be under way
		var doc lagDoc
		decode(t, ran, "kofs/lag/v1", &doc)
		if at := doc.group(t, group).Partitions[0].Committed; at == nil || *at < from || *at > to {
			t.Errorf("committed was at least %d, at most %d: %s", from, to, ran)
		}
	}
	t.Logf("%d looks while the coordinator moved %d times", looks, stop())
	must(t, commit(t.Context(), 15))
}

// keepMoving calls move with 0, 1, 2, ... until the test ends or the returned
// func is called, which says how often.
func (c three) keepMoving(t *testing.T, move func(ctx context.Context, n int) error) (stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	n := 0
	done.Go(func() {
		for ; ctx.Err() == nil; n++ {
			if err := move(ctx, n); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	stop = func() int {
		cancel()
		done.Wait()
		return n
	}
	t.Cleanup(func() { stop() })
	return stop
}
