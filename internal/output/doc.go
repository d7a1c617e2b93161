// Package output is how kofs speaks: tables and text for people, JSON for
// scripts, questions, progress and colour.
//
// Names and texts that come from a cluster (group IDs, client IDs, hosts, topic
// names, metadata, records, error messages) are bytes that somebody else chose.
// On the way to a terminal they go through [Safe]; [Table], [Line] and
// [Streams.Ask] do that themselves. JSON needs no such care from its callers:
// [WriteJSON] escapes what a terminal would act upon.
//
// The package knows no Kafka. It reads no clock, no environment and no file of
// its own: what it needs of them is passed in.
package output
