package history

import (
	"cmp"
	"slices"

	"github.com/kofs/kofs/inspect/records"
)

// hold keeps an offset of a transaction until its end is read.
func (r *Replay) hold(record *records.Record, t *track, p point) {
	producer := *record.ProducerID
	held := r.pending[producer]
	if held == nil {
		held = map[string]TransactionalCommit{}
		r.pending[producer] = held
	}
	if _, again := held[t.key]; !again {
		if r.waiting == maxTracked {
			r.log.Dropped++
			return
		}
		r.waiting++
	}
	held[t.key] = TransactionalCommit{TopicPartition: t.TopicPartition, Commit: p.commit(), ProducerID: producer}
}

// endTransaction deals with a marker. Producers are told apart by their ID alone:
// since transactions version 2 a marker's epoch is one above that of its data.
func (r *Replay) endTransaction(record *records.Record) {
	if record.ProducerID == nil {
		return
	}
	held := r.pending[*record.ProducerID]
	if held == nil {
		return
	}
	delete(r.pending, *record.ProducerID)
	r.waiting -= len(held)
	at := recordTime(record)
	for _, c := range inOrder(held) {
		switch *record.Control {
		case records.ControlCommit:
			r.settle(c, record)
		case records.ControlAbort:
			c.AbortedAt = &at
			if t := r.byPlace[c.TopicPartition]; t.known {
				c.From = new(t.last.offset)
			}
			gone, n := r.aborted.add(c, 320+int64(len(c.Metadata)))
			r.forgot(n, gone.At)
		}
	}
}

// settle makes an offset of a committed transaction count, unless a later commit
// stands already (OffsetMetadataManager.replayEndTransactionMarker).
func (r *Replay) settle(c TransactionalCommit, marker *records.Record) {
	t := r.byPlace[c.TopicPartition]
	if t.known && t.last.position > c.Position {
		return
	}
	c.SettledAt = new(recordTime(marker))
	r.commit(t, c.point())
}

// release drops the offsets that open transactions hold for a key.
func (r *Replay) release(key string) {
	for _, held := range r.pending {
		if _, there := held[key]; there {
			delete(held, key)
			r.waiting--
		}
	}
}

func inOrder(held map[string]TransactionalCommit) []TransactionalCommit {
	list := make([]TransactionalCommit, 0, len(held))
	for _, c := range held {
		list = append(list, c)
	}
	slices.SortFunc(list, byPosition)
	return list
}

func byPosition(a, b TransactionalCommit) int { return cmp.Compare(a.Position, b.Position) }
