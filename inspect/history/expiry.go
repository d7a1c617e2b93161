package history

import (
	"context"
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// expiryRecords is how far back [Expiry] looks, in offsets.
const expiryRecords = 250_000

// Cluster is what can be asked for an expiry. internal/cluster is one.
type Cluster interface {
	inspect.Source
	inspect.ConfigSource
	records.Fetcher
}

// Findings are the group's, with the time at which its commits expire in the place
// of the rule, where [Expiry] finds it.
func Findings(ctx context.Context, c Cluster, g inspect.GroupSnapshot) []inspect.Finding {
	findings := g.Findings()
	expiry := Expiry(ctx, c, g)
	for i := range findings {
		if expiry != nil && findings[i].Kind == inspect.FindingExpiry {
			findings[i] = *expiry
		}
	}
	return findings
}

// Expiry finds when the commits of an Empty group expire, from the end of the
// offset log. It is nil when the group is not Empty, when the log may not be read
// or is not read in time, and when what it says last about the group lies further
// back.
func Expiry(ctx context.Context, c Cluster, g inspect.GroupSnapshot) *inspect.Finding {
	if g.Fault != nil || g.State != inspect.StateEmpty || g.Type == inspect.TypeShare {
		return nil
	}
	place, err := Locate(ctx, c, g.Group, nil)
	if err != nil || place.Elsewhere {
		return nil
	}
	place.From = max(place.Log.Start, place.Log.HighWatermark-expiryRecords)
	log, err := Read(ctx, c, place, Options{Group: g.ID, Limit: 8 << 20}, nil)
	if err != nil {
		return nil
	}
	return log.expiry(g, Retention(ctx, c, g.Coordinator.NodeID))
}

// expiry is the finding about a group that the log says to be Empty too.
func (l Log) expiry(g inspect.GroupSnapshot, retention *time.Duration) *inspect.Finding {
	kept, rule := usualRetention, "offsets.retention.minutes (7 days unless changed)"
	if retention != nil {
		kept, rule = *retention, fmt.Sprintf("offsets.retention.minutes (%s)", inDays(*retention))
	}
	if g.Type == inspect.TypeClassic && g.ProtocolType != "" {
		if l.Last == nil || l.Last.Protocol != Classic || len(l.Last.Members) > 0 {
			return nil
		}
		return &inspect.Finding{Kind: inspect.FindingExpiry, Message: fmt.Sprintf(
			"its commits expire at %s, %s after it became Empty; a reset does not begin that time anew", inSeconds(l.Last.At.Add(kept)), rule)}
	}
	first, last, missing := l.commitTimes(g)
	if first == nil {
		return nil
	}
	when := "at " + inSeconds(first.Add(kept))
	if later := inSeconds(last.Add(kept)); "at "+later != when {
		when = "from " + when[len("at "):] + " to " + later
	}
	message := fmt.Sprintf("its commits expire %s, %s after they were written", when, rule)
	if missing > 0 {
		message += fmt.Sprintf("; of %s it is not known when", countOf(missing, "commit"))
	}
	return &inspect.Finding{Kind: inspect.FindingExpiry, Message: message}
}

// commitTimes are the first and the last time of the commits that the group has,
// and the number of those whose time was not read.
func (l Log) commitTimes(g inspect.GroupSnapshot) (first, last *time.Time, missing int) {
	times := map[inspect.TopicPartition]Current{}
	for _, c := range l.Now {
		times[c.TopicPartition] = c
	}
	for _, p := range g.Partitions {
		c, known := times[p.TopicPartition]
		switch {
		case p.Commit == nil:
			continue
		case !known || c.Offset != p.Commit.Offset:
			missing++
			continue
		}
		if first == nil || c.At.Before(*first) {
			first = &c.At
		}
		if last == nil || c.At.After(*last) {
			last = &c.At
		}
	}
	return first, last, missing
}

func inSeconds(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// inDays is "7 days", or the duration where it is not whole days.
func inDays(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return countOf(int(d/(24*time.Hour)), "day")
	}
	return d.String()
}
