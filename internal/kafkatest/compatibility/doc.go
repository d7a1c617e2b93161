// Package compatibility holds the test that runs every command of kofs on every
// version of Kafka and writes down what was seen, in docs/compatibility.md. It
// needs java and mvn and exists only with the build tag integration:
//
//	go test -tags integration ./internal/kafkatest/compatibility -update
package compatibility
