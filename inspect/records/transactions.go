package records

import (
	"cmp"
	"slices"
)

// fate is what becomes of a batch's records on their way to a consumer.
type fate int8

const (
	delivered fate = iota
	aborted        // of an aborted transaction: delivered to read_uncommitted only
	marker         // control records: never delivered
)

// transactions tells aborted batches from others, in the way of the Java
// consumer (CompletedFetch.nextFetchedRecord, KIP-98). The state belongs to one
// fetch answer: a broker lists, with each answer, every aborted transaction that
// overlaps it, also those that began long before.
type transactions struct {
	pending []AbortedTransaction // not begun yet, by first offset
	aborted map[int64]struct{}   // producers inside an aborted transaction
}

// begin starts over with the list of a new answer.
func (t *transactions) begin(list []AbortedTransaction) {
	t.pending = append(t.pending[:0], list...)
	slices.SortFunc(t.pending, func(a, b AbortedTransaction) int { return cmp.Compare(a.FirstOffset, b.FirstOffset) })
	if t.aborted == nil {
		t.aborted = map[int64]struct{}{}
	}
	clear(t.aborted)
}

// fate says what becomes of the next batch of the answer. Only a batch with a
// producer ID moves the state on. COMMIT markers leave it alone, and an
// idempotent batch outside transactions is delivered whatever else its producer did.
func (t *transactions) fate(b *batch, d *decoder) (fate, error) {
	if b.hasProducer() {
		t.enter(b.last)
		if b.control() {
			return marker, t.leave(b, d)
		}
		if _, in := t.aborted[b.producerID]; in && b.transactional() {
			return aborted, nil
		}
	}
	return plainFate(b), nil
}

// plainFate is the fate of a batch for read_uncommitted.
func plainFate(b *batch) fate {
	if b.control() {
		return marker
	}
	return delivered
}

// enter marks the producers whose aborted transactions begin at or before last.
func (t *transactions) enter(last int64) {
	n := 0
	for n < len(t.pending) && t.pending[n].FirstOffset <= last {
		t.aborted[t.pending[n].ProducerID] = struct{}{}
		n++
	}
	t.pending = t.pending[n:]
}

// leave ends the producer's aborted transaction if the control batch is an abort
// marker. One that the cleaner has emptied is none.
func (t *transactions) leave(b *batch, d *decoder) error {
	if b.count == 0 {
		return nil
	}
	it, err := d.entries(b)
	if err != nil {
		return err
	}
	if _, err := it.next(); err != nil {
		return err
	}
	kind, err := it.controlType()
	if err == nil && kind == ControlAbort {
		delete(t.aborted, b.producerID)
	}
	return err
}
