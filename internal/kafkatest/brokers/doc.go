// Package brokers holds the tests of kofs on three real brokers: groups and
// leaders spread over them, moved, and lost. They need java and mvn and exist only
// with the build tag integration:
//
//	go test -tags integration ./internal/kafkatest/brokers
package brokers
