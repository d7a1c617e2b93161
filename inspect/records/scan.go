package records

import (
	"errors"
	"fmt"

	"github.com/kofs/kofs/inspect"
)

// maxBarren is how many answers in a row may hold no whole batch, though one was
// due, before it is believed that none will come. Remote storage answers so when
// it is slow (KIP-405), and a leader just elected may know only an older end (KIP-207).
const maxBarren = 20

// verdict is what an answer means for the rest of its range.
type verdict int8

const (
	ask       verdict = iota // ask on, from the position
	covered                  // every offset of the range is dealt with
	undecided                // the rest lies past the last stable offset
	restart                  // the log start has passed the position, which now lies there: begin anew
	failed                   // the error says why
)

// scan is the way through one range at one isolation level. It never waits for a
// certain offset to be seen, because it may not exist: an offset is dealt with
// once a batch covers it, a later batch shows a gap, or the log ends before it.
type scan struct {
	Range
	walker
	isolation    inspect.Isolation
	transactions transactions
	barren       int
	log          inspect.Log // as of the last answer
	lost         *int64      // the log start that passed the position
}

func newScan(r Range) scan {
	return scan{Range: r, walker: walker{pos: r.From}, isolation: inspect.ReadCommitted}
}

// remaining is what has not been read yet.
func (s *scan) remaining() Range {
	return Range{TopicPartition: s.TopicPartition, From: s.pos, Until: s.Until}
}

// reached is the position, or the end of the range when a batch went beyond it.
func (s *scan) reached() int64 { return max(s.From, min(s.pos, s.Until)) }

// read goes through one answer and shows take every batch that covers offsets of
// the range, and now and then one that begins beyond it. While take runs, the
// position is still before the batch. When take fails it stays there.
func (s *scan) read(f Fetched, d *decoder, take func(*batch, fate) error) (verdict, error) {
	if f.Err != nil {
		return s.readFault(f)
	}
	s.log, s.rest = f.Log, f.Batches
	s.transactions.begin(f.Aborted)
	defer s.forget()

	whole := false
	for s.pos < s.Until {
		more, err := s.next()
		if err != nil {
			return failed, err
		}
		if !more {
			break
		}
		whole = true
		of, err := s.fate(d)
		if err == nil {
			err = take(&s.batch, of)
		}
		if err != nil {
			return failed, err
		}
		s.pass()
	}
	return s.judge(f, whole)
}

// forget lets go of the answer's memory.
func (s *scan) forget() { s.rest, s.batch = nil, batch{} }

func (s *scan) fate(d *decoder) (fate, error) {
	if s.isolation == inspect.ReadCommitted {
		return s.transactions.fate(&s.batch, d)
	}
	return plainFate(&s.batch), nil
}

// judge says how to go on after an answer without an error. An end before Until
// was the end when the answer was made, but Until was once within the log, so the
// end is believed only after it has been said often.
func (s *scan) judge(f Fetched, whole bool) (verdict, error) {
	open := f.Log.LastStable < f.Log.HighWatermark
	switch {
	case s.pos >= s.Until:
		return covered, nil
	case s.isolation == inspect.ReadCommitted && open && s.pos >= f.Log.LastStable:
		return undecided, nil
	case whole:
		s.barren = 0
		return ask, nil
	case !f.First:
		return ask, nil
	}
	if s.barren++; s.barren < maxBarren {
		return ask, nil
	}
	if s.pos >= f.Log.HighWatermark {
		return covered, nil
	}
	return failed, fmt.Errorf("reading %s from offset %d to %d: %d answers in a row held no record batch",
		s.TopicPartition, s.pos, s.Until, maxBarren)
}

// readFault goes on at the log start when that has passed the position (retention,
// DeleteRecords). Anything else ends the scan.
func (s *scan) readFault(f Fetched) (verdict, error) {
	var fault *inspect.Fault
	if !errors.As(f.Err, &fault) || !fault.HasCode(inspect.CodeOffsetOutOfRange) || f.Log.Start <= s.pos {
		return failed, f.Err
	}
	s.pos, s.barren, s.lost = f.Log.Start, 0, new(f.Log.Start)
	if s.pos >= s.Until {
		return covered, nil
	}
	return restart, nil
}
