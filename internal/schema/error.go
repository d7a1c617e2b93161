package schema

import "fmt"

// Reason is why a key or value could not be decoded.
type Reason string

// The reasons, from the bytes to the registry.
const (
	NotFramed      Reason = "not_framed"      // no schema is named: not written with a registry's serializer
	BadPayload     Reason = "bad_payload"     // the bytes are not what the schema says
	BadSchema      Reason = "bad_schema"      // the registry's schema, or one that it refers to, is not usable
	UnknownSchema  Reason = "unknown_schema"  // the registry has no such schema
	RegistryFailed Reason = "registry_failed" // the registry did not answer, or refused to
)

// Error says why a key or value could not be decoded. It names the schema where
// one was named, and never a password.
type Error struct {
	Reason Reason
	Schema string // such as "schema 7"; "" for NotFramed
	Err    error
}

// Error names the reason and, where there is one, the schema.
func (e *Error) Error() string {
	if e.Schema == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("%s: %v", e.Schema, e.Err)
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Short is the reason in a few words, for a line that has no room for more.
func (e *Error) Short() string {
	switch e.Reason {
	case NotFramed:
		return "no schema named"
	case BadPayload:
		return "does not fit " + e.Schema
	case BadSchema:
		return e.Schema + " is not usable"
	case UnknownSchema:
		return "no " + e.Schema + " in the registry"
	case RegistryFailed:
		return e.Schema + ": the registry failed"
	}
	return string(e.Reason)
}

// guarded calls a third party's parser or decoder, and takes a panic of it, which
// foreign bytes may provoke, for an error.
func guarded(what string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: the decoder gave up: %v", what, p)
		}
	}()
	return f()
}
