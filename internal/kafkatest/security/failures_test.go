//go:build integration

package security

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// failing is a way to connect that must not work.
type failing struct {
	listener string // "" for the one without any security
	config   []string
	exit     int
	says     []string // on stderr
	attempts int      // connections, 0 where that does not matter
}

func failures() map[string]failing {
	const (
		tls, mutual = kafkatest.ListenerTLS, kafkatest.ListenerMutualTLS
		sasl, clear = kafkatest.ListenerSASL, kafkatest.ListenerClearSASL
	)
	wrong := func(mechanism string) []string { return loginAs(mechanism, "admin", "wr0ng") }
	right := loginAs("SCRAM-SHA-256", "admin", kafkatest.Password("admin"))
	certs := shared.Certificates
	client := func(file string) []string {
		return slices.Concat(trust(), []string{"security.protocol=SSL", "ssl.keystore.type=PEM", "ssl.keystore.location=" + file})
	}
	return map[string]failing{
		"wrong password, PLAIN over TLS": {sasl, slices.Concat(trust(), wrong("PLAIN"), []string{"security.protocol=SASL_SSL"}), 1,
			[]string{`logging in as "admin" with PLAIN: SASL_AUTHENTICATION_FAILED: Authentication failed: Invalid username or password`, "hint: check user name and password"}, 1},
		"wrong password, SCRAM over TLS": {sasl, slices.Concat(trust(), wrong("SCRAM-SHA-512"), []string{"security.protocol=SASL_SSL"}), 1,
			[]string{"invalid credentials with SASL mechanism SCRAM-SHA-512"}, 1},
		"wrong password, SCRAM": {clear, append(wrong("SCRAM-SHA-256"), "security.protocol=SASL_PLAINTEXT"), 1,
			[]string{"SASL_AUTHENTICATION_FAILED", "invalid credentials with SASL mechanism SCRAM-SHA-256"}, 1},
		"unknown user": {clear, append(loginAs("SCRAM-SHA-256", "nobody", "x"), "security.protocol=SASL_PLAINTEXT"), 1,
			[]string{`logging in as "nobody"`, "SASL_AUTHENTICATION_FAILED"}, 1},
		"wrong CA": {tls, []string{"security.protocol=SSL", "ssl.truststore.type=PEM", "ssl.truststore.location=" + certs.OtherCA}, 1,
			[]string{"x509: certificate signed by unknown authority", "hint: name the CA's PEM file"}, 1},
		"expired certificate": {kafkatest.ListenerExpired, append(trust(), "security.protocol=SSL"), 1,
			[]string{"x509: certificate has expired", "hint: the server's certificate has to be renewed"}, 1},
		"wrong host name": {kafkatest.ListenerStranger, append(trust(), "security.protocol=SSL"), 1,
			[]string{"x509: cannot validate certificate for 127.0.0.1", "hint: the certificate is for other names"}, 1},
		"no client certificate": {mutual, append(trust(), "security.protocol=SSL"), 1,
			[]string{"the listener asks for a client certificate", "hint: name a PEM file with key and certificate"}, 1},
		"client certificate of another CA": {mutual, client(certs.StrangeClient), 1,
			[]string{`giving the client certificate "CN=admin"`, "hint: the broker refused the certificate"}, 1},
		"expired client certificate": {mutual, client(certs.ExpiredClient), 1,
			[]string{`giving the client certificate "CN=admin"`, "hint: the broker refused the certificate"}, 1},
		"TLS on a plaintext listener": {"", append(trust(), "security.protocol=SSL"), 1,
			[]string{"TLS handshake", "hint: the listener may not speak TLS: check the port, or set security.protocol=PLAINTEXT"}, 0},
		"SASL_SSL on a SASL_PLAINTEXT listener": {clear, slices.Concat(trust(), right, []string{"security.protocol=SASL_SSL"}), 1,
			[]string{"TLS handshake", "set security.protocol=SASL_PLAINTEXT"}, 1},
		"plaintext on a TLS listener": {tls, nil, 1,
			[]string{"not a Kafka broker", "hint: the listener speaks TLS: set security.protocol=SSL"}, 1},
		"SASL_PLAINTEXT on a SASL_SSL listener": {sasl, append(right, "security.protocol=SASL_PLAINTEXT"), 1,
			[]string{"not a Kafka broker", "set security.protocol=SASL_SSL"}, 1},
		"a login where none is wanted": {tls, slices.Concat(trust(), right, []string{"security.protocol=SASL_SSL"}), 1,
			[]string{"ILLEGAL_SASL_STATE", "hint: the listener takes no login: set security.protocol=SSL"}, 1},
		"no login where one is wanted": {clear, nil, 1,
			[]string{"the listener asks for a login", "set security.protocol=SASL_PLAINTEXT", "the listener offers PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"}, 0},
		"no login over TLS": {sasl, append(trust(), "security.protocol=SSL"), 1,
			[]string{"the listener asks for a login", "set security.protocol=SASL_SSL"}, 0},
		"a mechanism that is switched off": {kafkatest.ListenerBrief, append(loginAs("PLAIN", "admin", "x"), "security.protocol=SASL_PLAINTEXT"), 1,
			[]string{"UNSUPPORTED_SASL_MECHANISM", "hint: the listener offers SCRAM-SHA-256, SCRAM-SHA-512: set sasl.mechanism"}, 1},
		"a mechanism that kofs does not have": {clear, []string{"security.protocol=SASL_PLAINTEXT", "sasl.mechanism=OAUTHBEARER"}, 2,
			[]string{"sasl.mechanism=OAUTHBEARER: not supported by kofs"}, -1},
		"a password for everybody to read": {clear, append(loginAs("PLAIN", "admin", "wr0ng"), "security.protocol=SASL_PLAINTEXT"), 2,
			[]string{"sends the password unencrypted", "--allow-plaintext-password"}, -1},
	}
}

