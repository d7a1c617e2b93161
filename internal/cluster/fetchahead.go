package cluster

import (
	"github.com/kofs/kofs/inspect/records"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// askAhead asks for what most likely comes after an answer before that is visited,
// when nothing else is under way: otherwise a row that is alone on its connection
// would have the broker and the visit wait for each other. Nothing is asked beyond the
// row's Until, which says how much is worth asking for.
func (w *worker) askAhead(req request, resp *kmsg.FetchResponse) bool {
	if len(req.rows) != 1 || len(w.flight) > 0 || len(w.ready) > 0 || w.conn.ending() {
		return false
	}
	r := *req.rows[0]
	size, next := following(resp)
	if next <= r.position || next >= r.Until {
		return false
	}
	r.advance(next, size)
	ahead := request{msg: w.message([]*row{&r}), rows: req.rows, sent: r.since, ahead: next}
	if w.conn.raw.send(ahead.msg) != nil {
		return false // the next request fares no better, and has the error
	}
	w.flight = append(w.flight, ahead)
	w.conn.raw.receiveEarly(ahead.msg)
	return true
}

// following is the size of an answer for one partition, and the offset at which that
// goes on; 0 when it does not say.
func following(resp *kmsg.FetchResponse) (size int, next int64) {
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 || resp.Topics[0].Partitions[0].ErrorCode != 0 {
		return 0, 0
	}
	batches := resp.Topics[0].Partitions[0].RecordBatches
	next, _ = records.Following(batches)
	return len(batches), next
}

// isAsked reports whether what was asked ahead is what a visit wants next. If it is
// not, nobody waits for that answer any more.
func (w *worker) isAsked(lane []*row) bool {
	ahead := &w.flight[0]
	if len(lane) == 1 && lane[0].position == ahead.ahead {
		return true
	}
	ahead.rows = nil
	return false
}
