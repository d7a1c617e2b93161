package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/reset"
)

// A Cluster is asked through these interfaces.
var (
	_ inspect.Source         = (*Cluster)(nil)
	_ inspect.ProducerSource = (*Cluster)(nil)
	_ inspect.ConfigSource   = (*Cluster)(nil)
	_ records.GatedFetcher   = (*Cluster)(nil)
	_ reset.Committer        = (*Cluster)(nil)
)

// DefaultTimeout is used where Options name none.
const DefaultTimeout = 30 * time.Second

// Options say how to reach a cluster.
type Options struct {
	// Servers are tried in this order, host:port each (see [ParseServers]); those
	// of Config are used when there are none.
	Servers []string
	Config  Config
	// AllowPlaintextPassword lets a password be sent unencrypted; see [ErrPlaintextPassword].
	AllowPlaintextPassword bool
	// Timeout bounds Dial, and each question and commit afresh; for Fetch it is
	// the longest silence. [DefaultTimeout] when 0.
	Timeout time.Duration
	// Log is given one line for each request sent, and for each throttle. It may
	// be called concurrently; nil: nothing is logged.
	Log func(format string, args ...any)
	// Throttled is told each time that a broker asks for quiet, at the beginning. It
	// must be cheap, and may be called concurrently; nil: nobody is told.
	Throttled func(Throttle)
}

// Throttle is a broker that asks for quiet because a quota was exceeded (KIP-219).
// The next request on the connection waits so long.
type Throttle struct {
	Node *int32 // its ID; nil for a bootstrap server that no broker is advertised as
	Addr string // host:port
	For  time.Duration
}

// Cluster is a connection to a cluster: one connection to each broker that has
// been asked something, opened when first needed and kept. Its methods may be
// called concurrently; requests to one broker then take turns.
type Cluster struct {
	settings settings
	timeout  time.Duration
	server   string // the bootstrap server that answered
	seed     *node  // its connection; a broker's too, where advertised by the same name

	mu           sync.Mutex
	id           string
	brokers      []inspect.Broker // as last heard, by ID
	nodes        map[int32]*node
	topics       map[string]topicMeta // as last heard
	coordinators map[string]int32     // of groups, as last heard
}

// Dial finds the cluster: the bootstrap servers are tried one after another,
// until one lists the cluster's brokers. A server that takes the connection and
// then keeps silent costs its share of the timeout. The error names every server
// and what was wrong with it; [errors.As] finds a [DialError] in it. A refused
// login ends the search at once, and is the error ([AuthenticationError]).
func Dial(ctx context.Context, o Options) (*Cluster, error) {
	if len(o.Servers) == 0 {
		o.Servers = o.Config.Servers
	}
	if len(o.Servers) == 0 {
		return nil, errors.New("no bootstrap server is given")
	}
	if o.Config.BaresPassword() && !o.AllowPlaintextPassword {
		return nil, ErrPlaintextPassword
	}
	c := newCluster(o)
	ctx, cancel := c.phase(ctx)
	defer cancel()
	var failed bootstrapError
	for i, server := range o.Servers {
		err := c.bootstrap(ctx, server, len(o.Servers)-i)
		if err == nil {
			return c, nil
		}
		if errors.As(err, new(*AuthenticationError)) {
			return nil, err
		}
		failed = append(failed, err)
	}
	if len(failed) == 1 {
		return nil, failed[0]
	}
	return nil, failed
}

func newCluster(o Options) *Cluster {
	c := &Cluster{
		settings:     settings{clientID: o.Config.ClientID, tls: o.Config.TLS, login: o.Config.Login, gate: newGate(), log: o.Log},
		timeout:      o.Timeout,
		nodes:        map[int32]*node{},
		topics:       map[string]topicMeta{},
		coordinators: map[string]int32{},
	}
	if c.timeout <= 0 {
		c.timeout = DefaultTimeout
	}
	if c.settings.clientID == "" {
		c.settings.clientID = "kofs"
	}
	if c.settings.log == nil {
		c.settings.log = func(string, ...any) {}
	}
	c.settings.throttled = func(addr string, d time.Duration) {
		if o.Throttled != nil {
			o.Throttled(Throttle{Node: c.idOf(addr), Addr: addr, For: d})
		}
	}
	return c
}

