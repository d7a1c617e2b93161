//go:build integration

package offsetlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const topic = "orders"

type bed struct {
	t     *testing.T
	ctx   context.Context
	kofs  kafkatest.Program
	world *kafkatest.World
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T) bed {
	t.Helper()
	k := kafkatest.NewKafka(t, kafkatest.KafkaOptions{Properties: map[string]string{
		"group.consumer.min.session.timeout.ms": "6000", "group.consumer.session.timeout.ms": "6000",
	}})
	ctx, cancel := context.WithTimeout(t.Context(), 3*kafkatest.Deadline)
	t.Cleanup(cancel)
	b := bed{t: t, ctx: ctx, world: kafkatest.NewWorld(t, k.Addrs())}
	built, err := kafkatest.BuildKofs(ctx, t.TempDir())
	must(t, err)
	b.kofs = built.At(k.Addrs()...)
	must(t, b.world.CreateTopic(ctx, topic, 2, nil))
	for p := range int32(2) {
		_, err := b.world.Produce(ctx, topic, p, kafkatest.Numbered(100)...)
		must(t, err)
	}
	return b
}

// join is a member that does not leave when it is closed: a killed one.
func (b bed) join(group, name string, opts ...kgo.Opt) *kafkatest.Member {
	b.t.Helper()
	m, err := b.world.Join(b.ctx, group, []string{topic}, append(opts, kgo.ClientID(name), kgo.SessionTimeout(6*time.Second))...)
	must(b.t, err)
	return m
}

func (b bed) commit(m *kafkatest.Member, offset int64) {
	b.t.Helper()
	offsets := map[string]map[int32]kgo.EpochOffset{topic: {}}
	for _, p := range m.Assigned()[topic] {
		offsets[topic][p] = kgo.EpochOffset{Epoch: -1, Offset: offset}
	}
	var failed error
	m.Client().CommitOffsetsSync(b.ctx, offsets, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, err error) {
		failed = err
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				if p.ErrorCode != 0 {
					failed = errors.Join(failed, fmt.Errorf("%s:%d: error %d", t.Topic, p.Partition, p.ErrorCode))
				}
			}
		}
	})
	must(b.t, failed)
}

func (b bed) await(what string, holds func() bool) {
	b.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-b.ctx.Done():
			b.t.Fatalf("waiting for %s: %v", what, b.ctx.Err())
		case <-tick.C:
		}
	}
}

type history struct {
	CompleteSince *string `json:"history_complete_since"`
	Unknown       []any   `json:"unknown_records"`
	Events        []event `json:"events"`
}

type event struct {
	Kind          string  `json:"kind"`
	Topic         *string `json:"topic"`
	Partition     *int32  `json:"partition"`
	From          *int64  `json:"from_offset"`
	To            *int64  `json:"to_offset"`
	Count         int64   `json:"count"`
	MemberID      *string `json:"member_id"`
	Transactional bool    `json:"transactional"`
	Detail        *string `json:"detail"`
}

// history is what kofs tells, and each event in short.
func (b bed) history(group string) (history, []string) {
	b.t.Helper()
	ran, err := b.kofs.Run(b.ctx, "history", group, "-o", "json")
	must(b.t, err)
	var doc history
	must(b.t, ran.Document("kofs/history/v1", &doc))
	if ran.Exit != 0 || doc.CompleteSince == nil || len(doc.Unknown) > 0 {
		b.t.Fatal(ran)
	}
	var lines []string
	for _, e := range doc.Events {
		lines = append(lines, e.String())
		if !e.hasTopic() {
			b.t.Errorf("%s names topic %q", e, *e.Topic)
		}
	}
	shown, err := b.kofs.Run(b.ctx, "history", group)
	must(b.t, err)
	b.t.Log("\n" + shown.Stdout + shown.Stderr)
	return doc, lines
}

func (e event) String() string {
	line := e.Kind
	if e.Partition != nil {
		line += fmt.Sprintf(" :%d", *e.Partition)
	}
	if e.To != nil {
		line += fmt.Sprintf(" to %d", *e.To)
	}
	if e.Count > 1 {
		line += fmt.Sprintf(" x%d", e.Count)
	}
	return line
}

// hasTopic reports whether the event names the topic, and not its ID, or none.
func (e event) hasTopic() bool { return e.Topic == nil || *e.Topic == topic }

// inOrder makes sure that the lines are there, one after another; others may be between.
func inOrder(t *testing.T, got []string, want ...string) {
	t.Helper()
	rest := got
	for _, line := range want {
		i := slices.IndexFunc(rest, func(l string) bool { return l == line || strings.HasPrefix(l, line+" x") })
		if i < 0 {
			t.Fatalf("no %q after what came before it in\n%s", line, strings.Join(got, "\n"))
		}
		rest = rest[i+1:]
	}
}

