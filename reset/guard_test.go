package reset

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
)

func TestGroupsWithAProcedureOfTheirOwn(t *testing.T) {
	streamTime := base64.StdEncoding.EncodeToString([]byte{2, 0, 0, 1, 2, 3, 4, 5, 6})
	commit := func(topic, metadata string) inspect.Partition {
		return inspect.Partition{TopicPartition: inspect.TopicPartition{Topic: topic}, Commit: &inspect.Commit{Offset: 1, Metadata: metadata}, Log: &inspect.Log{}}
	}
	for _, c := range []struct {
		name  string
		group inspect.Group
		rows  []inspect.Partition
		want  Override
	}{
		{"Kafka Connect, by its protocol type", inspect.Group{ProtocolType: "connect"}, nil, OverrideConnect},
		{"Kafka Streams, by its assignor", inspect.Group{ProtocolType: "consumer", Assignor: "stream"}, nil, OverrideStreams},
		{"Kafka Streams, Empty, by a repartition topic", inspect.Group{}, []inspect.Partition{commit("app-agg-repartition", "")}, OverrideStreams},
		{"Kafka Streams, Empty, by the stream time in the metadata", inspect.Group{}, []inspect.Partition{commit("orders", streamTime)}, OverrideStreams},
		{"a repartition topic of another application", inspect.Group{}, []inspect.Partition{commit("other-agg-repartition", "")}, ""},
		{"metadata in words", inspect.Group{}, []inspect.Partition{commit("orders", "ticket 42")}, ""},
		{"metadata that happens to be base64", inspect.Group{}, []inspect.Partition{commit("orders", "abcd")}, ""},
	} {
		c.group.ID = "app"
		b := ownProcedure(inspect.GroupSnapshot{Group: c.group, Partitions: c.rows})
		switch {
		case c.want == "" && b != nil:
			t.Errorf("%s: %+v", c.name, b)
		case c.want != "" && (b == nil || b.Override != c.want || b.Reason != OwnProcedure):
			t.Errorf("%s: %+v, want %s", c.name, b, c.want)
		}
	}
}

func TestPermitWithAnOverride(t *testing.T) {
	p := Plan{Blockers: []Blocker{{Reason: OwnProcedure, Override: OverrideStreams, Message: "m"}}}
	for override, permitted := range map[Override]bool{"": false, OverrideConnect: false, OverrideStreams: true} {
		if err := Permit(p, Permission{Override: override}); (err == nil) != permitted {
			t.Errorf("--override %q: %v", override, err)
		}
	}
}

// A consumer that assigns itself its partitions has no members to be seen by: only
// its commits move.
func TestStandaloneConsumerIsNoticed(t *testing.T) {
	for _, c := range []struct {
		name    string
		moves   int // the read of the commits at which they have moved
		reason  Reason
		outcome string
	}{
		{"before the commit", 2, StandaloneConsumer, ""},
		{"after it", 4, "", "overwritten, applied"},
		{"never", 99, "", "applied, applied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakeCluster()
			f.group.ProtocolType = ""
			p := planFor(t, f)
			f.onFetch = func(f *fakeCluster, n int) {
				if n >= c.moves {
					f.commits[0] = &inspect.Commit{Offset: 177}
				}
			}
			o := applying()
			o.Watch = 6 * time.Second
			r, err := Apply(t.Context(), t.Context(), f, p, o)
			var refusal *Refusal
			if c.reason != "" {
				if !errors.As(err, &refusal) || refusal.Reason != c.reason || len(f.sent) != 0 {
					t.Errorf("%v, %d sent", err, len(f.sent))
				}
				return
			}
			if err != nil || outcomes(r) != c.outcome {
				t.Errorf("%s, %v, want %s", outcomes(r), err, c.outcome)
			}
		})
	}
}

func TestWaitInactive(t *testing.T) {
	f := newFakeCluster()
	f.group.State, f.group.Members = inspect.StateStable, []inspect.Member{{ID: "m", InstanceID: ptr("shop-1")}}
	waits := 0
	err := WaitInactive(t.Context(), f, "billing", func(context.Context, time.Duration) error {
		if waits++; waits == 3 {
			f.group.State, f.group.Members = inspect.StateEmpty, nil
		}
		return nil
	})
	if err != nil || waits != 3 {
		t.Errorf("%v after %d waits", err, waits)
	}
	f.group.State, f.group.Members = inspect.StateStable, []inspect.Member{{ID: "m", InstanceID: ptr("shop-1")}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	err = WaitInactive(ctx, f, "billing", func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() })
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Reason != WaitExpired || !strings.Contains(refusal.Hint, "group.max.session.timeout.ms") {
		t.Errorf("%v", err)
	}
}

func TestStopHintNamesAStaticMember(t *testing.T) {
	g := inspect.Group{Members: []inspect.Member{{ID: "a"}, {ID: "b", InstanceID: ptr("shop-1")}}}
	if hint := stopHint(g); !strings.Contains(hint, `"shop-1"`) {
		t.Error(hint)
	}
	if hint := stopHint(inspect.Group{}); strings.Contains(hint, "static") || !slices.Contains(strings.Fields(hint), "stop") {
		t.Error(hint)
	}
}
