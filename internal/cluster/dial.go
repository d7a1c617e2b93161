package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// dialTimeout bounds how long a TCP connection and its TLS handshake may take.
const dialTimeout = 5 * time.Second

// dialer is what sarama dials with, once. TLS is done here and not by sarama, so
// that the connection kept is the one that requests go over, and that an x509
// error is the dial's error.
type dialer struct {
	ctx  context.Context
	tls  *tls.Config // nil: plaintext
	wire *wire       // set by Dial
	stop func() bool // set by Dial: ends the context's power over the connection
}

// Dial connects, and lets the context end whatever waits on the connection from
// then on, until stop is called: sarama's login knows no context.
func (d *dialer) Dial(network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(d.ctx, dialTimeout)
	defer cancel()
	socket, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, d.plain(ctx, err)
	}
	conn := socket
	if d.tls != nil {
		if conn, err = secure(ctx, socket, d.tls, addr); err != nil {
			socket.Close()
			return nil, d.plain(ctx, err)
		}
	}
	d.stop = context.AfterFunc(d.ctx, func() { socket.Close() })
	d.wire = newWire(conn, socket)
	return d.wire, nil
}

// secure shakes hands. The name to expect is the host of the address: each
// broker's own, not the bootstrap server's.
func secure(ctx context.Context, socket net.Conn, conf *tls.Config, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	conf = conf.Clone()
	conf.ServerName = host
	conn := tls.Client(socket, conf)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS handshake: %w", err)
	}
	return conn, nil
}

// plain cuts what package net says around a cause ("dial tcp 127.0.0.1:1:
// connect: ..."), since the address is said once already.
func (d *dialer) plain(ctx context.Context, err error) error {
	var op *net.OpError
	var call *os.SyscallError
	switch {
	case d.ctx.Err() != nil:
		return context.Cause(d.ctx)
	case ctx.Err() != nil:
		return fmt.Errorf("no connection within %v: %w", dialTimeout, ctx.Err())
	case errors.As(err, &call):
		return call.Err
	case errors.As(err, &op) && op.Op == "dial":
		return op.Err
	}
	return err
}

// hintFor says what the user can do about a connection that failed.
func hintFor(err error, secured bool) string {
	var alien *alienError
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var dns *net.DNSError
	switch {
	case errors.As(err, &alien) && alien.head[0] == 0x15 && alien.head[1] == 3:
		return "the listener speaks TLS: set security.protocol=SSL in --command-config"
	case errors.As(err, &alien) && string(alien.head[:]) == "HTTP":
		return "an HTTP server answers on this port: check host and port"
	case errors.As(err, &record), secured && errors.Is(err, io.EOF):
		return "the listener may not speak TLS: check security.protocol and the port"
	case errors.As(err, &unknown):
		return "name the CA's PEM file in --command-config: ssl.truststore.type=PEM, ssl.truststore.location=FILE"
	case errors.As(err, &name):
		return "the certificate is for other names: use one of them as the server's address"
	case strings.Contains(fmt.Sprint(err), "certificate required"):
		return "the listener asks for a client certificate, which kofs cannot give yet"
	case errors.As(err, &dns):
		return "check the host's name"
	case errors.Is(err, io.EOF):
		return "the listener may expect TLS or a login: check security.protocol in --command-config"
	}
	return ""
}
