package twice

import (
	"context"
	"fmt"
	"slices"
)

// Scenario is something that happens to a group. Run draws its sizes, lets it
// happen, and returns when everything that is to be processed was.
type Scenario struct {
	Name  string
	Cause string   // what explain is to name; empty: nothing
	Also  []string // names that are not wrong either
	Run   func(ctx context.Context, s *Stage) error

	loses bool   // records, and processes none twice
	id    string // of groups and topics
	seed  uint64
	facts func(log offsetLog, t Truth) error // what Kafka is known to do; nil: nothing to say
}

// Repeats is true for a scenario in which records are processed twice.
func (s Scenario) Repeats() bool { return s.Cause != "" && !s.loses }

// All lists every scenario, the quiet ones last. Rounds with the same seed draw
// the same sizes; the moments at which things happen differ by what the machine
// does.
func All(seed uint64) []Scenario {
	all := slices.Concat(resets(), crashes(), rebalances(), applications(), producers(), lostPositions(), quiet())
	for i := range all {
		all[i].id = fmt.Sprintf("s%02d", i)
		all[i].seed = seed + uint64(i)*1_000_003
	}
	return all
}

// neverBack is a fact of groups that nobody resets: no commit is below the one before.
func neverBack(log offsetLog, _ Truth) error {
	if back := log.backward(); len(back) > 0 {
		return fmt.Errorf("%d commits went back, the first of %v to %d", len(back), back[0].Partition, *back[0].offset)
	}
	return nil
}

// wentBack is a fact of groups that were reset.
func wentBack(log offsetLog, _ Truth) error {
	if len(log.backward()) == 0 {
		return fmt.Errorf("no commit of %d went back", len(log.commits))
	}
	return nil
}

// fromCommit is neverBack, and that every hand-over began at the commit, or where
// auto.offset.reset says if there was none yet.
func fromCommit(log offsetLog, t Truth) error {
	for _, h := range t.HandOvers {
		if h.Repeated[0] != h.Start {
			return fmt.Errorf("%v was repeated from %d on, not from its commit: %s", h.Partition, h.Repeated[0], log.of(h.Partition))
		}
	}
	return neverBack(log, t)
}
