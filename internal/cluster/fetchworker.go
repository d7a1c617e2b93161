package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fetchWait is how long a broker may hold back an empty answer.
const fetchWait = 500 * time.Millisecond

// errEnding ends a worker whose connection's login runs out; its rows go on at
// the same position, on another connection.
var errEnding = errors.New("the login runs out")

// errThrottled ends a worker that the broker asked to wait for longer than the
// timeout: nothing else bounds a reading.
var errThrottled = errors.New("throttled by the broker")

// worker reads lanes of rows from one leader over one connection.
type worker struct {
	*scan
	node    *node
	queue   *queue
	conn    *conn
	fresh   bool // the connection is new, or has answered
	begun   time.Time
	version int16
	ready   [][]*row  // lanes to send
	flight  []request // oldest first
}

// request is a Fetch under way.
type request struct {
	msg  *kmsg.FetchRequest
	rows []*row // in the order of the request; none when its answer is not wanted any more
	sent time.Time

	ahead int64 // the offset that its only row is likely to want; 0 when that asked for it itself
}

// wanted reports whether somebody waits for the answer.
func (r request) wanted() bool { return len(r.rows) > 0 }

func (w *worker) run(ctx context.Context) {
	if err := w.connect(ctx); err != nil {
		w.quit(ctx, err)
		return
	}
	defer context.AfterFunc(ctx, w.conn.kill)()
	for !w.leave() {
		if err := w.round(ctx); err != nil {
			w.quit(ctx, err)
			return
		}
	}
	if len(w.flight) > 0 { // an answer that nobody waits for
		w.conn.close()
		return
	}
	w.conn.wire.idle, w.conn.raw.asked = 0, 0
	w.node.giveBack(w.conn)
}

func (w *worker) connect(ctx context.Context) (err error) {
	w.begun = time.Now()
	phase, cancel := w.cluster.phase(ctx)
	defer cancel()
	if w.conn, w.fresh, err = w.node.borrow(phase); err != nil {
		return err
	}
	w.conn.wire.idle = w.cluster.timeout
	w.version, err = w.conn.version(kmsg.Fetch, 5, 12) // v5: the log start; v13 wants topic IDs
	return err
}

// round keeps the connection busy, and takes one answer. A throttled broker takes
// its time before it sends the next one, too.
func (w *worker) round(ctx context.Context) error {
	wait := time.Until(w.conn.calm)
	if wait > w.cluster.timeout {
		return fmt.Errorf("%w for %v, longer than %v (--timeout)", errThrottled, wait.Round(time.Millisecond), w.cluster.timeout)
	}
	if err := pause(ctx, wait); err != nil {
		return err
	}
	for len(w.flight) < fetchDepth && !w.conn.ending() {
		lane := w.lane(ctx)
		if len(lane) == 0 {
			break
		}
		if err := w.send(lane); err != nil {
			return err
		}
	}
	switch {
	case len(w.flight) > 0:
		return w.receive(ctx)
	case w.conn.ending():
		return errEnding
	}
	return nil
}

// lane is the next lane to send: one that had its answer, or a new one.
func (w *worker) lane(ctx context.Context) []*row {
	if len(w.ready) > 0 {
		lane := w.ready[0]
		w.ready = w.ready[1:]
		return lane
	}
	return w.fill(ctx, nil)
}

// fill takes rows from the queue until the lane is full. Those that may not be
// begun any more are finished.
func (w *worker) fill(ctx context.Context, lane []*row) []*row {
	var filled []*row
	for _, r := range w.next(lane) {
		if !r.since.IsZero() || w.begin() {
			filled = append(filled, r)
		} else {
			w.finish(ctx, r, nil)
		}
	}
	return filled
}

// next adds rows of the queue to a lane until it is full, and gives back those of
// the lane that turned out to have more than was likely. Short rows share a
// request in great numbers: of a thousand partitions with ten records each, the
// round trips would take longer than the records.
func (w *worker) next(lane []*row) []*row {
	w.mu.Lock()
	defer w.mu.Unlock()
	rows := slices.Concat(lane, w.queue.rows)
	n, likely := 0, 0.0
	for ; n < min(len(rows), laneShort); n++ {
		if likely += rows[n].likely(); n >= w.queue.lane && likely > laneBytes {
			break
		}
	}
	w.queue.rows = rows[n:]
	return rows[:n:n]
}

// leave reports that nothing is left to do here, and signs the worker off.
func (w *worker) leave() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue.rows) > 0 || len(w.ready) > 0 || slices.ContainsFunc(w.flight, request.wanted) {
		return false
	}
	w.queue.workers--
	return true
}

func (w *worker) send(lane []*row) error {
	lane = byTopicOfFirst(lane)
	req := request{msg: w.message(lane), rows: lane, sent: time.Now()}
	for _, r := range lane {
		r.begin()
	}
	w.flight = append(w.flight, req)
	w.conn.raw.asked = int(req.msg.MaxBytes) + besidesRecords
	return w.conn.raw.send(req.msg)
}

