package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Secured is one broker with a listener of every kind, each behind a [Proxy], an
// authorizer, and users. What comes in over Addrs (PLAINTEXT) may do everything.
type Secured struct {
	*Kafka
	Certificates *Certificates
	listeners    []Listener
	proxies      map[string]*Proxy
	dir          string
}

// Listener is a door of a broker beside PLAINTEXT.
type Listener struct {
	Name     string // letters only
	Protocol string // SSL, SASL_PLAINTEXT, SASL_SSL
	// Server is the certificate of the listeners with TLS.
	Server func(*Certificates) string
	// Properties of this listener, without "listener.name.<name>.".
	Properties map[string]string
}

// Names of the listeners of a [Secured].
const (
	ListenerTLS       = "TLS"      // a server certificate
	ListenerMutualTLS = "MUTUAL"   // and it wants the client's
	ListenerExpired   = "EXPIRED"  // a server certificate that is out of date
	ListenerStranger  = "STRANGER" // a server certificate for another host
	ListenerSASL      = "SASLTLS"  // PLAIN and SCRAM over TLS
	ListenerClearSASL = "SASLCLEAR"
	ListenerBrief     = "BRIEF" // SCRAM only; sessions end after BriefSession
)

// The times of a [Secured], in milliseconds.
const (
	BriefSession = 5000 // connections.max.reauth.ms of ListenerBrief
	IdleTime     = 3000 // connections.max.idle.ms of all listeners
)

// Users are the names known to a [Secured]: with PLAIN, and with both kinds of
// SCRAM. admin may do everything. The password is that of Password.
func Users() []string {
	return []string{"admin", "slow", "noread", "notopic", "nogroup", "nocommit", "nothing"}
}

// Password is a user's password. It has what a JAAS configuration has to escape.
func Password(user string) string { return user + `"s\ ;=` }

func listeners() []Listener {
	good := func(c *Certificates) string { return c.Server }
	brief := sasl()
	brief["sasl.enabled.mechanisms"] = "SCRAM-SHA-256,SCRAM-SHA-512"
	for _, mechanism := range []string{"scram-sha-256", "scram-sha-512"} {
		brief[mechanism+".connections.max.reauth.ms"] = fmt.Sprint(BriefSession)
	}
	return []Listener{
		{Name: ListenerTLS, Protocol: "SSL", Server: good},
		{Name: ListenerMutualTLS, Protocol: "SSL", Server: good, Properties: map[string]string{"ssl.client.auth": "required"}},
		{Name: ListenerExpired, Protocol: "SSL", Server: func(c *Certificates) string { return c.ExpiredServer }},
		{Name: ListenerStranger, Protocol: "SSL", Server: func(c *Certificates) string { return c.StrangeServer }},
		{Name: ListenerSASL, Protocol: "SASL_SSL", Server: good, Properties: sasl()},
		{Name: ListenerClearSASL, Protocol: "SASL_PLAINTEXT", Properties: sasl()},
		{Name: ListenerBrief, Protocol: "SASL_PLAINTEXT", Properties: brief},
	}
}

// sasl is what a listener for all mechanisms needs.
func sasl() map[string]string {
	plain := "org.apache.kafka.common.security.plain.PlainLoginModule required"
	for _, user := range Users() {
		plain += fmt.Sprintf(" user_%s=%s", user, quoteJAAS(Password(user)))
	}
	const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
	return map[string]string{
		"sasl.enabled.mechanisms":        "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		"plain.sasl.jaas.config":         plain + ";",
		"scram-sha-256.sasl.jaas.config": scram,
		"scram-sha-512.sasl.jaas.config": scram,
	}
}

func quoteJAAS(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// LoginModule is a sasl.jaas.config for a user, as a value for a .properties file.
func LoginModule(mechanism, user, password string) string {
	module := "scram.ScramLoginModule"
	if mechanism == "PLAIN" {
		module = "plain.PlainLoginModule"
	}
	return escapeProperty(fmt.Sprintf("org.apache.kafka.common.security.%s required username=%s password=%s;",
		module, quoteJAAS(user), quoteJAAS(password)))
}

func escapeProperty(value string) string { return strings.ReplaceAll(value, `\`, `\\`) }

// StartSecured starts the broker, in about as long as any other.
func StartSecured(ctx context.Context) (*Secured, error) {
	dir, err := os.MkdirTemp("", "kofs-secured-")
	if err != nil {
		return nil, err
	}
	s := &Secured{listeners: listeners(), dir: dir}
	if s.Certificates, err = newCertificates(filepath.Join(dir, "certificates")); err != nil {
		s.Stop()
		return nil, fmt.Errorf("making certificates: %w", err)
	}
	for range 4 {
		if err = s.start(ctx); err == nil || !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Secured) start(ctx context.Context) error {
	s.closeProxies()
	ports, err := freePorts(len(s.listeners))
	if err != nil {
		return err
	}
	s.proxies = map[string]*Proxy{}
	for i, l := range s.listeners {
		if s.proxies[l.Name], err = StartProxy(fmt.Sprintf("127.0.0.1:%d", ports[i])); err != nil {
			return err
		}
	}
	options := KafkaOptions{Properties: s.properties(ports)}
	for _, user := range Users() {
		for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
			options.Scram = append(options.Scram, fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, user, scramPassword(user)))
		}
	}
	s.Kafka, err = StartKafka(ctx, options)
	return err
}

// scramPassword is the password as StorageTool wants it: in quotes, which it
// takes off without looking at escapes.
func scramPassword(user string) string { return `"` + Password(user) + `"` }

func (s *Secured) properties(ports []int) map[string]string {
	props := map[string]string{
		"authorizer.class.name":   "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"super.users":             "User:ANONYMOUS;User:admin;User:slow;User:CN=admin",
		"connections.max.idle.ms": fmt.Sprint(IdleTime),
	}
	var bound, advertised, protocols []string
	for i, l := range s.listeners {
		bound = append(bound, fmt.Sprintf("%s://127.0.0.1:%d", l.Name, ports[i]))
		advertised = append(advertised, fmt.Sprintf("%s://%s", l.Name, s.proxies[l.Name].Addr()))
		protocols = append(protocols, l.Name+":"+l.Protocol)
		for name, value := range l.properties(s.Certificates) {
			props["listener.name."+strings.ToLower(l.Name)+"."+name] = escapeProperty(value)
		}
	}
	props["listeners"], props["advertised.listeners"] = strings.Join(bound, ","), strings.Join(advertised, ",")
	props["listener.security.protocol.map"] = strings.Join(protocols, ",")
	return props
}

func (l Listener) properties(c *Certificates) map[string]string {
	props := map[string]string{}
	for name, value := range l.Properties {
		props[name] = value
	}
	if l.Server != nil {
		props["ssl.keystore.type"], props["ssl.keystore.location"] = "PEM", l.Server(c)
		props["ssl.truststore.type"], props["ssl.truststore.location"] = "PEM", c.CA
	}
	return props
}

// Door is the proxy in front of a listener, which is also what the broker
// advertises there.
func (s *Secured) Door(listener string) *Proxy { return s.proxies[listener] }

// Stop ends the broker and the proxies.
func (s *Secured) Stop() {
	s.closeProxies()
	if s.Kafka != nil {
		s.Kafka.Stop()
	}
	_ = os.RemoveAll(s.dir)
}

func (s *Secured) closeProxies() {
	for _, p := range s.proxies {
		p.Close()
	}
}
