package cluster

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/kofs/kofs/inspect"
)

// Waits before a question is asked again, doubling from the first to the last.
const (
	firstWait = 20 * time.Millisecond
	lastWait  = 500 * time.Millisecond
)

// patience is how long an error that usually mends itself is borne: the sum of the
// waits before asking again. What an answer takes is not part of it: a coordinator
// that cannot replicate answers NOT_COORDINATOR after five seconds, which are no
// reason not to ask the next one. All of it is bounded by the question's context.
type patience struct {
	left time.Duration
	wait time.Duration
}

// mendTime bounds the waits of one question: a leader or coordinator that moved is
// known everywhere within this time, or something else is wrong.
const mendTime = 5 * time.Second

func newPatience(total time.Duration) *patience {
	return &patience{left: total, wait: firstWait}
}

// again waits a little longer than the last time; false when patience or the context is over.
func (p *patience) again(ctx context.Context) bool {
	if p.left < p.wait || pause(ctx, p.wait) != nil {
		return false
	}
	p.left -= p.wait
	p.wait = min(2*p.wait, lastWait)
	return true
}

// pause waits; the error is why the context ended meanwhile.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// wentAway reports whether the broker was gone before it answered: it may be
// restarting, and have handed over what it led.
func wentAway(err error) bool {
	return errors.Is(err, ErrLost) || errors.Is(err, syscall.ECONNREFUSED)
}

// movedCoordinator reports whether a look-up and another try may help:
// COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR.
func movedCoordinator(f *inspect.Fault) bool {
	return f.HasCode(inspect.CodeCoordinatorLoadInProgress, inspect.CodeCoordinatorNotAvailable, inspect.CodeNotCoordinator)
}

// movedLeader reports whether a look-up and another try may help:
// LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER, REPLICA_NOT_AVAILABLE,
// NETWORK_EXCEPTION, KAFKA_STORAGE_ERROR (another replica takes over),
// FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, OFFSET_NOT_AVAILABLE. REQUEST_TIMED_OUT
// is the answer to a read that did no harm.
func movedLeader(f *inspect.Fault) bool {
	return f.HasCode(leaderNotAvailable, 6, inspect.CodeRequestTimedOut, 9, 13, 56, 74, 75, 78)
}

// leaderNotAvailable is LEADER_NOT_AVAILABLE.
const leaderNotAvailable int16 = 5