// byTopicOfFirst keeps the first row first, and rows of one topic together: a
// request names each topic once.
func byTopicOfFirst(lane []*row) []*row {
	var sorted []*row
	for len(lane) > 0 {
		topic := lane[0].Topic
		var others []*row
		for _, r := range lane {
			if r.Topic == topic {
				sorted = append(sorted, r)
			} else {
				others = append(others, r)
			}
		}
		lane = others
	}
	return sorted
}

func (w *worker) message(lane []*row) *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.Version, req.ReplicaID, req.IsolationLevel = w.version, -1, int8(w.isolation)
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = int32(fetchWait/time.Millisecond), 1, w.budget()
	req.SessionID, req.SessionEpoch = 0, -1
	for _, r := range lane {
		if n := len(req.Topics); n == 0 || req.Topics[n-1].Topic != r.Topic {
			t := kmsg.NewFetchRequestTopic()
			t.Topic = r.Topic
			req.Topics = append(req.Topics, t)
		}
		p := kmsg.NewFetchRequestTopicPartition()
		p.Partition, p.FetchOffset, p.PartitionMaxBytes = r.Partition, r.position, r.bytes()
		p.CurrentLeaderEpoch = r.epoch
		req.MaxBytes = max(req.MaxBytes, r.floor)
		t := &req.Topics[len(req.Topics)-1]
		t.Partitions = append(t.Partitions, p)
	}
	return req
}

// receive takes the answer to the oldest request. On an error the request stays
// in flight, for quit to see its rows.
func (w *worker) receive(ctx context.Context) error {
	req := w.flight[0]
	answer, err := w.conn.raw.receive(req.msg)
	if err != nil {
		return err
	}
	resp := answer.(*kmsg.FetchResponse)
	w.conn.log("%s: Fetch v%d (%v)", w.conn.addr, w.version, time.Since(req.sent).Round(10*time.Microsecond))
	if resp.ErrorCode != 0 {
		return inspect.KafkaFault(resp.ErrorCode, "")
	}
	w.fresh, w.flight = true, w.flight[1:]
	throttle := throttleOf(resp)
	if req.wanted() {
		w.visitAnswer(ctx, req, resp, throttle > 0)
	}
	if cap(w.conn.raw.in) > 2*maxAnswer {
		w.conn.raw.in = nil // one huge batch is no reason to keep so much
	}
	w.conn.calmDown(throttle)
	return nil
}

// visitAnswer hands out an answer, and keeps what is to be asked for next.
func (w *worker) visitAnswer(ctx context.Context, req request, resp *kmsg.FetchResponse, throttled bool) {
	asked := !throttled && w.askAhead(req, resp)
	lane := w.visitAll(ctx, req, resp, throttled)
	if asked && w.isAsked(lane) {
		return
	}
	if lane = w.fill(ctx, lane); len(lane) > 0 {
		w.ready = append(w.ready, lane)
	}
}

// quit ends a worker whose connection failed or could not be had. Its rows are
// mended or, when the broker kept silent for the whole timeout, finished. The
// last worker to go takes the waiting rows along: they would fare no better.
func (w *worker) quit(ctx context.Context, cause error) {
	rows := w.abandon()
	if ctx.Err() != nil {
		return
	}
	var dial *DialError
	late := errors.Is(cause, os.ErrDeadlineExceeded) || errors.Is(cause, context.DeadlineExceeded)
	for _, r := range rows {
		switch {
		case late && !errors.As(cause, &dial):
			w.finish(ctx, r, fmt.Errorf("no byte from %s for %v", w.node.addr, w.cluster.timeout))
		case errors.As(cause, new(*AuthenticationError)),
			late && time.Since(w.begun) >= w.cluster.timeout,
			errors.Is(cause, ErrUnsupported), errors.Is(cause, errUndecodable), errors.Is(cause, ErrNotKafka), errors.Is(cause, errThrottled):
			w.finish(ctx, r, cause)
		case w.conn != nil && !w.fresh, // an idle connection was cut, as is usual
			errors.Is(cause, errEnding):
			w.lost <- r
		default:
			w.mend(ctx, r, fmt.Errorf("fetching from %s: %w", w.node.addr, cause))
		}
	}
}

// abandon closes the connection, signs the worker off, and returns its rows.
func (w *worker) abandon() []*row {
	if w.conn != nil {
		w.conn.close()
	}
	var rows []*row
	for _, req := range w.flight {
		rows = append(rows, req.rows...)
	}
	for _, lane := range w.ready {
		rows = append(rows, lane...)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.queue.workers--; w.queue.workers == 0 {
		rows = append(rows, w.queue.rows...)
		w.queue.rows = nil
	}
	return rows
}
