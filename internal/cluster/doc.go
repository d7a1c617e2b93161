// Package cluster talks to Kafka. A [Cluster] answers the questions of
// [inspect.Source], reads raw batches as a [records.Fetcher] and writes commits
// as a [reset.Committer]; it takes no decision about offsets.
//
// One conn is one connection to one broker. sarama opens it and asks on it what
// it asks right; requests that it cannot speak, or not safely, are made by kmsg
// and take turns with sarama's on the very same connection. sarama's Client,
// ClusterAdmin and Consumer are not used: they retry silently, cache coordinators
// for ever, hide errors of single partitions, and drop batches while decoding.
//
// Retries are decided here, and only for questions: a question that was lost is
// asked once more on a fresh connection, one that met a moved leader or
// coordinator is asked again after a new look-up, for a few seconds. A commit is
// sent once.
package cluster
