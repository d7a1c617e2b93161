package cluster

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kofs/kofs/inspect"
)

// What went wrong with a connection, for errors.Is.
var (
	// ErrNotKafka says that the other end does not speak Kafka, or that the
	// listener is of another kind (TLS instead of plaintext).
	ErrNotKafka = errors.New("not a Kafka broker")
	// ErrLost says that the connection ended before the answer came: cut after
	// idling (connections.max.idle.ms), a restart, the network. What became of a
	// write is then unknown.
	ErrLost = errors.New("connection lost before the answer")
	// ErrUnsupported says that the broker is too old for the request. Nothing was sent.
	ErrUnsupported = errors.New("not supported by the broker")
)

// DialError is a connection that could not be opened: nothing listens there, the
// TLS handshake failed, what answered is no Kafka broker ([ErrNotKafka]), or it
// refused the login ([AuthenticationError]).
type DialError struct {
	Addr string // host:port
	// Node is the broker's ID when the cluster advertised the address; nil for a
	// bootstrap server, which the user named.
	Node *int32
	Hint string // what the user can do about it; "" when nothing comes to mind
	Err  error
}

// Error says which address failed and why; the hint is left to the caller.
func (e *DialError) Error() string {
	var refused *AuthenticationError
	switch {
	case e.Node == nil:
		return fmt.Sprintf("connecting to %s: %v", e.Addr, e.Err)
	case errors.As(e.Err, &refused):
		return fmt.Sprintf("connecting to broker %d (%s): %v", *e.Node, e.Addr, e.Err)
	}
	return fmt.Sprintf("broker %d is advertised as %s, which cannot be reached, though the bootstrap server answered: %v",
		*e.Node, e.Addr, e.Err)
}

// Unwrap is the cause.
func (e *DialError) Unwrap() error { return e.Err }

// bootstrapError holds one error for each bootstrap server, in the order tried.
type bootstrapError []error

// Error lists what each server said, since they may be wrong in different ways.
func (e bootstrapError) Error() string {
	texts := make([]string, len(e))
	for i, err := range e {
		texts[i] = err.Error()
	}
	return "no bootstrap server answered: " + strings.Join(texts, "; ")
}

// Unwrap lets a refused login or a foreign port at any of the servers be found.
func (e bootstrapError) Unwrap() []error { return e }

// alienError is an answer that cannot be the start of a Kafka frame.
type alienError struct{ head [4]byte }

// Error quotes the first four bytes: "HTTP" or a TLS alert tells what the port is.
func (e *alienError) Error() string {
	return fmt.Sprintf("%v: answer starts with %q", ErrNotKafka, e.head[:])
}

// Is reports whether target is [ErrNotKafka], the only thing that such an answer says.
func (e *alienError) Is(target error) bool { return target == ErrNotKafka }

// faultOf is err as a fault. A hint goes into the message, since a fault is a
// row that has no other place for it.
func faultOf(err error) *inspect.Fault {
	var dial *DialError
	if errors.As(err, &dial) && dial.Hint != "" {
		return &inspect.Fault{Message: fmt.Sprintf("%v; hint: %s", err, dial.Hint)}
	}
	return inspect.FaultOf(err)
}

// leftOut is the fault of an item that was asked for and is not in the answer.
func leftOut(what string) *inspect.Fault {
	return &inspect.Fault{Message: "the broker's answer leaves out " + what}
}
