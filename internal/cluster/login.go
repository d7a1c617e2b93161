package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// AuthenticationError is a login or a client certificate that a broker refused.
// Nothing is tried a second time after it: wrong passwords lock accounts.
type AuthenticationError struct {
	Doing string // what was refused, such as `logging in as "alice" with PLAIN`
	Hint  string // what the user can do about it
	Err   error  // the broker's own words where it had any
}

// Error is what was refused and why; the hint is left to the caller.
func (e *AuthenticationError) Error() string { return fmt.Sprintf("%s: %v", e.Doing, e.Err) }

// Unwrap is the broker's answer.
func (e *AuthenticationError) Unwrap() error { return e.Err }

// gate lets logins pass one at a time, and none after one was refused.
type gate struct {
	turn    chan struct{}
	refusal atomic.Pointer[AuthenticationError]
}

func newGate() *gate { return &gate{turn: make(chan struct{}, 1)} }

// closed is the error of a login that is not tried any more, nil if it may be.
func (g *gate) closed() error {
	refused := g.refusal.Load()
	if refused == nil {
		return nil
	}
	return &AuthenticationError{Doing: "not trying again", Hint: refused.Hint, Err: refused}
}

// pass runs a login.
func (g *gate) pass(ctx context.Context, login func() error) error {
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := g.closed(); err != nil {
		return err
	}
	return g.note(login())
}

// note closes the gate if err is a refusal.
func (g *gate) note(err error) error {
	var refused *AuthenticationError
	if errors.As(err, &refused) {
		g.refusal.CompareAndSwap(nil, refused)
	}
	return err
}

// logIn proves who we are, on a connection that has just been opened. It is done
// here and not by sarama, which hides what mechanisms the broker offers and when
// the session ends, and which would log in again by itself later on.
func (c *conn) logIn(ctx context.Context, l *Login) error {
	talk, err := l.conversation()
	if err != nil {
		return err
	}
	if err := c.agree(ctx, l); err != nil {
		return err
	}
	for challenge := ""; ; {
		word, err := talk.Step(challenge)
		if err != nil {
			c.close()
			return l.refused(fmt.Errorf("the broker's part of it is wrong: %w", err), "is this the right cluster?")
		}
		if word == "" && talk.Done() {
			return nil
		}
		answer, err := c.authenticate(ctx, l, word)
		if err != nil {
			return err
		}
		if talk.Done() {
			return nil
		}
		challenge = string(answer)
	}
}

func (l *Login) refused(err error, hint string) error {
	return &AuthenticationError{Doing: fmt.Sprintf("logging in as %q with %s", l.Username, l.Mechanism), Hint: hint, Err: err}
}

// agree names the mechanism (SaslHandshake).
func (c *conn) agree(ctx context.Context, l *Login) error {
	code, offered, err := c.handshake(ctx, l.Mechanism)
	if err != nil {
		return err
	}
	fault := inspect.KafkaFault(code, "")
	switch {
	case fault == nil:
		return nil
	case fault.HasCode(illegalSASLState):
		return l.refused(fault, "the listener takes no login: "+(&settings{}).protocol(c.secured))
	case len(offered) > 0:
		return l.refused(fault, "the listener offers "+strings.Join(offered, ", ")+": set sasl.mechanism to one of them")
	}
	return l.refused(fault, "check sasl.mechanism")
}

// illegalSASLState is ILLEGAL_SASL_STATE: no login was due.
const illegalSASLState int16 = 34

func (c *conn) handshake(ctx context.Context, mechanism string) (code int16, offered []string, err error) {
	req := kmsg.NewPtrSASLHandshakeRequest()
	if req.Version, err = c.version(kmsg.SASLHandshake, 1, 1); err != nil {
		return 0, nil, err
	}
	req.Mechanism = mechanism
	answer, err := c.do(ctx, req)
	if err != nil {
		return 0, nil, err
	}
	resp := answer.(*kmsg.SASLHandshakeResponse)
	offered = slices.Sorted(slices.Values(resp.SupportedMechanisms))
	return resp.ErrorCode, offered, nil
}

// authenticate says one word of the mechanism and returns the answer to it.
func (c *conn) authenticate(ctx context.Context, l *Login, word string) ([]byte, error) {
	req := kmsg.NewPtrSASLAuthenticateRequest()
	var err error
	if req.Version, err = c.version(kmsg.SASLAuthenticate, 0, 2); err != nil {
		return nil, err
	}
	req.SASLAuthBytes = []byte(word)
	answer, err := c.do(ctx, req)
	if err != nil {
		return nil, err
	}
	resp := answer.(*kmsg.SASLAuthenticateResponse)
	if fault := inspect.KafkaFault(resp.ErrorCode, deref(resp.ErrorMessage)); fault != nil {
		c.close()
		return nil, l.refused(fault, "check user name and password in sasl.jaas.config; the login was tried once")
	}
	c.endSessionAfter(time.Duration(resp.SessionLifetimeMillis) * time.Millisecond)
	return slices.Clone(resp.SASLAuthBytes), nil
}

// endSessionAfter takes note of the broker's connections.max.reauth.ms (KIP-368):
// it hangs up on the first request after that, unread. So no request is sent in
// the last tenth of the time; whoever has one opens another connection.
func (c *conn) endSessionAfter(lifetime time.Duration) {
	if lifetime > 0 {
		c.until = time.Now().Add(lifetime - min(lifetime/10, 10*time.Second))
	}
}

// ending reports that the session is over, or so soon that nothing should be sent.
func (c *conn) ending() bool { return !c.until.IsZero() && time.Now().After(c.until) }
