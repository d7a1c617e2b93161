// Package duplicates finds records of a topic that are equal: in key and value,
// or in whatever the caller says makes a record what it is ([By]).
//
// The ranges are read twice. The first reading keeps a 128-bit hash of every
// record, 20 bytes each, and finds out which hashes occur more than once; the
// second keeps the records behind those, and holds their contents against each
// other by SHA-256, so that a collision of hashes is never shown as a duplicate.
// Memory is bounded by [Options]: what would need more is a [TooManyError], not a
// guess.
package duplicates
