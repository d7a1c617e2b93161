package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// How much is under way at once. While one answer is visited, the broker already
// reads the next one: that is what makes two requests in flight, and two
// connections, twice as fast as one.
const (
	fetchConns     = 2 // for each leader
	fetchDepth     = 2 // requests in flight on each
	lanePartitions = 3 // partitions in each request, at most, unless they are short
	laneShort      = 200
	laneBytes      = 1 << 20 // what is likely in all of a request that has more than lanePartitions
)

// Fetch implements [records.Fetcher], on connections of its own. It is without
// sessions (KIP-227) and reads from leaders only: each question carries the epoch
// of the leader, since one that leads no more would answer it as any replica does
// (KIP-392), perhaps with an older end.
//
// A row (the rest of a range) is one of: waiting at its leader; in a lane, the
// rows of one request, on one of the leader's connections; lost, because its
// leader moved or its connection broke, until it is placed anew; finished.
//
// OFFSET_OUT_OF_RANGE is a visit like others, with Err and Log set, and its
// answer is respected: a visitor may go on where the log now starts. A visitor
// that insists on the same offset ends the row.
func (c *Cluster) Fetch(ctx context.Context, isolation inspect.Isolation, ranges []records.Range, visit records.Visit) error {
	return c.FetchWhile(ctx, isolation, ranges, func() bool { return true }, visit)
}

// FetchWhile implements [records.GatedFetcher].
func (c *Cluster) FetchWhile(ctx context.Context, isolation inspect.Isolation, ranges []records.Range, begin func() bool, visit records.Visit) error {
	s := &scan{
		cluster: c, isolation: isolation, begin: begin, visit: visit,
		queues: map[*node]*queue{},
		lost:   make(chan *row, len(ranges)),
		left:   len(ranges),
		done:   make(chan struct{}),
	}
	if err := s.run(ctx, ranges); err != nil {
		return fmt.Errorf("fetching records: %w", err)
	}
	return nil
}

// scan is one call of Fetch.
type scan struct {
	cluster   *Cluster
	isolation inspect.Isolation
	begin     func() bool // whether a row may be begun
	visit     records.Visit
	workers   sync.WaitGroup
	lost      chan *row     // rows to be placed; has room for all
	done      chan struct{} // closed when every row is finished

	mu     sync.Mutex
	queues map[*node]*queue
	left   int // rows not finished
}

// queue holds the rows that wait at one leader.
type queue struct {
	rows    []*row
	workers int
	lane    int // rows to a lane, so that all connections get their share
}

// run places rows until none is left. It returns when no visit is under way.
func (s *scan) run(ctx context.Context, ranges []records.Range) error {
	if len(ranges) == 0 {
		return ended(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer s.workers.Wait()
	defer cancel()
	s.place(ctx, chained(ranges))
	for {
		select {
		case r := <-s.lost:
			s.place(ctx, s.allLost(r))
		case <-s.done:
			s.workers.Wait() // before cancel, which would close their connections
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// chained makes rows of ranges. Of several ranges of one partition each waits for
// the one before.
func chained(ranges []records.Range) []*row {
	var heads []*row
	last := map[inspect.TopicPartition]*row{}
	for _, r := range ranges {
		next := &row{Range: r, position: r.From, perOffset: firstPerOffset}
		if before := last[r.TopicPartition]; before != nil {
			before.next = next
		} else {
			heads = append(heads, next)
		}
		last[r.TopicPartition] = next
	}
	return heads
}

// allLost is r and whatever else is lost by now, to be looked up together.
func (s *scan) allLost(r *row) []*row {
	rows := []*row{r}
	for {
		select {
		case r := <-s.lost:
			rows = append(rows, r)
		default:
			return rows
		}
	}
}

// place finds the leader of each row and puts the row there.
func (s *scan) place(ctx context.Context, rows []*row) {
	tries := 0
	partitions := make([]inspect.TopicPartition, len(rows))
	for i, r := range rows {
		tries = max(tries, r.tries)
		partitions[i] = r.TopicPartition
	}
	if tries > 0 && pause(ctx, min(firstWait<<min(tries-1, 10), lastWait)) != nil {
		return
	}
	phase, cancel := s.cluster.phase(ctx)
	defer cancel()
	leaders, err := s.cluster.leaders(phase, partitions, tries > 0)
	for _, r := range rows {
		l := leaders[r.TopicPartition]
		n, known := s.cluster.node(l.node)
		switch {
		case err != nil:
			s.mend(ctx, r, fmt.Errorf("finding the leader of %s: %w", r.TopicPartition, err))
		case movedLeader(l.fault):
			s.mend(ctx, r, l.fault)
		case l.fault != nil:
			s.finish(ctx, r, l.fault)
		case !known:
			s.mend(ctx, r, inspect.KafkaFault(leaderNotAvailable, ""))
		default:
			r.epoch = l.epoch
			s.put(n, r)
		}
	}
	s.staff(ctx)
}

// put lets a row wait at its leader: at the end, or in front when it had been
// begun, so that ranges are begun, and finished, in the order given.
func (s *scan) put(n *node, r *row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[n]
	if q == nil {
		q = &queue{}
		s.queues[n] = q
	}
	if r.since.IsZero() {
		q.rows = append(q.rows, r)
	} else {
		q.rows = append([]*row{r}, q.rows...)
	}
}

// staff starts workers where rows wait: a second one only if that is worth a
// connection.
func (s *scan) staff(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, q := range s.queues {
		bytes := int64(0)
		for _, r := range q.rows {
			bytes += int64(r.bytes())
		}
		want := min(fetchConns, len(q.rows))
		if bytes <= smallFetch {
			want = min(want, 1)
		}
		if len(q.rows) > 0 {
			q.lane = min(lanePartitions, (len(q.rows)-1)/(want*fetchDepth)+1)
		}
		for ; q.workers < want; q.workers++ {
			w := &worker{scan: s, node: n, queue: q}
			s.workers.Go(func() { w.run(ctx) })
		}
	}
}

// mend gives a row that failed another try, with a fresh look-up of its leader,
// or ends it: when there was no progress for the whole timeout or, if nothing was
// read yet and its leader cannot be connected to at all, for mendTime.
func (s *scan) mend(ctx context.Context, r *row, cause error) {
	limit := s.cluster.timeout
	var dial *DialError
	if errors.As(cause, &dial) && r.position == r.From {
		limit = min(limit, mendTime)
	}
	r.begin()
	r.tries++
	if time.Since(r.since) >= limit {
		s.finish(ctx, r, cause)
		return
	}
	s.lost <- r
}

// finish ends a row; one last visit says why, unless it simply is complete.
func (s *scan) finish(ctx context.Context, r *row, cause error) {
	if ctx.Err() != nil {
		return // the end of everything is told once, by Fetch
	}
	if cause != nil {
		s.visit(records.Fetched{TopicPartition: r.TopicPartition, Err: cause})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left--; s.left == 0 {
		close(s.done)
	}
	if r.next != nil {
		s.lost <- r.next
	}
}

// budget is how many bytes one answer may have: all buffers together stay within
// answerBudget, and twice that where answers are received ahead, however many leaders
// are read from; but none is asked for less than minAnswer.
func (s *scan) budget() int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int32(min(maxAnswer, max(minAnswer, answerBudget/(len(s.queues)*fetchConns))))
}
