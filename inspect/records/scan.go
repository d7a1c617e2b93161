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
	ask     verdict = iota // ask on, from the position
	covered                // every offset of the range is dealt with
	restart                // begin a new Fetch, at the scan's position and isolation level
	failed                 // the error says why
)

// scan is the way through one range. It never waits for a certain offset to be
// seen, because it may not exist: an offset is dealt with once a batch covers it,
// a later batch shows a gap, or the log ends before it.
//
// It begins read_committed, since only those answers tell aborted transactions,
// and goes on read_uncommitted from the last stable offset.
type scan struct {
	Range
	walker
	committedOnly bool              // what lies past the last stable offset is not wanted
	isolation     inspect.Isolation // of the running Fetch, or of the next after restart
	decided       int64             // the last stable offset at which read_committed ended
	transactions  transactions
	barren        int         // answers in a row without a batch though one was due
	log           inspect.Log // as of the last answer
	lost          *int64      // the log start that passed the position
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

	from := s.pos
	for s.pos < s.Until {
		more, err := s.next()
		if err == nil && more {
			err = d.open(&s.batch)
		}
		if err != nil {
			return failed, err
		}
		if !more {
			break
		}
		if s.pos < s.decided {
			if v := s.leap(); v != ask {
				return v, nil
			}
		}
		of, err := s.fate(d)
		if err == nil {
			err = take(&s.batch, of)
		}
		if err != nil {
			return failed, err
		}
		s.pass()
	}
	return s.judge(f, s.pos > from)
}

// forget lets go of the answer's memory.
func (s *scan) forget() { s.rest, s.batch = nil, batch{} }

func (s *scan) fate(d *decoder) (fate, error) {
	if s.isolation == inspect.ReadCommitted {
		return s.transactions.fate(&s.batch, d)
	}
	return plainFate(&s.batch), nil
}

// judge says how to go on after an answer without an error, which may have moved
// the position. An end before Until was the end when the answer was made, but
// Until was once within the log, so that end is believed only after it has been
// said often.
func (s *scan) judge(f Fetched, moved bool) (verdict, error) {
	if moved {
		s.barren = 0
	} else if f.First {
		s.barren++
	}
	committed := s.isolation == inspect.ReadCommitted && f.Log.LastStable < f.Log.HighWatermark
	switch {
	case s.pos >= s.Until:
		return covered, nil
	case committed && s.pos >= f.Log.LastStable:
		return s.readBeyond(), nil
	case s.barren == maxBarren && s.pos >= f.Log.HighWatermark:
		return covered, nil
	case s.barren == maxBarren:
		return failed, fmt.Errorf("reading %s from offset %d to %d: %d answers in a row held no record batch",
			s.TopicPartition, s.pos, s.Until, maxBarren)
	case committed && s.barren > 0:
		return s.readBeyond(), nil
	}
	return ask, nil
}

// readBeyond ends the read_committed part at the last stable offset. If the
// position is still before it, nothing was found in between, and that may be a
// gap for ever: the next batch is the open transaction's, which only
// read_uncommitted can see.
func (s *scan) readBeyond() verdict {
	s.decided = s.log.LastStable
	if s.committedOnly && s.pos >= s.decided {
		return covered
	}
	s.isolation = inspect.ReadUncommitted
	return restart
}

// leap deals with the first batch of the read_uncommitted part when the position
// is before the last stable offset. Either the batch shows that a gap reaches at
// least so far, or it is one that read_committed ought to have been given.
func (s *scan) leap() verdict {
	if s.batch.base < s.decided {
		s.isolation, s.decided = inspect.ReadCommitted, 0
		return restart
	}
	s.pos = s.decided
	if s.committedOnly || s.pos >= s.Until {
		s.pos = min(s.pos, s.Until)
		return covered
	}
	return ask
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
