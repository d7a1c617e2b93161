// Package roundtrip holds the tests that files of offsets go both ways between
// kofs and kafka-consumer-groups, for groups with odd names. They need java and
// mvn and exist only with the build tag integration:
//
//	go test -tags integration ./internal/kafkatest/roundtrip
package roundtrip
