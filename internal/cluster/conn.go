package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/rcrowley/go-metrics"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// settings are what every connection of a cluster has in common.
type settings struct {
	clientID string
	tls      *tls.Config // nil: plaintext
	login    *Login      // nil: none
	gate     *gate
	log      func(format string, args ...any)

	throttled func(addr string, d time.Duration)
}

// sarama is a configuration of sarama's for one connection. Its ApiVersions
// request is left out: sarama hides the answer, and calls itself connected when
// both attempts failed; kofs asks itself and picks every version from the
// answer. So is its login, see [conn.logIn].
func (s *settings) sarama(d *dialer) *sarama.Config {
	conf := sarama.NewConfig()
	conf.Version = sarama.MaxVersion // a cap, not a claim about the broker
	conf.ClientID = s.clientID
	conf.ApiVersionsRequest = false
	conf.Net.MaxOpenRequests = 1
	conf.Net.Proxy.Enable, conf.Net.Proxy.Dialer = true, d
	conf.MetricRegistry = noMetrics{metrics.NewRegistry()}
	return conf
}

// conn is one connection to one broker, opened by sarama. Requests that sarama
// makes (typed) and requests made here (do) take turns. After any failure the
// connection is closed and stays so: who holds it opens another.
type conn struct {
	addr     string
	secured  bool // TLS
	log      func(format string, args ...any)
	broker   *sarama.Broker // opens, closes; silent in between
	wire     *wire
	raw      *raw
	versions map[int16]versionRange
	turn     chan struct{} // holds a token while somebody uses the connection
	calm     time.Time     // the broker asked for no request before this
	until    time.Time     // nothing is sent after this: the login runs out; zero: it does not
	gone     atomic.Bool   // closed, for whatever reason

	throttled func(addr string, d time.Duration)
}

// open connects, asks the broker which requests it knows, and logs in: only
// what answers like a broker is given a password. The context governs opening
// only. An error is a [DialError] without a node.
func open(ctx context.Context, addr string, s *settings) (*conn, error) {
	if err := s.gate.closed(); err != nil {
		return nil, dialError(addr, err, s)
	}
	d := &dialer{ctx: ctx, tls: s.tls}
	c, err := connect(ctx, addr, s, d)
	if err != nil {
		return nil, dialError(addr, s.gate.note(d.diagnose(err)), s)
	}
	if s.login != nil {
		if err := s.gate.pass(ctx, func() error { return c.logIn(ctx, s.login) }); err != nil {
			c.close()
			return nil, dialError(addr, err, s)
		}
	}
	c.wire.max = maxFrame
	return c, nil
}

// connect opens a connection to something that knows what a broker knows.
func connect(ctx context.Context, addr string, s *settings, d *dialer) (*conn, error) {
	c := &conn{addr: addr, secured: s.tls != nil, log: s.log, throttled: s.throttled, broker: sarama.NewBroker(addr), turn: make(chan struct{}, 1)}
	if err := c.broker.Open(s.sarama(d)); err != nil {
		return nil, err
	}
	connected, err := c.broker.Connected() // waits for sarama to dial
	if d.stop != nil {
		d.stop()
	}
	if !connected {
		return nil, err
	}
	c.wire = d.wire
	c.raw = newRaw(d.wire, s.clientID)
	if c.versions, err = c.askVersions(ctx); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func dialError(addr string, err error, s *settings) *DialError {
	return &DialError{Addr: addr, Err: err, Hint: s.hint(err)}
}

// do sends req once, in the version set on it, and decodes the answer. Error
// codes inside the answer are the caller's business.
func (c *conn) do(ctx context.Context, req kmsg.Request) (kmsg.Response, error) {
	var resp kmsg.Response
	err := c.exchange(ctx, req.Key(), req.GetVersion(), func() error {
		err := c.raw.send(req)
		if err == nil {
			resp, err = c.raw.receive(req)
		}
		if err == nil {
			c.calmDown(throttleOf(resp))
		}
		return err
	})
	return resp, err
}

// typed asks through sarama. The request inside call must be new, and carry a
// version that c.version gave: nobody else looks whether the broker knows it.
func typed[R any](ctx context.Context, c *conn, key kmsg.Key, version int16, call func(*sarama.Broker) (R, error)) (R, error) {
	var resp R
	err := c.exchange(ctx, key.Int16(), version, func() (err error) {
		c.wire.whole = true
		defer func() { c.wire.whole = false }()
		if resp, err = call(c.broker); err == nil {
			c.calmDown(throttleOf(resp))
		}
		return err
	})
	return resp, err
}

// exchange is attempt with an error that names the broker and the request.
func (c *conn) exchange(ctx context.Context, key, version int16, run func() error) error {
	err := c.attempt(ctx, key, version, run)
	if err != nil {
		return fmt.Errorf("%s %s v%d: %w", c.addr, kmsg.NameForKey(key), version, err)
	}
	return nil
}

// attempt waits for its turn and for the end of a throttle, and runs one round
// trip. When the context ends, the connection is closed: there is no other way
// to take back a question.
func (c *conn) attempt(ctx context.Context, key, version int16, run func() error) error {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return notSent(context.Cause(ctx))
	}
	if c.gone.Load() {
		return notSent(fmt.Errorf("%w: it was closed", ErrLost))
	}
	if err := pause(ctx, time.Until(c.calm)); err != nil {
		return notSent(err)
	}
	if c.ending() {
		c.close()
		return notSent(fmt.Errorf("%w: its login runs out", ErrLost))
	}
	defer context.AfterFunc(ctx, c.kill)()
	start := time.Now()
	err := run()
	c.log("%s: %s v%d (%v)", c.addr, kmsg.NameForKey(key), version, time.Since(start).Round(10*time.Microsecond))
	if err == nil {
		return nil
	}
	c.close()
	return failure(ctx, err)
}

// unsentError is a failure from before the first byte was written.
type unsentError struct{ error }

func notSent(err error) error { return &unsentError{err} }

// Unwrap is the failure itself.
func (e *unsentError) Unwrap() error { return e.error }

// failure sorts an error of a round trip: the end of the context, an answer that
// cannot be understood, or else a lost connection.
func failure(ctx context.Context, err error) error {
	var undecodable sarama.PacketDecodingError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrNotKafka), errors.Is(err, errUndecodable):
		return err
	case errors.As(err, &undecodable), errors.Is(err, sarama.ErrInsufficientData):
		return fmt.Errorf("%w: %w", errUndecodable, err)
	}
	return fmt.Errorf("%w: %w", ErrLost, err)
}

// calmDown puts off the next request as long as the broker asked
// (throttle_time_ms). sarama would sleep it out itself, deaf to any context; with
// its own wait over before its next request, it finds nothing left to sleep.
func (c *conn) calmDown(throttle time.Duration) {
	if throttle <= 0 {
		return
	}
	c.log("%s: throttled by the broker for %v", c.addr, throttle)
	c.throttled(c.addr, throttle)
	if until := time.Now().Add(throttle); until.After(c.calm) {
		c.calm = until
	}
}

// kill closes the TCP connection and with it every wait on it.
func (c *conn) kill() {
	c.gone.Store(true)
	_ = c.wire.Close()
}

// close also ends sarama's goroutine.
func (c *conn) close() {
	c.kill()
	_ = c.broker.Close() // closed above, or by the other end
}
