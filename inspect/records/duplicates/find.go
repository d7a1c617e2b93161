package duplicates

import (
	"context"
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// Options say what is looked for, and bound the memory. All limits must be above 0.
type Options struct {
	By By
	// Within is the greatest distance in time between a record of a set and the
	// next; 0 means any. A record without a timestamp is then in no set.
	Within    time.Duration
	Isolation inspect.Isolation
	// Keep says of each record whether it takes part; nil keeps all.
	Keep func(*records.Record) bool
	// MaxRecords is how many records may be compared: 20 bytes each.
	MaxRecords int64
	// MaxDuplicates is how many records may be in sets, before Within splits them:
	// some 200 bytes each.
	MaxDuplicates int64
	// MaxBytes bounds the keys and identities that sets keep.
	MaxBytes int64
	// Progress is told after every answer, with the number of the reading, 1 or 2.
	// It must be cheap. Nil means nobody.
	Progress func(reading int, p records.Progress)
}

// Found is what was found.
type Found struct {
	// Sets are in the order of their first records: by topic, partition, offset.
	Sets []Set
	// Scanned is how many records were compared.
	Scanned int64
	// Without is how many records had nothing to compare, and are in no set.
	Without int64
	// Gone is how many records, equal to others by their hash, were not there any
	// more at the second reading.
	Gone int64
	// Read is how the reading of each range ended, in the order of the ranges.
	// Reached is where both readings came to.
	Read []records.Listed
}

// Duplicates is how many records the sets have beside the first of each.
func (f Found) Duplicates() int64 {
	var n int64
	for _, s := range f.Sets {
		n += int64(len(s.Records) - 1)
	}
	return n
}

// TooManyError says that a limit of [Options] was passed, so that nothing is known.
type TooManyError struct {
	What  string // "records", "duplicates", or "bytes of keys"
	Limit int64
}

// Error names the limit.
func (e *TooManyError) Error() string {
	return fmt.Sprintf("finding duplicates: there are more than %d %s", e.Limit, e.What)
}

// Find finds the sets of equal records in ranges, across partitions. What goes
// wrong with one range is in Found.Read, and the records before are compared all
// the same; so is how far records were deleted meanwhile. The error is a
// [TooManyError], or one that is for all, such as the context's.
func Find(ctx context.Context, f records.Fetcher, ranges []records.Range, o Options) (Found, error) {
	s := newSearch(f, ranges, o)
	if err := s.markRepeated(ctx, ranges); err != nil {
		return Found{}, err
	}
	if s.expected > 0 {
		if err := s.collect(ctx); err != nil {
			return Found{}, err
		}
	}
	s.found.Gone = max(0, s.expected-s.held)
	s.found.Sets = s.sets()
	return s.found, nil
}

// search is one run of Find.
type search struct {
	fetcher  records.Fetcher
	options  Options
	hasher   hasher
	table    *table
	identity []byte // of the record at hand; reused
	expected int64  // records whose hash occurs more than once
	held     int64  // of these, those that the second reading has seen
	groups   groups
	found    Found
}

func newSearch(f records.Fetcher, ranges []records.Range, o Options) *search {
	var span int64
	for _, r := range ranges {
		span += min(r.Span(), o.MaxRecords)
	}
	return &search{fetcher: f, options: o, hasher: newHasher(), table: newTable(min(span, o.MaxRecords)), groups: newGroups(o)}
}

// markRepeated is the first reading.
func (s *search) markRepeated(ctx context.Context, ranges []records.Range) (err error) {
	s.found.Read, err = s.list(ctx, 1, ranges, func(r *records.Record) error {
		h, ok := s.hash(r)
		if !ok {
			s.found.Without++
			return nil
		}
		if s.found.Scanned == s.options.MaxRecords {
			return &TooManyError{What: "records", Limit: s.options.MaxRecords}
		}
		s.found.Scanned++
		s.expected += [...]int64{never: 0, once: 2, often: 1}[s.table.add(h)]
		if s.expected > s.options.MaxDuplicates {
			return &TooManyError{What: "duplicates", Limit: s.options.MaxDuplicates}
		}
		return nil
	})
	return err
}

// collect is the second reading: of what the first has read, and nothing that was
// written since.
func (s *search) collect(ctx context.Context) error {
	again := make([]records.Range, len(s.found.Read))
	for i, read := range s.found.Read {
		again[i] = records.Range{TopicPartition: read.TopicPartition, From: read.From, Until: read.Reached}
	}
	read, err := s.list(ctx, 2, again, func(r *records.Record) error {
		h, ok := s.hash(r)
		if !ok || !s.table.isRepeated(h) {
			return nil
		}
		s.held++
		return s.groups.add(s.identity, r)
	})
	for i, second := range read {
		first := &s.found.Read[i]
		first.Reached = second.Reached
		if first.Err == nil {
			first.Err = second.Err
		}
		if second.LostToRetention != nil {
			first.LostToRetention = second.LostToRetention
		}
	}
	return err
}

func (s *search) list(ctx context.Context, reading int, ranges []records.Range, yield func(*records.Record) error) ([]records.Listed, error) {
	o := records.ListOptions{Isolation: s.options.Isolation, Keep: s.options.Keep}
	if s.options.Progress != nil {
		o.Progress = func(p records.Progress) { s.options.Progress(reading, p) }
	}
	return records.List(ctx, s.fetcher, ranges, o, yield)
}

func (s *search) hash(r *records.Record) (hash, bool) {
	var ok bool
	if s.identity, ok = s.options.By.identity(s.identity[:0], r); !ok {
		return hash{}, false
	}
	return s.hasher.hash(s.identity), true
}

// sets are the groups, split by time.
func (s *search) sets() []Set {
	var sets []Set
	for _, g := range s.groups.list {
		sets = append(sets, g.sets(s.options.Within)...)
	}
	sortSets(sets)
	return sets
}
