package main

import (
	"errors"
	"syscall"
	"testing"

	"github.com/kofs/kofs/reset"
)

// One exit code for the writes to several groups, whatever the order they went in.
func TestEndOfGroups(t *testing.T) {
	failed := errors.New("writing the journal: file too large")
	refused := &reset.Refusal{Reason: reset.Drift, Message: "the commit was 200"}
	partial := &outcomeError{code: exitIncomplete, reason: reasonIncomplete, message: "1 partition not applied"}
	unknown := &outcomeError{code: exitUnknown, reason: reasonUnknownOutcome, message: "could not be confirmed"}
	for _, c := range []struct {
		name   string
		failed []error
		done   bool
		code   int
	}{
		{"all groups were written", nil, true, exitDone},
		{"one was refused, and no other written", []error{refused}, false, exitRefused},
		{"one was refused, and another written", []error{refused}, true, exitIncomplete},
		{"one failed, one was refused", []error{failed, refused}, false, exitRefused},
		{"one failed, and another was written", []error{failed}, true, exitIncomplete},
		{"one is unknown, others were refused and written", []error{refused, unknown}, true, exitUnknown},
		{"one was written in part", []error{partial, failed}, true, exitIncomplete},
		{"a signal came before anything was written", []error{failed, signalError{syscall.SIGTERM}}, false, exitTerminated},
		{"a signal came after a group was written", []error{signalError{syscall.SIGINT}}, true, exitIncomplete},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := endOfGroups(c.failed, c.done)
			if err == nil {
				if c.code != exitDone {
					t.Errorf("no error, want exit code %d", c.code)
				}
				return
			}
			if got := classify(err).code; got != c.code {
				t.Errorf("exit code %d, want %d: %v", got, c.code, err)
			}
		})
	}
}
