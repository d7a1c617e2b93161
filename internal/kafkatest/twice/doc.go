// Package twice holds scenarios in which a consumer group processes records
// twice, or does not, on real Kafka with real Java consumers that log every
// record they are given. [All] lists them, [Lab.Run] runs one and returns the
// [Truth]: what was processed twice, with what was committed and where the log
// ended when it happened. [Check] holds the windows of `kofs explain` against
// it, and [Table] writes down what came out.
//
// The truth owes nothing to kofs: records come from the consumers' own logs, the
// commits from __consumer_offsets through franz-go. Running needs java and mvn and
// the build tag integration:
//
//	go test -tags integration -v ./internal/kafkatest/twice
//
// KOFS_TEST_SEED repeats a run's draws (not its moments), KOFS_TEST_ROUNDS runs
// every scenario so often, KOFS_TEST_SCENARIO only those with that text in
// their name.
package twice
