package main

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/schema"
)

// blindness are the records that --grep passed over though it could not see what is
// in them, because the registry failed.
type blindness struct {
	records int
	first   inspect.TopicPartition
	offset  int64
	err     error // the first's
}

// textsFor gives what --grep looks at beside the record itself, and notes where it
// finds nothing because the registry failed.
func (s *recordSchemas) textsFor(grep *regexp.Regexp) func(r *records.Record) [][]byte {
	return func(r *records.Record) [][]byte {
		key, value, ended := s.of(r)
		var texts [][]byte
		var unseen error
		for _, decoded := range []schema.Decoded{key, value} {
			switch {
			case decoded.JSON != nil:
				texts = append(texts, decoded.JSON)
			case decoded.Err != nil && decoded.Err.Reason == schema.RegistryFailed:
				unseen = decoded.Err
			}
		}
		if unseen != nil && ended == nil && !slices.ContainsFunc(texts, grep.Match) {
			s.blind.add(r, unseen)
		}
		return texts
	}
}

func (b *blindness) add(r *records.Record, err error) {
	if b.records == 0 {
		b.first, b.offset, b.err = r.TopicPartition, r.Offset, err
	}
	b.records++
}

// passedOver is how many records --grep could not look into; none without a registry.
func (s *recordSchemas) passedOver() int {
	if s == nil {
		return 0
	}
	return s.blind.records
}

// String says which records they are, and why.
func (b *blindness) String() string {
	return fmt.Sprintf("--grep could not look into %s, the first at %s offset %d: %v", recordsCount(b.records), b.first, b.offset, b.err)
}
