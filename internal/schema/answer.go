package schema

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/sr"
)

// failure is a question that the registry did not answer with a schema.
type failure struct {
	reason Reason
	err    error
	// final says that no other question will fare better: the registry cannot be
	// reached, or does not let us in.
	final bool
	// again says that the same question may be answered the second time.
	again bool
}

// Error is what went wrong with the registry.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap is the same, for errors.As.
func (f *failure) Unwrap() error { return f.err }

// ask asks once, and once more if that may help. The error is a *failure, or the
// context's.
func (r *registry) ask(ctx context.Context, path string, question func() error) error {
	for attempt := 0; ; attempt++ {
		err := question()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		f := failureOf(err)
		f.err = fmt.Errorf("%s%s: %w", r.host(), path, f.err)
		if !f.again || attempt > 0 {
			return f
		}
	}
}

// failureOf reads the error of a question.
func failureOf(err error) *failure {
	if answer := new(sr.ResponseError); errors.As(err, &answer) {
		return refusal(answer)
	}
	if errors.Is(err, errTooLong) {
		return &failure{reason: BadSchema, err: errTooLong}
	}
	var lost *url.Error
	if !errors.As(err, &lost) {
		var cut net.Error
		if errors.As(err, &cut) && cut.Timeout() {
			return &failure{reason: RegistryFailed, err: errors.New("the answer did not end in time"), final: true}
		}
		return &failure{reason: RegistryFailed, err: fmt.Errorf("not the answer of a schema registry: %w", innermost(err))}
	}
	if lost.Timeout() {
		return &failure{reason: RegistryFailed, err: errors.New("no answer in time"), final: true}
	}
	return &failure{reason: RegistryFailed, err: lost.Err, final: true, again: true}
}

// noSuchSchema are the error codes behind a 404 that says so: no subject, no
// version, no schema. Any other 404 is not a registry's.
const (
	noSubject = 40401
	noVersion = 40402
	noSchema  = 40403
)

func refusal(answer *sr.ResponseError) *failure {
	status := fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	f := &failure{reason: RegistryFailed}
	switch {
	case answer.ErrorCode == noSchema, answer.ErrorCode == noSubject, answer.ErrorCode == noVersion:
		f.reason = UnknownSchema
	case answer.StatusCode == http.StatusUnauthorized, answer.StatusCode == http.StatusForbidden, answer.StatusCode == http.StatusProxyAuthRequired:
		f.final = true // asked again and again it may lock the account
	case answer.StatusCode >= 500:
		f.again = true
	}
	f.err = errors.New(status)
	if answer.ErrorCode != 0 {
		f.err = fmt.Errorf("%s: %s (error %d)", status, shortened(answer.Message), answer.ErrorCode)
	}
	return f
}

// shortened is what a registry says, on one line that can be read.
func shortened(s string) string {
	const most = 200
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= most {
		return s
	}
	s = s[:most]
	for !utf8.ValidString(s) && len(s) > most-utf8.UTFMax {
		s = s[:len(s)-1]
	}
	return s + "..."
}

// innermost is the cause at the end of a chain of errors, without the words of
// the libraries on the way.
func innermost(err error) error {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next
	}
	return err
}
