package kafkatest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Frame is a request on its way to a broker, or the response to it on its way
// back.
type Frame struct {
	Node     int32 // the broker
	Key      int16 // Kafka's API key
	ClientID string
	Response bool
}

// Interceptors stand in front of the brokers of a cluster and see every request
// and every response. A broker that is down looks as it does behind a load
// balancer: connections are taken, and closed at once.
type Interceptors struct {
	mu        sync.Mutex
	listeners []net.Listener
	watch     func(Frame) bool
}

// Intercept puts interceptors in front of the brokers that are started with the
// options: they are what the brokers advertise, to clients and to each other.
func Intercept(o KafkaOptions) (KafkaOptions, *Interceptors) {
	x := &Interceptors{}
	o.Advertise = x.front
	return o, x
}

// Watch has f called with every frame before it goes on; while f runs it is held.
// False drops the frame and closes its connection. Nil lets everything pass.
func (x *Interceptors) Watch(f func(Frame) bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.watch = f
}

// Close closes the ports; connections end with the brokers'.
func (x *Interceptors) Close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, l := range x.listeners {
		_ = l.Close()
	}
}

// Addrs are the host:port addresses to connect to.
func (x *Interceptors) Addrs() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var addrs []string
	for _, l := range x.listeners {
		addrs = append(addrs, l.Addr().String())
	}
	return addrs
}

// front opens a port in front of a broker.
func (x *Interceptors) front(node int32, target string) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("standing in front of node %d: %w", node, err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.listeners = append(x.listeners, l)
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go x.carry(node, client, target)
		}
	}()
	return l.Addr().String(), nil
}

func (x *Interceptors) passes(f Frame) bool {
	x.mu.Lock()
	watch := x.watch
	x.mu.Unlock()
	return watch == nil || watch(f)
}

// intercepted is one connection with the requests that wait for their responses.
type intercepted struct {
	mu      sync.Mutex
	waiting map[uint32]Frame // by correlation ID
}

func (x *Interceptors) carry(node int32, client net.Conn, target string) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	c := &intercepted{waiting: map[uint32]Frame{}}
	go func() {
		_ = frames(client, server, func(body []byte) bool { return x.passes(c.request(node, body)) })
		_ = server.Close()
	}()
	_ = frames(server, client, func(body []byte) bool { return x.passes(c.response(body)) })
	_ = server.Close()
}

// request reads a request's header: key, version, correlation ID, client ID.
func (c *intercepted) request(node int32, body []byte) Frame {
	f := Frame{Node: node}
	if len(body) < 10 {
		return f
	}
	f.Key = int16(binary.BigEndian.Uint16(body))
	if n := int(int16(binary.BigEndian.Uint16(body[8:]))); n > 0 && len(body) >= 10+n {
		f.ClientID = string(body[10 : 10+n])
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting[binary.BigEndian.Uint32(body[4:])] = f
	return f
}

func (c *intercepted) response(body []byte) Frame {
	if len(body) < 4 {
		return Frame{Response: true}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	id := binary.BigEndian.Uint32(body)
	f := c.waiting[id]
	delete(c.waiting, id)
	f.Response = true
	return f
}

var errDropped = errors.New("dropped")

// frames carries frames from one side to the other, those that may pass.
func frames(from io.Reader, to io.Writer, passes func([]byte) bool) error {
	in := bufio.NewReader(from)
	for {
		size := make([]byte, 4)
		if _, err := io.ReadFull(in, size); err != nil {
			return err
		}
		body := make([]byte, binary.BigEndian.Uint32(size))
		if _, err := io.ReadFull(in, body); err != nil {
			return err
		}
		if !passes(body) {
			return errDropped
		}
		if _, err := to.Write(append(size, body...)); err != nil {
			return err
		}
	}
}
