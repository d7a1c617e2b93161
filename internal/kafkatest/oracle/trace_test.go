//go:build integration

package oracle

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
)

// leaveNoTrace: a preview and the other reading commands leave no trace on a
// group that is at work; neither its coordinator nor its consumer sees a difference.
func (b bed) leaveNoTrace(t *testing.T) {
	t.Run("classic", func(t *testing.T) { b.lookAtActiveGroup(t, "classic") })
	if b.kafka.HasConsumerProtocol() {
		t.Run("consumer", func(t *testing.T) { b.lookAtActiveGroup(t, "consumer") })
	}
}

func (b bed) lookAtActiveGroup(t *testing.T, protocol string) {
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	defer cancel()
	topic, group := "traced-"+protocol, "active-"+protocol
	b.fillAndCommit(ctx, t, topic, group)
	joined, err := b.java.Join(ctx, group, protocol, "worker-1", topic)
	if err != nil {
		t.Fatal(err)
	}
	before := b.state(ctx, t, group, joined.Member)

	var preview plan
	args := []string{"--topic", topic, "--to-earliest"}
	if err := b.kofs.document(ctx, "kofs/plan/v1", &preview, append([]string{"reset", group}, args...)...); err != nil {
		t.Error(err)
	}
	if len(preview.Blockers) == 0 {
		t.Error("the preview names no blocker for an active group")
	}
	if preview.GroupState != "Stable" {
		t.Errorf("the preview says the group is %q, want Stable", preview.GroupState)
	}
	for _, command := range [][]string{
		{"groups", "-o", "json"},
		{"inspect", group, "-o", "json"},
		{"lag", group, "-o", "json"},
		append([]string{"records", group, "-o", "jsonl"}, args...),
	} {
		if _, err := b.kofs.run(ctx, command...); err != nil {
			t.Error(err)
		}
	}

	if after := b.state(ctx, t, group, joined.Member); !reflect.DeepEqual(before, after) {
		t.Errorf("the group changed\nbefore %s\nafter  %s", text(before), text(after))
	}
	if _, err := b.java.Leave(ctx, joined.Member); err != nil {
		t.Error(err)
	}
}

func (b bed) fillAndCommit(ctx context.Context, t *testing.T, topic, group string) {
	t.Helper()
	if err := b.world.CreateTopic(ctx, topic, 3, nil); err != nil {
		t.Fatal(err)
	}
	offsets := kafkatest.Offsets{topic: {}}
	for p := range int32(3) {
		if _, err := b.world.Produce(ctx, topic, p, kafkatest.Numbered(100)...); err != nil {
			t.Fatal(err)
		}
		offsets[topic][p] = 60
	}
	if err := b.world.Commit(ctx, group, offsets); err != nil {
		t.Fatal(err)
	}
}

// groupState is everything that a rebalance, or a write of offsets, changes.
type groupState struct {
	Group     kafkatest.GroupDescription
	Member    kafkatest.MemberReport
	Committed kafkatest.Offsets
}

func (b bed) state(ctx context.Context, t *testing.T, group string, member int) (s groupState) {
	t.Helper()
	var err error
	if s.Group, err = b.java.Describe(ctx, group); err != nil {
		t.Fatal(err)
	}
	if s.Member, err = b.java.Member(ctx, member); err != nil {
		t.Fatal(err)
	}
	if s.Committed, err = b.java.Committed(ctx, group); err != nil {
		t.Fatal(err)
	}
	s.Member.Polls = 0 // goes on, of course
	return s
}

func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
