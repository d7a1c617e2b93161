// Package chaos holds the test that kills the coordinator of a group while kofs
// writes its offsets, at every point of the write, and holds what kofs said
// against what Kafka's own admin client reads. It needs java and mvn and exists
// only with the build tag integration:
//
//	go test -tags integration ./internal/kafkatest/chaos
//	make chaos
//
// KOFS_TEST_KILLS is the number of kills, 6 by default; KOFS_TEST_SEED repeats a
// run's draws.
package chaos
