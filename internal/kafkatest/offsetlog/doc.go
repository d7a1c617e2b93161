// Package offsetlog holds the tests that kofs history tells what was really done
// to a group on Apache Kafka. They need java and mvn and exist only with the build
// tag integration:
//
//	go test -tags integration ./internal/kafkatest/offsetlog
package offsetlog
