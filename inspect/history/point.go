package history

import (
	"math"
	"time"
)

// point is a commit as a track keeps it, small because one is made of every record:
// what changes from commit to commit, and the rest, which those that are alike share.
type point struct {
	at       int64 // ms since 1970
	position int64
	offset   int64
	*manner
}

// manner is what seldom differs between two commits of a partition in a row, as in
// [Commit]. It is never changed.
type manner struct {
	leaderEpoch   *int32
	metadata      string
	transactional bool
	settledAt     *time.Time
	expiresAt     *time.Time
}

// maxMetadata is how much of a commit's metadata is kept, in bytes. Brokers take 4096.
const maxMetadata = 256

// point is the commit that a record at this position holds.
func (v *commitValue) point(position int64, transactional bool, before point) point {
	p := point{at: v.at, position: position, offset: v.offset, manner: before.manner}
	if !v.isIn(before.manner, transactional) {
		p.manner = v.manner(transactional, before.manner)
	}
	return p
}

// isIn reports whether the commit shares m, which may be nil.
func (v *commitValue) isIn(m *manner, transactional bool) bool {
	if m == nil || m.transactional != transactional || m.settledAt != nil || m.expiresAt != nil || v.expires != none {
		return false
	}
	sameEpoch := m.leaderEpoch == nil && v.leaderEpoch == none || m.leaderEpoch != nil && *m.leaderEpoch == v.leaderEpoch
	return sameEpoch && m.metadata == string(v.kept())
}

// manner is a new one. A metadata that is as before shares its memory, for as many as
// transactions may hold.
func (v *commitValue) manner(transactional bool, before *manner) *manner {
	m := &manner{transactional: transactional}
	if before != nil && before.metadata == string(v.kept()) {
		m.metadata = before.metadata
	} else {
		m.metadata = string(v.kept())
	}
	if v.leaderEpoch != none {
		m.leaderEpoch = new(v.leaderEpoch)
	}
	if v.expires != none {
		m.expiresAt = new(instant(v.expires))
	}
	return m
}

// kept is the metadata as far as it is kept.
func (v *commitValue) kept() []byte { return v.metadata[:min(len(v.metadata), maxMetadata)] }

// commit is the point for those outside.
func (p point) commit() Commit {
	return Commit{
		At: instant(p.at), Position: p.position, Offset: p.offset,
		LeaderEpoch: p.leaderEpoch, Metadata: p.metadata,
		Transactional: p.transactional, SettledAt: p.settledAt, ExpiresAt: p.expiresAt,
	}
}

// point is a commit for a track.
func (c *Commit) point() point {
	return point{at: c.At.UnixMilli(), position: c.Position, offset: c.Offset, manner: &manner{
		leaderEpoch: c.LeaderEpoch, metadata: c.Metadata,
		transactional: c.Transactional, settledAt: c.SettledAt, expiresAt: c.ExpiresAt,
	}}
}

// gap is the time from one point to another. Of damaged bytes it may be more than a
// duration can be: then it is the longest.
func gap(from, to point) time.Duration {
	const most = math.MaxInt64 / int64(time.Millisecond)
	if ms := to.at - from.at; -most < ms && ms < most {
		return time.Duration(ms) * time.Millisecond
	}
	return instant(to.at).Sub(instant(from.at))
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