// idOf is the ID of the broker that is advertised at the address; nil if none is.
func (c *Cluster) idOf(addr string) *int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.brokers {
		if hostPort(b) == addr {
			return &b.NodeID
		}
	}
	return nil
}

// bootstrap tries one server, with its share of what time is left.
func (c *Cluster) bootstrap(ctx context.Context, server string, remaining int) error {
	if deadline, ok := ctx.Deadline(); ok && remaining > 1 {
		share := time.Until(deadline) / time.Duration(remaining)
		var cancel context.CancelFunc
		ctx, cancel = withTimeout(ctx, share)
		defer cancel()
	}
	c.server, c.seed = server, newNode(server, nil, &c.settings)
	if err := c.discover(ctx); err != nil {
		c.seed.close()
		if refused := c.wantsLogin(ctx, err); refused != nil {
			return refused
		}
		return err
	}
	return nil
}

// wantsLogin looks into a connection that was lost as soon as something was asked.
func (c *Cluster) wantsLogin(ctx context.Context, err error) error {
	if c.settings.login != nil || !errors.Is(err, ErrLost) || errors.As(err, new(*DialError)) {
		return nil
	}
	return wantsLogin(ctx, c.server, &c.settings)
}

// phase is the context of one question.
func (c *Cluster) phase(ctx context.Context) (context.Context, context.CancelFunc) {
	return withTimeout(ctx, c.timeout)
}

func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	cause := fmt.Errorf("no answer within %v: %w", d.Round(time.Millisecond), context.DeadlineExceeded)
	return context.WithTimeoutCause(ctx, d, cause)
}

// Close closes every connection. Questions under way end with an error.
func (c *Cluster) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seed.close()
	for _, n := range c.nodes {
		n.close()
	}
	return nil
}

// Cluster says which cluster this is and which brokers it has, as known since
// [Dial] or since the last look-up of a leader; it asks nothing.
func (c *Cluster) Cluster(context.Context) (inspect.Cluster, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return inspect.Cluster{ID: c.id, Server: c.server, Brokers: slices.Clone(c.brokers)}, nil
}

// node finds a broker by its ID, as last advertised.
func (c *Cluster) node(id int32) (*node, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, ok := c.nodes[id]
	return n, ok
}

// meet takes note of an advertised broker. A broker advertised by the name of
// the bootstrap server shares its connection; one that moved to another address
// loses the connection to the old one.
func (c *Cluster) meet(b inspect.Broker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	addr := hostPort(b)
	if old, ok := c.nodes[b.NodeID]; ok {
		if old.addr == addr {
			return
		}
		if old != c.seed {
			old.close()
		}
	}
	if addr == c.seed.addr {
		c.nodes[b.NodeID] = c.seed
		return
	}
	c.nodes[b.NodeID] = newNode(addr, &b.NodeID, &c.settings)
}

// anybody lists the nodes that may be asked what every broker knows: the
// bootstrap server first, then the others.
func (c *Cluster) anybody() []*node {
	c.mu.Lock()
	defer c.mu.Unlock()
	nodes := []*node{c.seed}
	for _, b := range c.brokers {
		if n := c.nodes[b.NodeID]; n != c.seed && n != nil {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// askAnybody puts a question to one broker after another until one answers. The
// error is that of the first, which the user named.
func askAnybody[R any](ctx context.Context, c *Cluster, question func(context.Context, *conn) (R, error)) (R, error) {
	var first error
	for _, n := range c.anybody() {
		answer, err := ask(ctx, n, question)
		if err == nil || ctx.Err() != nil {
			return answer, err
		}
		if first == nil {
			first = err
		}
	}
	var none R
	return none, first
}
