// Package security tests kofs against a real broker that wants TLS, logins and
// ACLs, beside kafka-consumer-groups with the very same .properties files. It
// has tests only (build tag integration).
package security
