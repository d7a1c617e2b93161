// Package oracle holds the tests that compare kofs with Kafka's own consumer on
// a real cluster. They need java and mvn and exist only with the build tag
// integration:
//
//	go test -tags integration ./internal/kafkatest/oracle
//
// KOFS_TEST_SEED repeats a run, KOFS_TEST_RANGES says how many ranges it takes in
// all, on four clusters; make exactness takes 2000.
package oracle
