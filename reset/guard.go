package reset

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kofs/kofs/inspect"
)

// Override names what a user insists on against a refusal of [OwnProcedure].
type Override string

// The overrides.
const (
	OverrideConnect Override = "connect"
	OverrideStreams Override = "streams"
)

// ownProcedure is why a group's offsets should not be reset by a commit though
// the coordinator would take it: the application keeps more than offsets, or keeps
// them elsewhere. Nil if there is no sign of that.
func ownProcedure(g inspect.GroupSnapshot) *Blocker {
	switch {
	case g.ProtocolType == "connect":
		return &Blocker{Reason: OwnProcedure, Override: OverrideConnect,
			Message: fmt.Sprintf("group %q is of Kafka Connect, whose workers keep their own offsets: stop the connector and use PUT /connectors/NAME/offsets", g.ID)}
	case g.Assignor == "stream" || slices.ContainsFunc(g.Partitions, func(p inspect.Partition) bool { return ofStreams(g.ID, p) }):
		return &Blocker{Reason: OwnProcedure, Override: OverrideStreams,
			Message: fmt.Sprintf("group %q is of Kafka Streams: its state stores and changelogs must be reset with its offsets, as kafka-streams-application-reset does", g.ID)}
	}
	return nil
}

// ofStreams recognises a commit of Kafka Streams: by a repartition or changelog
// topic of the application, or by the stream time that it stores as the commit's
// metadata (TopicPartitionMetadata: a version byte, 1 or 2, and 8 bytes of time).
func ofStreams(group string, p inspect.Partition) bool {
	if p.Commit == nil {
		return false
	}
	if strings.HasPrefix(p.Topic, group+"-") && (strings.HasSuffix(p.Topic, "-repartition") || strings.HasSuffix(p.Topic, "-changelog")) {
		return true
	}
	raw, err := base64.StdEncoding.DecodeString(p.Commit.Metadata)
	return err == nil && len(raw) >= 9 && (raw[0] == 1 || raw[0] == 2)
}

// stopHint says how long a member that is stopped still counts.
func stopHint(g inspect.Group) string {
	for _, m := range g.Members {
		if m.InstanceID != nil {
			return fmt.Sprintf("stop its consumers first; a static member such as %q does not leave when it stops: it counts until its session timeout, at most group.max.session.timeout.ms", *m.InstanceID)
		}
	}
	return "stop its consumers first; a member that was killed counts until its session timeout"
}

// WaitInactive waits until the group has no members. When ctx ends before, that
// is a [*Refusal] with [WaitExpired] if its time was over.
func WaitInactive(ctx context.Context, src inspect.Source, group string, pause func(context.Context, time.Duration) error) error {
	for {
		described, err := src.DescribeGroups(ctx, []string{group})
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("waiting for group %q: %w", group, err)
		}
		g := described[group]
		if err == nil && g.Fault == nil && !g.Active() {
			return nil
		}
		if pause(ctx, time.Second) == nil {
			continue
		}
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return &Refusal{Reason: WaitExpired, Group: group, Retryable: true, Hint: stopHint(g),
				Message: fmt.Sprintf("group %q is still active: %s with %s", group, g.State, plural(len(g.Members), "member"))}
		}
		return context.Cause(ctx)
	}
}

// simple reports whether the plan's group is a place for offsets only, so that a
// consumer may be running unseen.
func (p Plan) simple() bool {
	return p.GroupType == inspect.TypeClassic && p.GroupState == inspect.StateEmpty && p.ProtocolType == ""
}

// watch looks a second time at the commits of a simple group: if they move, a
// consumer that assigns itself its partitions is running. It would overwrite what
// is written, and never read it.
func watch(ctx context.Context, src inspect.Source, p Plan, o Applying) error {
	if o.Watch <= 0 || !p.simple() {
		return nil
	}
	if err := o.Pause(ctx, o.Watch); err != nil {
		return context.Cause(ctx)
	}
	err := checkAgain(ctx, src, p, o)
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.Reason == Drift {
		return &Refusal{Reason: StandaloneConsumer, Group: p.Group, Topic: refusal.Topic, Partition: refusal.Partition, Retryable: true,
			Message: fmt.Sprintf("the commits of group %q move though it has no members, so a standalone consumer is running: %s", p.Group, refusal.Message),
			Hint:    "stop it first: it would overwrite the new offsets, and never read them"}
	}
	return err
}
