package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/cluster"
	"github.com/kofs/kofs/reset"
)

// Where an error is of several kinds, the first rule that knows it says how it ends.
func TestTheFirstRuleThatKnowsAnErrorSaysHowItEnds(t *testing.T) {
	refusedLogin := inspect.KafkaFault(58, "")
	loading := inspect.KafkaFault(inspect.CodeCoordinatorLoadInProgress, "")
	for name, c := range map[string]struct {
		err  error
		want failure
	}{
		"anything": {errors.New("no space"), failure{code: exitFailed, reason: reasonFailed}},
		"a refusal for what a broker said, which passes": {
			fmt.Errorf("group: %w", &reset.Refusal{Reason: reset.Unreadable, Hint: "later", Group: "billing", Fault: loading}),
			failure{code: exitRefused, reason: string(reset.Unreadable), hint: "later", group: "billing", fault: loading, retryable: true},
		},
		"a login that was refused while connecting": {
			&cluster.DialError{Hint: "another port", Err: &cluster.AuthenticationError{Hint: "another password", Err: refusedLogin}},
			failure{code: exitFailed, reason: reasonAuthentication, hint: "another password", fault: refusedLogin},
		},
		"a port that is not Kafka's": {
			&cluster.DialError{Hint: "9093 speaks TLS", Err: cluster.ErrNotKafka},
			failure{code: exitFailed, reason: reasonNotKafka, hint: "9093 speaks TLS"},
		},
		"no connection until the timeout": {
			&cluster.DialError{Hint: "is it up?", Err: context.DeadlineExceeded},
			failure{code: exitFailed, reason: reasonTimeout, retryable: true},
		},
		"an export that a signal cut": {
			&cutExportError{err: signalError{syscall.SIGTERM}, hint: "--resume"},
			failure{code: exitTerminated, reason: reasonInterrupted, hint: "--resume", retryable: true},
		},
		"no ACL": {
			fmt.Errorf("reading: %w", inspect.KafkaFault(inspect.CodeTopicAuthorizationFailed, "")),
			failure{code: exitFailed, reason: reasonNotAuthorized, fault: inspect.KafkaFault(inspect.CodeTopicAuthorizationFailed, "")},
		},
		"another answer": {fmt.Errorf("reading: %w", loading), failure{code: exitFailed, reason: reasonFailed, fault: loading, retryable: true}},
	} {
		t.Run(name, func(t *testing.T) {
			got := classify(c.err)
			if (got.fault == nil) != (c.want.fault == nil) || got.fault != nil && *got.fault.Code != *c.want.fault.Code {
				t.Errorf("fault %v, want %v", got.fault, c.want.fault)
			}
			c.want.message, got.fault, c.want.fault = c.err.Error(), nil, nil
			if got != c.want {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}