// One attempt, a clear line in under five seconds, and never the password.
func TestFailuresAreSaidClearlyAndOnce(t *testing.T) {
	for name, f := range failures() {
		t.Run(name, func(t *testing.T) {
			door, err := kafkatest.StartProxy(shared.target(f.listener))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(door.Close)
			args := []string{"lag", "billing", "--command-config", config(t, f.config...)}
			if f.exit != 2 {
				args = append(args, "--allow-plaintext-password")
			}
			ran := run(t, door.Addr(), args...)
			ran.check(t, f.exit, f.says...)
			if want := max(0, f.attempts); f.attempts != 0 && door.Accepted() != want {
				t.Errorf("%d connections, want %d", door.Accepted(), want)
			}
			t.Logf("%s", ran.Stderr)
		})
	}
}

// target is where a listener's proxy leads to; "" is the listener without security.
func (b bed) target(listener string) string {
	if listener == "" {
		return b.Addrs()[0]
	}
	return b.Door(listener).Addr()
}

// A wrong password is tried once by every command, however many servers it may
// start from.
func TestAWrongPasswordIsTriedOnce(t *testing.T) {
	var doors []*kafkatest.Proxy
	var servers []string
	for range 3 {
		door, err := kafkatest.StartProxy(shared.target(kafkatest.ListenerClearSASL))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(door.Close)
		doors, servers = append(doors, door), append(servers, door.Addr())
	}
	logins := func() (n int) {
		for _, d := range doors {
			n += d.Logins()
		}
		return n
	}
	file := config(t, append(loginAs("SCRAM-SHA-256", "admin", "wr0ng"), "security.protocol=SASL_PLAINTEXT")...)
	for _, command := range []string{
		"groups", "groups --lag", "inspect billing", "lag --all-groups", "lag billing",
		"reset billing --topic orders --to-earliest", "reset billing --topic orders --to-earliest --execute --yes",
		"records billing --topic orders --to-earliest", "records --topic orders:0 --from-offset 0 --until-offset 9",
	} {
		t.Run(command, func(t *testing.T) {
			before := logins()
			ran := run(t, strings.Join(servers, ","), append(strings.Fields(command), "--command-config", file, "-o", "json")...)
			ran.check(t, 1, `"reason":"authentication"`, `"name":"SASL_AUTHENTICATION_FAILED"`, "invalid credentials with SASL mechanism SCRAM-SHA-256")
			if n := logins() - before; n != 1 {
				t.Errorf("%d logins", n)
			}
		})
	}
}

// outcome is a run of kofs with the time it took.
type outcome struct {
	kafkatest.Ran
	took time.Duration
}

func run(t *testing.T, server string, args ...string) outcome {
	t.Helper()
	begun := time.Now()
	ran, err := shared.kofs.At(server).Run(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return outcome{ran, time.Since(begun)}
}

func (o outcome) check(t *testing.T, exit int, says ...string) {
	t.Helper()
	if o.Exit != exit {
		t.Errorf("exit %d, want %d: %s", o.Exit, exit, o)
	}
	for _, want := range says {
		if !strings.Contains(o.Stderr, want) {
			t.Errorf("does not say %q: %s", want, o)
		}
	}
	if o.took > 5*time.Second {
		t.Errorf("took %v: %s", o.took, o)
	}
	for _, secret := range []string{"wr0ng", kafkatest.Password("admin")} {
		if strings.Contains(o.Stdout+o.Stderr, secret) {
			t.Errorf("shows a password: %s", o)
		}
	}
}
