package duplicates

import (
	"fmt"
	"slices"
	"strings"
)

// Cause says what the log knows about why a set's records were written more than
// once. It goes no further: whether an application meant to is not in the log.
type Cause string

// The causes. Where several apply, the first of this order is given.
const (
	// CauseAborted: at most one of the records is not of an aborted transaction, so
	// that a read_committed consumer is given at most one.
	CauseAborted Cause = "aborted_attempt"
	// CauseSameSequence: one producer, one epoch, one sequence, twice in a partition,
	// which brokers are there to prevent.
	CauseSameSequence Cause = "same_sequence"
	// CauseNotIdempotent: a record without a producer id. A producer's own retry
	// cannot be told from an application that sent twice.
	CauseNotIdempotent Cause = "not_idempotent"
	// CauseSeveralProducers: different producer ids. A producer without a
	// transactional id gets another when it is restarted.
	CauseSeveralProducers Cause = "several_producers"
	// CauseNewEpoch: one producer id in different epochs: restarted under its
	// transactional id, or begun anew after an error (KIP-360).
	CauseNewEpoch Cause = "new_epoch"
	// CauseSameProducer: one producer id and epoch, different sequences, or different
	// partitions: the application sent twice, since brokers drop a producer's own retries.
	CauseSameProducer Cause = "same_producer"
)

// Cause is why the set has more than one record, as far as the log knows.
func (s Set) Cause() Cause {
	live := s.live()
	switch {
	case len(live) <= 1:
		return CauseAborted
	case hasTwice(live):
		return CauseSameSequence
	case slices.ContainsFunc(live, func(r Record) bool { return r.has&hasProducer == 0 }):
		return CauseNotIdempotent
	case differ(live, func(r Record) int64 { return r.producer }):
		return CauseSeveralProducers
	case differ(live, func(r Record) int64 { return int64(r.epoch) }):
		return CauseNewEpoch
	}
	return CauseSameProducer
}

// live are the records that are not known to be aborted.
func (s Set) live() []Record {
	return slices.DeleteFunc(slices.Clone(s.Records), func(r Record) bool { return r.Aborted })
}

// place is what a broker accepts once only.
type place struct {
	partition, sequence int32
	producer            int64
	epoch               int16
}

func hasTwice(list []Record) bool {
	seen := make(map[place]bool, len(list))
	for _, r := range list {
		at := place{r.Partition, r.sequence, r.producer, r.epoch}
		if r.has&hasSequence != 0 && seen[at] {
			return true
		}
		seen[at] = r.has&hasSequence != 0
	}
	return false
}

func differ(list []Record, of func(Record) int64) bool {
	return slices.ContainsFunc(list[1:], func(r Record) bool { return of(r) != of(list[0]) })
}

// Evidence is what the cause was read from, in words.
func (s Set) Evidence() []string {
	evidence := []string{s.producers()}
	if n := len(s.Records) - len(s.live()); n > 0 {
		evidence = append(evidence, fmt.Sprintf("%d of %d are of aborted transactions", n, len(s.Records)))
	}
	if n := countOf(s.Records, func(r Record) bool { return r.Undecided }); n > 0 {
		evidence = append(evidence, fmt.Sprintf("%d of %d are of transactions that were still open", n, len(s.Records)))
	}
	if s.createdAtOnce() {
		evidence = append(evidence, "all have the same CreateTime, as after a producer's own retry")
	}
	if s.DistanceOffsets() == nil {
		evidence = append(evidence, "they lie in different partitions")
	}
	return evidence
}

// createdAtOnce reports whether all have one timestamp, from a producer that was
// not idempotent and may have sent one record several times.
func (s Set) createdAtOnce() bool {
	first := s.Records[0]
	return s.Cause() == CauseNotIdempotent && !slices.ContainsFunc(s.Records, func(r Record) bool {
		return r.appended || r.has&hasTimestamp == 0 || r.timestamp != first.timestamp
	})
}

// producers says who wrote the set: "2 of 2 have no producer id", "producer 4000
// (epoch 0, sequence 7), producer 4001 (epoch 0, sequence 7)".
func (s Set) producers() string {
	const most = 4
	var words []string
	none := countOf(s.Records, func(r Record) bool { return r.has&hasProducer == 0 })
	if none > 0 {
		words = append(words, fmt.Sprintf("%d of %d have no producer id", none, len(s.Records)))
	}
	for _, r := range s.Records {
		switch {
		case r.has&hasProducer == 0:
		case len(words) == most:
			return strings.Join(append(words, "..."), ", ")
		case r.has&hasSequence == 0:
			words = append(words, fmt.Sprintf("producer %d (epoch %d)", r.producer, r.epoch))
		default:
			words = append(words, fmt.Sprintf("producer %d (epoch %d, sequence %d)", r.producer, r.epoch, r.sequence))
		}
	}
	return strings.Join(words, ", ")
}

func countOf(list []Record, is func(Record) bool) (n int) {
	for _, r := range list {
		if is(r) {
			n++
		}
	}
	return n
}
