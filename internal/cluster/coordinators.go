package cluster

import (
	"context"
	"maps"
	"slices"

	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// groupChunk is how many groups one request may ask about.
const groupChunk = 1000

// coordinator is the broker that holds a group, or why none is known.
type coordinator struct {
	broker inspect.Broker
	fault  *inspect.Fault
}

// findCoordinators asks one broker who holds the groups (FindCoordinator). On a
// cluster that never had a group this makes the brokers create their
// __consumer_offsets topic, as any consumer's first question does; until it is
// there they answer COORDINATOR_NOT_AVAILABLE.
func findCoordinators(ctx context.Context, c *conn, groups []string) (map[string]coordinator, error) {
	found := make(map[string]coordinator, len(groups))
	v, err := c.version(kmsg.FindCoordinator, 1, 4)
	if err != nil {
		return nil, err
	}
	if v < 4 { // below KIP-699 one by one
		for _, g := range groups {
			if found[g], err = findOne(ctx, c, g, v); err != nil {
				return nil, err
			}
		}
		return found, nil
	}
	for chunk := range slices.Chunk(groups, groupChunk) {
		if err := findMany(ctx, c, chunk, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func findMany(ctx context.Context, c *conn, groups []string, found map[string]coordinator) error {
	req := kmsg.NewPtrFindCoordinatorRequest()
	req.Version, req.CoordinatorKeys = 4, groups
	resp, err := c.do(ctx, req)
	if err != nil {
		return err
	}
	for _, r := range resp.(*kmsg.FindCoordinatorResponse).Coordinators {
		found[r.Key] = coordinator{
			broker: inspect.Broker{NodeID: r.NodeID, Host: r.Host, Port: r.Port},
			fault:  coordinatorFault(r.ErrorCode, r.ErrorMessage, r.Key),
		}
	}
	return nil
}

func findOne(ctx context.Context, c *conn, group string, version int16) (coordinator, error) {
	req := kmsg.NewPtrFindCoordinatorRequest()
	req.Version, req.CoordinatorKey = version, group
	resp, err := c.do(ctx, req)
	if err != nil {
		return coordinator{}, err
	}
	r := resp.(*kmsg.FindCoordinatorResponse)
	return coordinator{
		broker: inspect.Broker{NodeID: r.NodeID, Host: r.Host, Port: r.Port},
		fault:  coordinatorFault(r.ErrorCode, r.ErrorMessage, group),
	}, nil
}

// coordinatorFault leaves out the broker's text, which is the code in other words.
func coordinatorFault(code int16, message *string, group string) *inspect.Fault {
	if code == inspect.CodeGroupAuthorizationFailed {
		message = nil
	}
	return toDescribe().fault(code, deref(message), "", group)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// coordinatorsOf sorts groups by their coordinator. Coordinators heard of before
// are not asked for again, unless forgotten since. without is told about groups
// whose coordinator cannot be had.
func (c *Cluster) coordinatorsOf(ctx context.Context, groups []string, without func(string, *inspect.Fault)) ([]batch[string], error) {
	known, unknown := c.knownCoordinators(groups)
	if len(unknown) > 0 {
		found, err := askAnybody(ctx, c, func(ctx context.Context, conn *conn) (map[string]coordinator, error) {
			return findCoordinators(ctx, conn, unknown)
		})
		if err != nil {
			return nil, err
		}
		c.sortOut(ctx, unknown, found, known, without)
	}
	var batches []batch[string]
	for _, id := range slices.Sorted(maps.Keys(known)) {
		n, ok := c.node(id)
		if !ok {
			for _, g := range known[id] {
				without(g, inspect.KafkaFault(inspect.CodeCoordinatorNotAvailable, ""))
			}
			continue
		}
		batches = append(batches, batch[string]{node: n, items: known[id]})
	}
	return batches, nil
}

// sortOut puts groups whose coordinator was found with the known ones, and tells
// without about the others.
func (c *Cluster) sortOut(ctx context.Context, groups []string, found map[string]coordinator, known map[int32][]string, without func(string, *inspect.Fault)) {
	coordinators := map[string]int32{}
	for _, g := range groups {
		switch co, ok := found[g]; {
		case !ok:
			without(g, leftOut("this group"))
		case co.fault != nil:
			without(g, co.fault)
		default:
			c.meet(co.broker)
			coordinators[g] = co.broker.NodeID
		}
	}
	late := c.behind(ctx, coordinators)
	for _, g := range slices.Sorted(maps.Keys(coordinators)) {
		if late[g] {
			without(g, inspect.KafkaFault(inspect.CodeCoordinatorLoadInProgress, "its coordinator was just elected"))
			continue
		}
		c.rememberCoordinator(g, coordinators[g])
		known[coordinators[g]] = append(known[coordinators[g]], g)
	}
}

func (c *Cluster) knownCoordinators(groups []string) (known map[int32][]string, unknown []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known = map[int32][]string{}
	for _, g := range groups {
		if id, ok := c.coordinators[g]; ok {
			known[id] = append(known[id], g)
		} else {
			unknown = append(unknown, g)
		}
	}
	return known, unknown
}

func (c *Cluster) rememberCoordinator(group string, node int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.coordinators[group] = node
}

func (c *Cluster) forgetCoordinator(group string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.coordinators, group)
}

// perCoordinator puts a question about groups to their coordinators, in
// parallel, and again where one has moved or is loading, for a few seconds.
// Every group gets an answer, as in perLeader. A coordinator that could not be
// reached is forgotten, so that the next question looks it up.
func perCoordinator[A any](
	ctx context.Context, c *Cluster, groups []string,
	question func(context.Context, *conn, []string) (map[string]A, error),
	failed func(*inspect.Fault) A, faultIn func(A) *inspect.Fault,
) (map[string]A, error) {
	answers := make(map[string]A, len(groups))
	pending := distinct(groups)
	for p, first := newPatience(mendTime), true; len(pending) > 0; first = false {
		batches, err := c.coordinatorsOf(ctx, pending, func(g string, f *inspect.Fault) { answers[g] = failed(f) })
		if err != nil && first {
			return nil, err
		}
		var again []string
		for _, round := range askAll(ctx, batches, question) {
			for _, g := range round.items {
				a, ok := round.answers[g]
				switch {
				case round.err != nil:
					c.forgetCoordinator(g)
					a = failed(faultOf(round.err))
				case !ok:
					a = failed(leftOut("this group"))
				}
				if answers[g] = a; first && wentAway(round.err) {
					again = append(again, g)
				}
			}
		}
		for _, g := range pending {
			if movedCoordinator(faultIn(answers[g])) {
				c.forgetCoordinator(g)
				again = append(again, g)
			}
		}
		if len(again) > 0 && !p.again(ctx) {
			break
		}
		pending = again
	}
	return answers, nil
}
