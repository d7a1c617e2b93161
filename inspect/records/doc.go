// Package records says which records lie between two offsets of a partition:
// how many a consumer would be given ([Count]) and what they are ([List], or
// [Sample] for the first and the last).
//
// Offsets are not records. Transaction markers take offsets and are never
// delivered; aborted records are delivered to read_uncommitted only; compaction
// leaves gaps. So the package reads the batches themselves (format v2, KIP-98),
// as a [Fetcher] hands them out, and checks the CRC-32C of each before it
// believes it. A batch wholly inside a range is counted by its header; only a
// batch with gaps that crosses a bound of the range is decompressed.
//
// The older record formats 0 and 1 are not read: they are reported as such.
package records
