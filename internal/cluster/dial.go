package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
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

	asked bool // the server, itself found good, wants a client certificate
	given bool // and it was given one
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
		if conn, err = d.secure(ctx, socket, addr); err != nil {
			socket.Close()
			return nil, d.plain(ctx, err)
		}
	}
	d.wire = newWire(conn, socket)
	d.stop = context.AfterFunc(d.ctx, func() { _ = d.wire.Close() })
	return d.wire, nil
}

// secure shakes hands. The name to expect is the host of the address: each
// broker's own, not the bootstrap server's.
func (d *dialer) secure(ctx context.Context, socket net.Conn, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	conf := d.tls.Clone()
	conf.ServerName = host
	conf.GetClientCertificate = d.clientCertificate
	conn := tls.Client(socket, conf)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS handshake: %w", err)
	}
	return conn, nil
}

// clientCertificate is called when the server asks for one. The one there is is
// given also when the server names other CAs: its refusal says more than none.
func (d *dialer) clientCertificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	d.asked, d.given = true, len(d.tls.Certificates) > 0
	if !d.given {
		return new(tls.Certificate), nil
	}
	return &d.tls.Certificates[0], nil
}

// diagnose recognises a client certificate that was missing or refused. With TLS
// 1.3 the handshake is over by then: the first answer is an alert or, where that
// is lost on the way, the end of the connection.
func (d *dialer) diagnose(err error) error {
	var op *net.OpError
	alert := errors.As(err, &op) && op.Op == "remote error"
	hungUp := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	switch {
	case !d.asked || !alert && !hungUp:
		return err
	case !d.given:
		return &AuthenticationError{Doing: "the listener asks for a client certificate", Err: err,
			Hint: "name a PEM file with key and certificate in --command-config: ssl.keystore.type=PEM, ssl.keystore.location=FILE"}
	case alert:
		return &AuthenticationError{Doing: "giving the client certificate " + subject(d.tls.Certificates[0]), Err: err,
			Hint: "the broker refused the certificate of ssl.keystore: is it expired, or of a CA that the broker does not trust?"}
	}
	return err
}

func subject(cert tls.Certificate) string { return strconv.Quote(cert.Leaf.Subject.String()) }

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
