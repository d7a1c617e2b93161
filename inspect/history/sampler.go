package history

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// Sampler makes a history of what the coordinator says from time to time, for
// clusters that hide the offset log. It sees no commit that another one followed
// before the next poll, none that repeats an offset, and times only as exact as
// the polls are close.
type Sampler struct {
	replay *Replay
	poll   int64
	exists bool
}

// NewSampler begins a sample.
func NewSampler(group string) *Sampler {
	r := NewReplay(Options{Group: group})
	r.sampling, r.log.Source = true, SourceSample
	return &Sampler{replay: r}
}

// Add takes the answers of one poll. What could not be read is left as it was.
func (s *Sampler) Add(at time.Time, g inspect.Group, c inspect.GroupCommits) {
	r, now := s.replay, &records.Record{Offset: s.poll, TimestampMs: new(at.UnixMilli())}
	first := s.poll == 0
	s.poll++
	r.last = now.TimestampMs
	if first {
		r.completeFrom(recordTime(now), "the first poll")
	}
	switch {
	case g.Fault != nil:
	case g.Exists():
		s.exists = true
		s.addMembers(now, g)
	case s.exists:
		s.exists = false
		s.deleteAll(now)
		return
	}
	if c.Fault == nil {
		s.addCommits(now, c.Commits, first)
	}
}

// Log is the history so far.
func (s *Sampler) Log() Log { return s.replay.Log() }

func (s *Sampler) addMembers(now *records.Record, g inspect.Group) {
	b := Rebalance{
		At: recordTime(now), Position: now.Offset, Protocol: Classic,
		ProtocolType: g.ProtocolType, Assignor: g.Assignor, Members: []Member{}, Unnumbered: g.Epoch == nil,
	}
	if g.Type == inspect.TypeConsumer {
		b.Protocol = Consumer
	}
	if g.Epoch != nil {
		b.Generation = *g.Epoch
	}
	for _, m := range g.Members {
		partitions := slices.SortedFunc(slices.Values(m.Assignment), inspect.TopicPartition.Compare)
		b.Members = append(b.Members, Member{ID: m.ID, InstanceID: m.InstanceID, ClientID: m.ClientID, Host: m.Host, Assignment: partitions})
	}
	slices.SortFunc(b.Members, byID)
	r := s.replay
	if r.now != nil && r.now.Generation == b.Generation && reflect.DeepEqual(r.now.Members, b.Members) {
		return
	}
	if r.now == nil && len(b.Members) == 0 {
		r.setMembership(now, nil)
		r.now, r.managed = &b, g.ProtocolType != "" || g.Type == inspect.TypeConsumer
		return
	}
	first := r.now == nil
	r.rebalance(now, b)
	if first { // it was so before the first poll
		r.rebalances = kept[Rebalance]{limit: r.rebalances.limit}
	}
}

func (s *Sampler) addCommits(now *records.Record, commits map[inspect.TopicPartition]inspect.CommitAnswer, first bool) {
	for _, p := range slices.SortedFunc(maps.Keys(commits), inspect.TopicPartition.Compare) {
		if a := commits[p]; a.Fault == nil && a.Commit != nil {
			s.addCommit(now, p, *a.Commit, first)
		}
	}
	for p, t := range s.replay.byPlace {
		if a := commits[p]; t.known && a.Fault == nil && a.Commit == nil && !a.Pending {
			s.deleteOffset(now, t)
		}
	}
}

func (s *Sampler) addCommit(now *records.Record, p inspect.TopicPartition, commit inspect.Commit, first bool) {
	r := s.replay
	t := r.byPlace[p]
	if t == nil {
		if len(r.tracks) == maxTracked {
			r.log.Dropped++
			return
		}
		t = &track{TopicPartition: p}
		r.tracks[p.String()], r.byPlace[p] = t, t
	}
	c := point{at: recordMs(now), position: now.Offset, offset: commit.Offset, manner: &manner{leaderEpoch: commit.LeaderEpoch,
		metadata: commit.Metadata[:min(len(commit.Metadata), maxMetadata)]}}
	switch {
	case first:
		t.last, t.known = c, true
	case !t.known || t.last.offset != c.offset || t.last.metadata != c.metadata:
		r.commit(t, c)
	}
}

func (s *Sampler) deleteOffset(now *records.Record, t *track) {
	r := s.replay
	r.endRun(t)
	r.keepDeletion(Deletion{
		At: recordTime(now), Position: now.Offset, Kind: OffsetDeleted, Confidence: Possible,
		Partition: new(t.TopicPartition), Last: new(t.last.commit()), Detail: "deleted or expired between two polls",
	})
	t.known = false
}

func (s *Sampler) deleteAll(now *records.Record) {
	for _, t := range s.replay.byPlace {
		if t.known {
			s.deleteOffset(now, t)
		}
	}
	s.replay.groupGone(now)
	s.replay.flushDeletions()
}