func TestHistory(t *testing.T) {
	b := start(t)
	t.Run("classic", func(t *testing.T) { b.t = t; b.membersComeAndGo("classic", kgo.Balancers(kgo.RangeBalancer())) })
	t.Run("consumer", func(t *testing.T) { b.t = t; b.membersComeAndGo("consumer", kgo.ServerSideBalancer()) })
	t.Run("transactions", func(t *testing.T) { b.t = t; b.transactions() })
}

// membersComeAndGo: a joins alone, b joins, a is killed while b goes on, b leaves;
// then the group is reset, one offset and at last the group are deleted.
func (b bed) membersComeAndGo(group string, protocol kgo.Opt) {
	static := kgo.InstanceID("static-a") // a static member does not leave when its client is closed
	first := b.join(group, "a", protocol, static)
	b.await("a to have both partitions", func() bool { return len(first.Assigned()[topic]) == 2 })
	b.commit(first, 10)
	second := b.join(group, "b", protocol)
	b.await("each to have one", func() bool { return len(first.Assigned()[topic]) == 1 && len(second.Assigned()[topic]) == 1 })
	mine, other := first.Assigned()[topic][0], second.Assigned()[topic][0]
	for offset := range int64(5) {
		b.commit(first, 20+offset)
		b.commit(second, 20+offset)
	}
	first.Client().Close()
	offset := int64(30)
	b.await("b to have both", func() bool {
		offset++
		b.commit(second, offset)
		return len(second.Assigned()[topic]) == 2
	})
	b.commit(second, 1000)
	second.Close()
	must(b.t, b.world.Commit(b.ctx, group, kafkatest.Offsets{topic: {0: 3, 1: 4}}))
	deleted, err := b.world.Admin().DeleteOffsets(b.ctx, group, kadm.TopicsSet{topic: {1: {}}})
	must(b.t, errors.Join(err, deleted.Error()))
	_, err = b.world.Admin().DeleteGroup(b.ctx, group)
	must(b.t, err)

	doc, lines := b.history(group)
	inOrder(b.t, lines, "member_joined", "assigned :0", "member_joined", fmt.Sprintf("assigned :%d", other),
		fmt.Sprintf("commit :%d to 24 x5", mine), "member_timed_out", fmt.Sprintf("assigned :%d", mine),
		fmt.Sprintf("commit :%d to 1000", mine), "member_left", "offset_deleted :1", "offset_deleted :0", "group_deleted")
	inOrder(b.t, lines, "member_left", "rewind :0 to 3")
	inOrder(b.t, lines, "member_left", "rewind :1 to 4")
	for _, kind := range []string{"member_timed_out", "member_left"} {
		if n := len(slices.DeleteFunc(slices.Clone(doc.Events), func(e event) bool { return e.Kind != kind })); n != 1 {
			b.t.Errorf("%d events %s", n, kind)
		}
	}
}

func (b bed) transactions() {
	const group = "tx"
	end := func(offset int64, end func(*kafkatest.Transaction) error) {
		tx, err := b.world.Begin(b.ctx, "history")
		must(b.t, err)
		must(b.t, tx.CommitOffsets(b.ctx, group, kafkatest.Offsets{topic: {0: offset}}))
		must(b.t, end(tx))
	}
	end(10, func(tx *kafkatest.Transaction) error { return tx.Commit(b.ctx) })
	end(11, func(tx *kafkatest.Transaction) error { return tx.Abort(b.ctx) })
	end(12, func(tx *kafkatest.Transaction) error { // a reset while it is open survives its end
		return errors.Join(b.world.Commit(b.ctx, group, kafkatest.Offsets{topic: {0: 3}}), tx.Commit(b.ctx))
	})
	open, err := b.world.Begin(b.ctx, "history-open")
	must(b.t, err)
	must(b.t, open.CommitOffsets(b.ctx, group, kafkatest.Offsets{topic: {1: 50}}))
	b.await("the markers", func() bool {
		doc, _ := b.history(group)
		return len(doc.Events) == 4
	})
	doc, lines := b.history(group)
	inOrder(b.t, lines, "commit :0 to 10", "transaction_aborted :0 to 11", "rewind :0 to 3", "transaction_pending :1 to 50")
	if !doc.Events[0].Transactional || doc.Events[2].Transactional {
		b.t.Errorf("%+v", doc.Events)
	}
	must(b.t, open.Abort(b.ctx))
}
