package explain

import (
	"math"
	"time"

	"github.com/kofs/kofs/inspect/history"
)

// loss is a hand-over with what is known about the work that was lost.
type loss struct {
	handOver
	run     *history.Run // of the commit that was in force
	fate    fate
	silence time.Duration // from the last commit to the loss
	rhythm  rhythm
	known   bool // the rhythm
	early   bool // the last commit came before its time: because of the rebalance
	clean   bool // nothing was lost: it committed early, and did nothing more
	alone   bool // the owner lost no other partition with it
	// worked is how long, after its last commit, the owner most likely went on.
	worked time.Duration
}

// heartbeat is how long before its death a member was most likely heard last, at
// most: heartbeat.interval.ms is 3 s unless set, and is to be a third of the session.
func heartbeat(session time.Duration) time.Duration { return max(0, min(3*time.Second, session/3)) }

// judge looks at what the owner had left uncommitted; false when the history does
// not tell where it stood.
func (p past) judge(h handOver) (loss, bool) {
	l := loss{handOver: h, run: p.inForce(h.TopicPartition, h.lost)}
	if l.run == nil || l.run.Last.Offset < 0 { // a negative offset counts as no commit
		return l, false
	}
	l.silence = max(0, h.lostAt.Sub(l.run.Last.At))
	l.fate = p.fateOf(h, l.silence)
	l.rhythm, l.known = p.rhythmOf(l.run)
	l.worked = l.work()
	l.early = l.fate != timedOut && l.fate != stalled && p.committedInTime(l)
	l.clean = l.early && !(l.fate == survived && p.cooperative(h.lost))
	return l, true
}

// committedInTime reports whether the last commit was made because the partition
// was about to be given up: it came earlier than the clock would have it.
func (p past) committedInTime(l loss) bool {
	gap, ok := p.lastGap(l.run)
	return ok && l.known && l.rhythm.regular && gap >= 0 && gap < l.rhythm.interval/20*17
}

// lastGap is the time between the last commit and the one before.
func (p past) lastGap(run *history.Run) (time.Duration, bool) {
	if run.Count > 1 {
		return run.LastGap, true
	}
	before := p.inForce(run.TopicPartition, run.First.Position)
	if before == nil {
		return 0, false
	}
	return run.First.At.Sub(before.Last.At), true
}

// work is how long the owner most likely worked after its last commit.
func (l loss) work() time.Duration {
	interval := l.silence
	if l.known {
		interval = l.rhythm.interval
	}
	switch l.fate {
	case survived:
		return l.silence
	case timedOut:
		if s := l.from.SessionTimeout; s != nil {
			return min(interval, max(0, l.silence-max(0, *s)+heartbeat(*s)))
		}
		return interval
	}
	return min(interval, l.silence)
}

// confidence is how sure it is that work was lost. An owner that had more to read
// than it could may have been busy with another partition.
func (l loss) confidence(endAt endAt) history.Confidence {
	busyHere := l.alone || l.hadReadAll(endAt)
	switch {
	case l.early:
	case l.fate == timedOut || l.fate == stalled:
		if busyHere {
			return history.Likely
		}
	case l.fate == survived && l.known && l.rhythm.regular && l.silence > l.rhythm.interval/5 && busyHere:
		return history.Likely
	}
	return history.Possible
}

func (l loss) cause() Cause {
	if l.fate == timedOut || l.fate == cameBack {
		return Crash
	}
	return Rebalance
}

// window is what may have been consumed again; false when that is nothing.
func (l loss) window(p past, endAt endAt) (Window, bool) {
	from := l.begins(p)
	until := endAt(l.TopicPartition, l.lostAt)
	if l.clean || until <= from {
		return Window{}, false
	}
	likely, confidence := l.likelyUntil(from, until, endAt), l.confidence(endAt)
	if likely <= from {
		confidence = history.Possible
	}
	return Window{
		Cause: l.cause(), Confidence: confidence, TopicPartition: l.TopicPartition, At: l.lostAt,
		From: from, Until: until, LikelyUntil: &likely,
		Evidence: l.evidence(from, until), Advice: l.advice(),
	}, true
}

// begins is where the next owner began: the commit, or what somebody made of it
// before there was a next owner.
func (l loss) begins(p past) int64 {
	from := l.run.Last.Offset
	if l.to == nil {
		return from
	}
	if later := p.inForce(l.TopicPartition, l.given); later != nil {
		from = max(from, later.Last.Offset)
	}
	return from
}

// likelyUntil: a consumer that had read all there was took what arrived; one that
// had not went at its pace, and no further than the log.
func (l loss) likelyUntil(from, until int64, endAt endAt) int64 {
	if !l.known {
		return until
	}
	if l.fate == stalled {
		return min(until, plus(from, atLeastOne(l.rhythm.step*5/4)))
	}
	arrived := endAt(l.TopicPartition, l.run.Last.At.Add(l.worked))
	if l.hadReadAll(endAt) {
		return min(until, max(from, arrived))
	}
	pace := l.rhythm.pace * 1.15
	if !l.alone {
		pace = l.rhythm.mean * 1.3
	}
	return min(until, max(from, arrived), plus(from, atLeastOne(pace*l.worked.Seconds())))
}

// hadReadAll reports whether the last commit was where the log ended then, or
// hardly before.
func (l loss) hadReadAll(endAt endAt) bool {
	return endAt(l.TopicPartition, l.run.Last.At) <= plus(l.run.Last.Offset, max(20, atLeastOne(l.rhythm.step/4)))
}

// atLeastOne is a number of records, rounded up, at least one and at most 1e15.
func atLeastOne(n float64) int64 { return max(1, int64(math.Ceil(min(n, 1e15)))) }

// plus is offset + n, or the greatest offset if there is no such. n is not negative.
func plus(offset, n int64) int64 {
	if offset > math.MaxInt64-n {
		return math.MaxInt64
	}
	return offset + n
}

// minus is offset - n, 0 at least. n is not negative.
func minus(offset, n int64) int64 {
	if offset < n {
		return 0
	}
	return offset - n
}
