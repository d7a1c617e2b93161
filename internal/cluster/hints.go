package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// hint says what the user can do about a connection that failed.
func (s *settings) hint(err error) string {
	var refused *AuthenticationError
	var alien *alienError
	var dns *net.DNSError
	switch {
	case errors.As(err, &refused):
		return refused.Hint
	case errors.As(err, &alien) && alien.head[0] == 0x15 && alien.head[1] == 3:
		return "the listener speaks TLS: " + s.protocol(true)
	case errors.As(err, &alien) && string(alien.head[:]) == "HTTP":
		return "an HTTP server answers on this port: check host and port"
	case errors.As(err, &dns):
		return "check the host's name"
	case s.tls != nil:
		return s.tlsHint(err)
	case errors.Is(err, io.EOF):
		return "the listener may expect TLS or a login: check security.protocol in --command-config"
	}
	return ""
}

// tlsHint is about handshakes.
func (s *settings) tlsHint(err error) string {
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return "name the CA's PEM file in --command-config: ssl.truststore.type=PEM, ssl.truststore.location=FILE"
	case errors.As(err, &name):
		return "the certificate is for other names: use one of them as the server's address"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the server's certificate has to be renewed, or this machine's clock is wrong"
	case errors.As(err, &record), errors.Is(err, io.EOF):
		return "the listener may not speak TLS: check the port, or " + s.protocol(false)
	}
	return ""
}

// protocol is the advice to use TLS, or not.
func (s *settings) protocol(secured bool) string {
	name := "PLAINTEXT"
	if secured {
		name = "SSL"
	}
	if s.login != nil {
		name = "SASL_" + name
	}
	return "set security.protocol=" + name + " in --command-config"
}

// wantsLogin asks a broker that hung up on a client without a login whether it
// is for want of one: SaslHandshake is answered before any login, and holds no
// secret. The error is nil where that is not so, or cannot be found out.
func wantsLogin(ctx context.Context, addr string, s *settings) error {
	c, err := connect(ctx, addr, s, &dialer{ctx: ctx, tls: s.tls})
	if err != nil {
		return nil
	}
	defer c.close()
	_, offered, err := c.handshake(ctx, "none")
	if err != nil || len(offered) == 0 {
		return nil
	}
	with := settings{tls: s.tls, login: &Login{}}
	hint := with.protocol(s.tls != nil) + fmt.Sprintf(", with sasl.mechanism (the listener offers %s) and sasl.jaas.config", strings.Join(offered, ", "))
	refused := &AuthenticationError{Doing: "the listener asks for a login", Hint: hint, Err: ErrLost}
	return &DialError{Addr: addr, Hint: hint, Err: refused}
}
