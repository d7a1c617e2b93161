package main

import (
	"context"
	"errors"
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

// classify is the only map from errors to exit codes. An error may be several things,
// one within the other: what kofs itself says goes before what is said of the cluster,
// and that before what Kafka says.
func classify(err error) failure {
	f := failure{code: exitFailed, reason: reasonFailed, message: err.Error()}
	for _, is := range []func(error) bool{f.isOfTheUser, f.isRefused, f.isEnded, f.isNotThere, f.isKafkas} {
		if is(err) {
			break
		}
	}
	if cut := (*cutExportError)(nil); errors.As(err, &cut) {
		f.hint = cut.hint
	}
	f.retryable = f.retryable || passing(f.fault)
	return f
}

// isOfTheUser is what was asked for that cannot be.
func (f *failure) isOfTheUser(err error) bool {
	var entry *reset.UnknownEntryError
	var usage *usageError
	switch {
	case errors.As(err, &entry):
		f.reason, f.hint = string(reset.UnknownEntry), "kofs journal lists the entries"
	case errors.As(err, &usage):
		f.code, f.reason, f.hint = exitUsage, reasonUsage, usage.hint
	default:
		return false
	}
	return true
}

// isRefused is what kofs does not do.
func (f *failure) isRefused(err error) bool {
	var refusal *reset.Refusal
	var outcome *outcomeError
	switch {
	case errors.As(err, new(*export.DamagedError)):
		f.code, f.reason, f.hint = exitRefused, reasonDamagedExport, "--force without --resume begins anew"
	case errors.As(err, &refusal):
		f.code, f.reason, f.hint, f.retryable = exitRefused, string(refusal.Reason), refusal.Hint, refusal.Retryable
		f.group, f.topic, f.partition, f.fault = refusal.Group, refusal.Topic, refusal.Partition, refusal.Fault
	case errors.As(err, &outcome):
		f.code, f.reason, f.hint, f.group, f.fault = outcome.code, outcome.reason, outcome.hint, outcome.group, outcome.fault
	case errors.As(err, new(*duplicates.TooManyError)):
		f.code, f.reason, f.hint = exitRefused, reasonTooMany, "a smaller part (--topic t:0, --since, --from-offset), or --max-records, --max-duplicates: more memory"
	default:
		return false
	}
	return true
}

// isEnded is a signal.
func (f *failure) isEnded(err error) bool {
	var signalled signalError
	if !errors.As(err, &signalled) {
		return false
	}
	f.code, f.reason, f.retryable = exitInterrupted, reasonInterrupted, true
	if signalled.signal == syscall.SIGTERM {
		f.code = exitTerminated
	}
	return true
}

// isNotThere is a group or topic that the cluster does not show, or an output that is gone.
func (f *failure) isNotThere(err error) bool {
	var group *inspect.UnknownGroupError
	var topic *inspect.UnknownTopicError
	switch {
	case errors.As(err, &group):
		f.reason, f.group, f.hint = string(reset.UnknownGroup), group.Group, group.Hint()
	case errors.As(err, &topic):
		f.reason, f.topic, f.hint = string(reset.UnknownTopic), topic.Scope.Topic, topic.Hint()
	case errors.As(err, new(outputLostError)):
		f.reason = reasonOutputLost
	default:
		return false
	}
	return true
}

// isKafkas is an error of a broker, or of the way to it.
func (f *failure) isKafkas(err error) bool {
	var fault *inspect.Fault
	var dial *cluster.DialError
	var refused *cluster.AuthenticationError
	errors.As(err, &fault)
	if !errors.As(err, &dial) {
		dial = &cluster.DialError{}
	}
	switch {
	case fault.HasCode(inspect.CodeTopicAuthorizationFailed, inspect.CodeGroupAuthorizationFailed, inspect.CodeClusterAuthorizationFailed):
		f.reason, f.fault = reasonNotAuthorized, fault
	case errors.As(err, &refused):
		f.reason, f.hint, f.fault = reasonAuthentication, refused.Hint, fault
	case errors.Is(err, cluster.ErrNotKafka):
		f.reason, f.hint = reasonNotKafka, dial.Hint
	case errors.As(err, new(timeoutError)), errors.Is(err, context.DeadlineExceeded):
		f.reason, f.retryable = reasonTimeout, true
	case dial.Addr != "":
		f.reason, f.retryable, f.hint = reasonConnection, true, dial.Hint
	default:
		f.fault = fault
	}
	return true
}

// passing reports whether a fault is one that a cluster gets over by itself.
func passing(fault *inspect.Fault) bool {
	return fault.HasCode(inspect.CodeCoordinatorLoadInProgress, inspect.CodeCoordinatorNotAvailable, inspect.CodeNotCoordinator)
}
