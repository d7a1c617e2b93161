package cluster

import (
	"encoding/binary"
	"time"

	"github.com/kofs/kofs/inspect/records"
)

// Sizes, in bytes.
const (
	firstPerOffset = 1 << 10 // guess, before anything was read
	minPartition   = 64 << 10
	maxPartition   = 4 << 20
	minAnswer      = 1 << 20
	maxAnswer      = 8 << 20
	answerBudget   = 8 << 20
	besidesRecords = 64 << 10 // what an answer has more than the records asked for, at most
	smallFetch     = 1 << 20  // does not need a second connection
	maxBatch       = 64 << 20 // the largest batch that is waited for
)

// row is what remains of a range.
type row struct {
	records.Range
	epoch     int32     // of the leader, -1 when it is not known
	position  int64     // next offset to ask for
	perOffset int64     // bytes to an offset, as seen in the last answer
	floor     int32     // at least this much is needed for the next batch
	since     time.Time // when the position last moved
	tries     int       // failures since then
	next      *row      // of the same partition, begun after this one
}

// begin starts the clock of a row, when it is asked for or fails for the first
// time. Waiting behind others does not count.
func (r *row) begin() {
	if r.since.IsZero() {
		r.since = time.Now()
	}
}

// likely is how many bytes the rest of the range seems to have.
func (r *row) likely() float64 {
	return float64(max(0, r.Until-r.position)) * float64(r.perOffset) * 1.25
}

// bytes is how much to ask for: what the rest of the range is likely to have,
// with a quarter on top, so that counting ten records does not fetch megabytes.
func (r *row) bytes() int32 {
	return max(r.floor, int32(min(maxPartition, max(minPartition, r.likely()))))
}

// advance moves to where the visitor wants to go on.
func (r *row) advance(next int64, size int) {
	if next > r.position {
		r.perOffset = max(1, int64(size)/(next-r.position))
	}
	r.position, r.floor, r.tries, r.since = next, 0, 0, time.Now()
}

// raise asks for more, after the only batch was cut off. The broker is bound to
// send at least one whole batch (KIP-74), but not every broker knows that. False:
// this is more than can be asked for.
func (r *row) raise(batches []byte) bool {
	need := 2 * int64(r.bytes())
	if len(batches) >= 12 {
		need = max(need, 12+int64(binary.BigEndian.Uint32(batches[8:])))
	}
	if int64(r.floor) >= maxBatch {
		return false
	}
	r.floor = int32(min(need, maxBatch))
	return true
}
