package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records/duplicates"
	"github.com/kofs/kofs/internal/cluster"
	"github.com/kofs/kofs/internal/export"
	"github.com/kofs/kofs/reset"
)

// failure is how an error leaves the program.
type failure struct {
	code      int
	reason    string
	retryable bool
	message   string
	hint      string
	fault     *inspect.Fault
	group     string
	topic     string
	partition *int32
}

// usageError is a command line that is not right. No connection was opened.
type usageError struct{ message, hint string }

// Error is the message; the hint is shown on a line of its own.
func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) *usageError {
	return &usageError{message: fmt.Sprintf(format, args...)}
}

// outputLostError says that standard output took no more: a closed pipe, a full disk.
type outputLostError struct{ err error }

// Error has the reason of the operating system, such as "no space left on device".
func (e outputLostError) Error() string { return "writing the output: " + e.err.Error() }

// Unwrap is the error of the write: EPIPE is not reported at all.
func (e outputLostError) Unwrap() error { return e.err }

// outcomeError is an end with another code than 0 after the result was shown.
type outcomeError struct {
	code    int
	reason  string
	message string
	hint    string
	group   string
	fault   *inspect.Fault
}

// Error is the message; the hint is shown on a line of its own.
func (e *outcomeError) Error() string { return e.message }

// classify is the only map from errors to exit codes: the first rule that knows the
// error says how it ends.
func classify(err error) failure {
	f := failure{code: exitFailed, reason: reasonFailed, message: err.Error()}
	for _, known := range slices.Concat(rulesOfKofs(), rulesOfKafka()) {
		if known(&f, err) {
			break
		}
	}
	if cut := (*cutExportError)(nil); errors.As(err, &cut) {
		f.hint = cut.hint
	}
	f.retryable = f.retryable || passing(f.fault)
	return f
}

// rule says how the errors that it knows end, and of others false.
type rule func(f *failure, err error) bool

// as is the rule of a type of errors.
func as[E error](ends func(*failure, E)) rule {
	return func(f *failure, err error) bool {
		var known E
		if !errors.As(err, &known) {
			return false
		}
		ends(f, known)
		return true
	}
}

// rulesOfKofs are those of errors that kofs makes itself.
func rulesOfKofs() []rule {
	return []rule{
		as(func(f *failure, _ *reset.UnknownEntryError) {
			f.reason, f.hint = string(reset.UnknownEntry), "kofs journal lists the entries"
		}),
		as(func(f *failure, e *usageError) {
			f.code, f.reason, f.hint = exitUsage, reasonUsage, e.hint
		}),
		as(func(f *failure, _ *export.DamagedError) {
			f.code, f.reason, f.hint = exitRefused, reasonDamagedExport, "--force without --resume begins anew"
		}),
		as(func(f *failure, e *reset.Refusal) {
			f.code, f.reason, f.hint, f.retryable = exitRefused, string(e.Reason), e.Hint, e.Retryable
			f.group, f.topic, f.partition, f.fault = e.Group, e.Topic, e.Partition, e.Fault
		}),
		as(func(f *failure, e *outcomeError) {
			f.code, f.reason, f.hint, f.group, f.fault = e.code, e.reason, e.hint, e.group, e.fault
		}),
		as(func(f *failure, _ *duplicates.TooManyError) {
			f.code, f.reason = exitRefused, reasonTooMany
			f.hint = "a smaller part (--topic t:0, --since, --from-offset), or --max-records, --max-duplicates: more memory"
		}),
		as(func(f *failure, e signalError) {
			f.code, f.reason, f.retryable = exitInterrupted, reasonInterrupted, true
			if e.signal == syscall.SIGTERM {
				f.code = exitTerminated
			}
		}),
		as(func(f *failure, e *inspect.UnknownGroupError) {
			f.reason, f.group, f.hint = string(reset.UnknownGroup), e.Group, e.Hint()
		}),
		as(func(f *failure, e *inspect.UnknownTopicError) {
			f.reason, f.topic, f.hint = string(reset.UnknownTopic), e.Scope.Topic, e.Hint()
		}),
		as(func(f *failure, _ outputLostError) { f.reason = reasonOutputLost }),
	}
}

// rulesOfKafka are those of what a broker said, or did not.
func rulesOfKafka() []rule {
	return []rule{
		notAuthorized,
		as(func(f *failure, e *cluster.AuthenticationError) {
			f.reason, f.hint = reasonAuthentication, e.Hint
			errors.As(e, &f.fault)
		}),
		notKafka,
		timedOut,
		as(func(f *failure, e *cluster.DialError) {
			f.reason, f.retryable, f.hint = reasonConnection, true, e.Hint
		}),
		as(func(f *failure, fault *inspect.Fault) { f.fault = fault }),
	}
}

func notAuthorized(f *failure, err error) bool {
	var fault *inspect.Fault
	if !errors.As(err, &fault) || !fault.HasCode(inspect.CodeTopicAuthorizationFailed, inspect.CodeGroupAuthorizationFailed, inspect.CodeClusterAuthorizationFailed) {
		return false
	}
	f.reason, f.fault = reasonNotAuthorized, fault
	return true
}

func notKafka(f *failure, err error) bool {
	if !errors.Is(err, cluster.ErrNotKafka) {
		return false
	}
	f.reason = reasonNotKafka
	if dial := (*cluster.DialError)(nil); errors.As(err, &dial) {
		f.hint = dial.Hint
	}
	return true
}

// timedOut comes before a failed connection: it may be the reason of it.
func timedOut(f *failure, err error) bool {
	if !errors.As(err, new(timeoutError)) && !errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	f.reason, f.retryable = reasonTimeout, true
	return true
}

// passing reports whether a fault is one that a cluster gets over by itself.
func passing(fault *inspect.Fault) bool {
	return fault.HasCode(inspect.CodeCoordinatorLoadInProgress, inspect.CodeCoordinatorNotAvailable, inspect.CodeNotCoordinator)
}
