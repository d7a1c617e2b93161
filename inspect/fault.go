package inspect

import (
	"errors"
	"fmt"
)

// Fault is why one broker, group or partition could not be read or written. It
// is a value beside the answers for the others, and has the form that errors
// have in every JSON document.
type Fault struct {
	// Code is Kafka's error code; nil when the failure was not an answer of a
	// broker (no connection, no answer in time).
	Code *int16 `json:"code"`
	// Name is Kafka's name of the code, such as NOT_COORDINATOR; nil like Code.
	Name *string `json:"name"`
	// Message says it in words, the broker's where it sent some.
	Message string `json:"message"`
}

// KafkaFault is the fault for an error code in an answer, nil for code 0. An
// empty message is filled with Kafka's usual text for the code.
func KafkaFault(code int16, message string) *Fault {
	if code == 0 {
		return nil
	}
	name, text := errorName(code)
	if message == "" {
		message = text
	}
	return &Fault{Code: &code, Name: &name, Message: message}
}

// FaultOf is err as a Fault: the one it wraps, or one without a code. Nil for nil.
func FaultOf(err error) *Fault {
	if err == nil {
		return nil
	}
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return &Fault{Message: err.Error()}
}

// Error is "NAME: message", so that Kafka's name of an error stays visible.
func (f *Fault) Error() string {
	if f.Name == nil {
		return f.Message
	}
	return fmt.Sprintf("%s: %s", *f.Name, f.Message)
}

// Is reports whether the fault is Kafka's error with this code. A nil fault is none.
func (f *Fault) Is(target error) bool {
	var other *Fault
	if f == nil || !errors.As(target, &other) || f.Code == nil || other.Code == nil {
		return false
	}
	return *f.Code == *other.Code
}

// HasCode reports whether f carries one of these Kafka error codes.
func (f *Fault) HasCode(codes ...int16) bool {
	if f == nil || f.Code == nil {
		return false
	}
	for _, code := range codes {
		if *f.Code == code {
			return true
		}
	}
	return false
}
