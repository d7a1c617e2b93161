// Package history says what happened to a group's committed offsets, and when,
// as far as the partition of __consumer_offsets that holds the group still tells.
//
// [ParseKey] reads the key of one record of that topic. A [Replay] takes the records of the
// partition in log order and keeps what concerns one group; [Replay.Log] is the
// result, and [Log.Events] its timeline.
//
// What the topic does not record stays unknown: who committed (no member, no
// address), heartbeats, rebalances that were never completed, and everything that
// compaction removed. [Log.CompleteSince] says from when on nothing is missing.
//
// Memory is bounded ([Options.Limit]) whatever the length of the log: commits
// in a row become one [Run].
package history
