//go:build integration

package chaos

import (
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// point is where in the write the coordinator is killed.
type point string

const (
	beforeFindCoordinator point = "before FindCoordinator"
	afterDescribe         point = "after describe"
	requestHeld           point = "request held"
	responseHeld          point = "response held"
	betweenGroups         point = "between two groups"
	beforeReadBack        point = "before the read back"
)

// draw is n points, each as often as any other but for the last few.
func draw(random *rand.Rand, n int) []point {
	all := []point{beforeFindCoordinator, afterDescribe, requestHeld, responseHeld, betweenGroups, beforeReadBack}
	var drawn []point
	for len(drawn) < n {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		drawn = append(drawn, all[:min(len(all), n-len(drawn))]...)
	}
	return drawn
}

// Kafka's API keys.
const (
	offsetCommit          = 8
	offsetFetch           = 9
	findCoordinator       = 10
	describeGroups        = 15
	consumerGroupDescribe = 69
)

// killer kills the coordinator when kofs has come to the point.
type killer struct {
	kafka       *kafkatest.Kafka
	point       point
	coordinator int32
	nth         int           // of the frames that fit
	hold        time.Duration // how long the frame is held before

	mu       sync.Mutex
	fits     int
	answered int // commits
	killed   bool
}

// watch is for the interceptors.
func (k *killer) watch(f kafkatest.Frame) bool {
	if !strings.HasPrefix(f.ClientID, "kofs") {
		return true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.killed {
		return f.Node != k.coordinator
	}
	fits, pass := k.fit(f)
	switch {
	case fits:
		k.fits++
	case f.Key == offsetCommit && f.Response:
		k.answered++
	}
	if !fits || k.fits < k.nth {
		return true
	}
	time.Sleep(k.hold)
	k.kafka.Kill(k.coordinator)
	k.killed = true
	return pass
}

// fit is whether the frame is where the kill belongs, and whether it goes on after.
func (k *killer) fit(f kafkatest.Frame) (fits, pass bool) {
	switch k.point {
	case beforeFindCoordinator:
		return f.Key == findCoordinator && !f.Response, f.Node != k.coordinator
	case afterDescribe:
		return (f.Key == describeGroups || f.Key == consumerGroupDescribe) && f.Response, true
	case requestHeld:
		return f.Key == offsetCommit && !f.Response, false
	case responseHeld:
		return f.Key == offsetCommit && f.Response, false
	case betweenGroups:
		return f.Key == offsetFetch && f.Response && k.answered > 0, true
	}
	return f.Key == offsetFetch && !f.Response && k.answered > 0, false
}
