// Package kafkatest gives tests a Kafka to run against and the means to fill it.
//
//   - [Embedded] is a cluster inside the test process (kfake): starts in a few
//     milliseconds, takes injected faults, and counts the requests it was sent.
//   - [Kafka] is Apache Kafka itself, started from Maven's artifacts, on one node
//     or several.
//   - [World] seeds and checks either of them through franz-go, a client that
//     kofs does not use to read records or offsets: a mistake in kofs's own
//     client cannot hide itself.
//   - [Oracle] is one long-lived JVM with Kafka's own consumer, producer and
//     admin client: what it says is what users' consumers will see.
//   - [Worker] is a Java application that logs every record it is given, as a
//     thread of the Oracle or as a process that can be killed. The scenarios of
//     package twice are made of them.
//
// The core returns errors and knows no testing.TB, so that the demo and the
// benchmark use it too; testing.go has the helpers for tests.
package kafkatest
