// Package inspect says what a Kafka cluster holds for a consumer group: its
// state and members, its committed offsets, and the log behind each partition.
//
// The offsets of one partition lie on one number line:
//
//	log start offset <= last stable offset <= high watermark
//
// The committed offset is the next offset that the group will read. It may lie
// anywhere, also outside the log: the broker checks neither range nor sign.
//
// The package holds types and the questions asked through [Source]; it knows no
// client library, opens no connection and reads no clock. It never writes.
package inspect
