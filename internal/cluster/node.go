package cluster

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"

	"github.com/kofs/kofs/inspect"
)

// node is one address and the connections to it: one for questions and commits,
// and idle ones that have been used for fetching.
type node struct {
	addr     string
	id       *int32 // the broker advertised there; nil for a bootstrap server
	settings *settings

	opening chan struct{} // holds a token while somebody opens the connection

	mu     sync.Mutex
	conn   *conn
	idle   []*conn // for fetching, nothing in flight
	closed bool
}

func newNode(addr string, id *int32, s *settings) *node {
	return &node{addr: addr, id: id, settings: s, opening: make(chan struct{}, 1)}
}

func hostPort(b inspect.Broker) string {
	return net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
}

// live is the connection for questions, nil when there is none at the moment.
func (n *node) live() *conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conn != nil && n.conn.gone.Load() {
		n.conn = nil
	}
	return n.conn
}

// connect is the connection for questions, opened if need be.
func (n *node) connect(ctx context.Context) (*conn, error) {
	if c := n.live(); c != nil {
		return c, nil
	}
	select {
	case n.opening <- struct{}{}:
		defer func() { <-n.opening }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if c := n.live(); c != nil { // somebody else was faster
		return c, nil
	}
	c, err := n.open(ctx)
	if err != nil {
		return nil, err
	}
	return c, n.keep(func() { n.conn = c }, c)
}

// open opens another connection to the address.
func (n *node) open(ctx context.Context) (*conn, error) {
	c, err := open(ctx, n.addr, n.settings)
	var dial *DialError
	if errors.As(err, &dial) && n.id != nil {
		var dns *net.DNSError
		dial.Node = n.id
		if errors.As(err, new(*AuthenticationError)) {
			return nil, err
		}
		if dial.Hint == "" || errors.As(err, &dns) {
			dial.Hint = "the broker is down, or its advertised.listeners are wrong"
		}
	}
	return c, err
}

// keep stores a connection, unless the node was closed meanwhile.
func (n *node) keep(store func(), c *conn) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		c.close()
		return errClosed
	}
	store()
	return nil
}

var errClosed = errors.New("the cluster was closed")

// borrow is a connection for fetching that nobody else uses; fresh says that it
// was opened for this.
func (n *node) borrow(ctx context.Context) (c *conn, fresh bool, err error) {
	if c := n.idling(); c != nil {
		return c, false, nil
	}
	c, err = n.open(ctx)
	return c, true, err
}

// idling takes one of the idle connections, nil when there is none. One whose
// login runs out is closed.
func (n *node) idling() *conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	for last := len(n.idle) - 1; last >= 0; last-- {
		c := n.idle[last]
		n.idle = n.idle[:last]
		if !c.ending() {
			return c
		}
		c.close()
	}
	return nil
}

// giveBack takes a connection with nothing in flight.
func (n *node) giveBack(c *conn) {
	full := false
	err := n.keep(func() {
		if full = len(n.idle) >= fetchConns; !full {
			n.idle = append(n.idle, c)
		}
	}, c)
	if full && err == nil {
		c.close()
	}
}

func (n *node) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for _, c := range append(n.idle, n.conn) {
		if c != nil {
			c.close()
		}
	}
	n.idle, n.conn = nil, nil
}

// ask puts a question to a node; a second time, on a fresh connection, if the
// first was lost before the answer came. Brokers cut idle connections, and what
// is asked next then gets an EOF.
func ask[R any](ctx context.Context, n *node, question func(context.Context, *conn) (R, error)) (R, error) {
	var answer R
	var err error
	for range 2 {
		var c *conn
		if c, err = n.connect(ctx); err != nil {
			return answer, err
		}
		answer, err = question(ctx, c)
		if !errors.Is(err, ErrLost) || ctx.Err() != nil {
			break
		}
	}
	return answer, err
}

// together runs f for every item at the same time, and waits for all.
func together[T any](items []T, f func(T)) {
	if len(items) == 1 {
		f(items[0])
		return
	}
	var all sync.WaitGroup
	for _, item := range items {
		all.Go(func() { f(item) })
	}
	all.Wait()
}
