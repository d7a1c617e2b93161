package kafkatest

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"sync"
)

// Proxy stands in front of a listener and counts who comes.
type Proxy struct {
	target   string
	listener net.Listener

	mu       sync.Mutex
	accepted int
	logins   int
	open     map[net.Conn]bool
}

// StartProxy opens a port that leads to target, which need not be there yet.
func StartProxy(target string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{target: target, listener: l, open: map[net.Conn]bool{}}
	go p.serve()
	return p, nil
}

// Addr is host:port to connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Accepted is how many connections there have been.
func (p *Proxy) Accepted() int { return p.count(func() int { return p.accepted }) }

// Logins is how many logins have begun (SaslHandshake), as far as they could be
// read: not under TLS.
func (p *Proxy) Logins() int { return p.count(func() int { return p.logins }) }

// Open is how many connections are open on both sides.
func (p *Proxy) Open() int { return p.count(func() int { return len(p.open) }) }

func (p *Proxy) count(f func() int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return f()
}

// Close closes the port and every connection.
func (p *Proxy) Close() {
	_ = p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		_ = c.Close()
	}
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.accepted++
		p.open[client] = true
		p.mu.Unlock()
		go p.carry(client)
	}
}

// carry ends both connections when either side ends its own.
func (p *Proxy) carry(client net.Conn) {
	defer func() {
		_ = client.Close()
		p.mu.Lock()
		delete(p.open, client)
		p.mu.Unlock()
	}()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(server, io.TeeReader(client, p.watch()))
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
	_ = server.Close()
}

// watch counts the logins in what is written to it.
func (p *Proxy) watch() io.Writer {
	read, write := io.Pipe()
	go func() {
		defer func() { _, _ = io.Copy(io.Discard, read) }()
		for in := bufio.NewReader(read); ; {
			head, err := in.Peek(6)
			if err != nil || head[0] != 0 { // TLS begins with 0x16
				break
			}
			if binary.BigEndian.Uint16(head[4:]) == saslHandshakeKey {
				p.count(func() int { p.logins++; return p.logins })
			}
			if _, err := in.Discard(4 + int(binary.BigEndian.Uint32(head))); err != nil {
				break
			}
		}
	}()
	return write
}

const saslHandshakeKey = 17
