//go:build integration

package brokers

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// brokerIsDead: at first the others do not know yet, and send everybody there.
// Then they take over what they can.
func (c three) brokerIsDead(t *testing.T) {
	ctx := t.Context()
	must(t, c.world.MoveCoordinator(ctx, c.groups[2], 2))
	must(t, c.world.MoveCoordinator(ctx, c.groups[3], 3))
	c.everythingIsListed(t)
	c.Kill(3)
	c.deadBrokerIsNamed(t)
	c.unreadablePartitionIsARow(t, "connection refused")

	must(t, c.AwaitListed(ctx, c.world, 2))
	c.committed(t, c.groups[3]) // the new coordinator answers
	c.everythingIsListed(t)
	c.unreadablePartitionIsARow(t, "LEADER_NOT_AVAILABLE")
	must(t, c.Restart(ctx, 3))
}

// everythingIsListed is how it is when all brokers are up.
func (c three) everythingIsListed(t *testing.T) {
	t.Helper()
	if list := c.listed(t, 0); len(list.Groups) != 3 {
		t.Errorf("%+v", list)
	}
}

func (c three) listed(t *testing.T, exit int) (list groupsDoc) {
	t.Helper()
	decode(t, c.run(t, exit, "groups", "-o", "json"), "kofs/groups/v1", &list)
	return list
}

// deadBrokerIsNamed: the groups of the others are listed, and the list is said
// to be incomplete; so is the lag.
func (c three) deadBrokerIsNamed(t *testing.T) {
	t.Helper()
	list := c.listed(t, 3)
	if len(list.Groups) != 2 || !list.Incomplete || len(list.Errors) != 1 || list.Errors[0].NodeID != 3 {
		t.Errorf("%+v", list)
	}
	if text := c.run(t, 3, "groups"); !strings.Contains(text.Stderr, "incomplete: broker 3 ("+c.Addr(3)+") did not answer") {
		t.Error(text)
	}
	var doc lagDoc
	decode(t, c.run(t, 3, "lag", c.groups[1], c.groups[3], "-o", "json"), "kofs/lag/v1", &doc)
	if dead := doc.group(t, c.groups[3]); !doc.Incomplete || dead.Error == nil {
		t.Errorf("%+v", doc)
	}
	if alive := doc.group(t, c.groups[1]); alive.Error != nil || len(alive.Partitions) != 6 {
		t.Errorf("%+v", doc)
	}
	c.nothingIsWritten(t, c.groups[3], "connection refused")
}

// nothingIsWritten to a group whose coordinator cannot be asked.
func (c three) nothingIsWritten(t *testing.T, group, why string) {
	t.Helper()
	ran := c.run(t, 1, "reset", group, "--topic", "orders", "--to-earliest", "--execute", "--yes")
	if !strings.Contains(ran.Stderr, `reading committed offsets of group "`+group+`"`) || !strings.Contains(ran.Stderr, why) {
		t.Error(ran)
	}
}

// unreadablePartitionIsARow: only broker 3 has islands:2; the other two
// partitions are shown and counted.
func (c three) unreadablePartitionIsARow(t *testing.T, why string) {
	t.Helper()
	began := time.Now()
	var doc lagDoc
	decode(t, c.run(t, 3, "lag", c.groups[1], "--topic", "islands", "-o", "json"), "kofs/lag/v1", &doc)
	partitions := doc.group(t, c.groups[1]).Partitions
	if len(partitions) != 3 {
		t.Fatalf("%+v", doc)
	}
	for i, p := range partitions {
		if dead := i == 2; dead != (p.Lag == nil) || dead != (p.Error != nil) {
			t.Errorf("%+v", p)
		}
	}
	ran := c.run(t, 3, "reset", c.groups[1], "--topic", "islands", "--to-offset", "5", "-o", "json")
	var plan planDoc
	decode(t, ran, "kofs/plan/v1", &plan)
	for i, change := range plan.Changes {
		switch {
		case i == 2 && (change.Error == nil || !strings.Contains(ran.Stdout, why) || change.NewOffset != nil),
			i < 2 && (change.Error != nil || change.Records == nil || *change.Records != 10):
			t.Errorf("partition %d: %s", i, ran)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

// groupsWithoutCoordinator: the only replica of a partition of __consumer_offsets
// goes, and its broker is not listed any more. Nobody lists its groups, and none
// of the brokers that are left finds anything wrong.
func (c three) groupsWithoutCoordinator(t *testing.T) {
	ctx := t.Context()
	lost := c.groups[3]
	partition := kafkatest.OffsetsPartition(lost)
	must(t, c.world.AssignReplicas(ctx, "__consumer_offsets", partition, []int32{3}))
	must(t, c.world.MoveCoordinator(ctx, lost, 3))
	must(t, c.ShutDown(ctx, 3))
	must(t, c.AwaitListed(ctx, c.world, 2))
	list := c.listed(t, 3)
	if len(list.Groups) != 2 || len(list.Errors) != 1 || list.Errors[0].NodeID != 3 || !strings.Contains(list.Errors[0].Error.Message, "has no leader") {
		t.Errorf("%+v", list)
	}
	var doc lagDoc
	decode(t, c.run(t, 3, "lag", c.groups[1], lost, "-o", "json"), "kofs/lag/v1", &doc)
	if g := doc.group(t, lost); g.Error == nil || g.Error.Name == nil || *g.Error.Name != "COORDINATOR_NOT_AVAILABLE" {
		t.Errorf("%+v", g)
	}
	c.nothingIsWritten(t, lost, "COORDINATOR_NOT_AVAILABLE")
	must(t, c.Restart(ctx, 3))
	must(t, c.world.AssignReplicas(ctx, "__consumer_offsets", partition, []int32{3, 1, 2}))
}
