package records

import (
	"bytes"
	"regexp"
	"slices"
)

// Filter says which records somebody looks for. The zero value keeps all.
type Filter struct {
	// Key is what the record's key must be, byte for byte; nil is any.
	Key []byte
	// Grep must match in the key, the value, or a header's key or value; nil is any.
	Grep *regexp.Regexp
	// Texts gives further texts of a record in which Grep may match, such as what is
	// decoded of it. It is asked only when Grep matched in nothing else; nil is none.
	Texts func(*Record) [][]byte
	// SinceMs and UntilMs bound the timestamp, in ms since 1970: at or after the one,
	// before the other. A record without a timestamp is in no such range.
	SinceMs, UntilMs *int64
}

// IsZero reports whether the filter keeps all records.
func (f Filter) IsZero() bool {
	return f.Key == nil && f.Grep == nil && f.SinceMs == nil && f.UntilMs == nil
}

// Keep reports whether the record passes all parts of the filter.
func (f Filter) Keep(r *Record) bool {
	return (f.Key == nil || r.Key != nil && bytes.Equal(f.Key, r.Key)) && f.keepsTime(r.TimestampMs) && f.matches(r)
}

func (f Filter) keepsTime(ms *int64) bool {
	if f.SinceMs == nil && f.UntilMs == nil {
		return true
	}
	return ms != nil && (f.SinceMs == nil || *ms >= *f.SinceMs) && (f.UntilMs == nil || *ms < *f.UntilMs)
}

func (f Filter) matches(r *Record) bool {
	if f.Grep == nil || f.Grep.Match(r.Key) || f.Grep.Match(r.Value) {
		return true
	}
	for _, h := range r.Headers {
		if f.Grep.MatchString(h.Key) || f.Grep.Match(h.Value) {
			return true
		}
	}
	return f.Texts != nil && slices.ContainsFunc(f.Texts(r), f.Grep.Match)
}
