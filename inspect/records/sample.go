package records

import (
	"context"
	"errors"
)

// Sampled is the first and the last records of one range. They are copies.
type Sampled struct {
	Range
	// First are the first n records, or all if there are no more.
	First []Record
	// Last are the last n records, without those that First has already.
	Last []Record
	// Between says that other records may lie between First and Last.
	Between bool
	// Err is why the range could not be read to the end, as in [Counted]; First or
	// Last may then be short.
	Err error
}

// errEnough ends a listing that has given what was wanted; it never leaves the package.
var errEnough = errors.New("enough")

// Sample gives the first and the last n records of each range, under the rules
// of [List], without reading what lies between: the last ones are looked for in a
// window at the end of the range, and while they are too few in another before
// it, twice as wide. Nothing is read twice but the batches at the windows' bounds.
//
// The results are in the order of ranges. The returned error is for all, such as
// the context's; the ranges not begun are then empty.
func Sample(ctx context.Context, f Fetcher, ranges []Range, n int, o ListOptions) ([]Sampled, error) {
	o.Progress = nil
	l := newLister(f, ranges, o)
	out := make([]Sampled, len(ranges))
	for i, r := range ranges {
		out[i].Range = r
	}
	for i := range out {
		if n <= 0 {
			break
		}
		if err := l.sample(ctx, &out[i], n); err != nil {
			return out, err
		}
	}
	return out, nil
}

// sample fills in one range.
func (l *lister) sample(ctx context.Context, s *Sampled, n int) error {
	head, err := l.first(ctx, s.Range, n, func(r *Record) error {
		s.First = append(s.First, r.Clone())
		if len(s.First) == n {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		s.Err = head.Err
		return err
	}
	rest := s.Range
	rest.From = s.First[n-1].Offset + 1
	rest.Until = min(rest.Until, head.scan.log.End(l.options.Isolation))
	return l.sampleEnd(ctx, s, rest, n)
}

// sampleEnd looks for the last n records of rest, from its end backwards.
func (l *lister) sampleEnd(ctx context.Context, s *Sampled, rest Range, n int) error {
	for width := int64(2*n + 16); len(s.Last) < n && rest.Span() > 0; width *= 2 {
		window := rest
		window.From = max(rest.From, rest.Until-width)
		tail := tail{room: n - len(s.Last)}
		listed, err := l.list(ctx, window, tail.add)
		s.Last = append(tail.records(), s.Last...)
		s.Between = tail.over
		if err != nil || listed.Err != nil {
			s.Err = listed.Err
			return err
		}
		rest.Until = window.From
	}
	s.Between = s.Between || rest.Span() > 0
	return nil
}

// tail keeps the last records that it is given, in a ring.
type tail struct {
	room int
	ring []Record
	next int  // the place of the oldest once the ring is full
	over bool // some were dropped
}

func (t *tail) add(r *Record) error {
	if len(t.ring) < t.room {
		t.ring = append(t.ring, r.Clone())
		return nil
	}
	t.ring[t.next] = r.Clone()
	t.next = (t.next + 1) % t.room
	t.over = true
	return nil
}

// records is what was kept, in the order given.
func (t *tail) records() []Record {
	return append(t.ring[t.next:len(t.ring):len(t.ring)], t.ring[:t.next]...)
}
