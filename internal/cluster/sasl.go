package cluster

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"
)

// Login is a SASL mechanism and the name and password to use with it. It is safe
// to print: the password is not shown.
type Login struct {
	Mechanism string // PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
	Username  string
	password  secret
}

const (
	mechanismPlain = "PLAIN"
	mechanism256   = "SCRAM-SHA-256"
	mechanism512   = "SCRAM-SHA-512"
)

// login is what the sasl.* settings ask for.
func (f settingsFile) login() (*Login, error) {
	switch mechanism := f["sasl.mechanism"]; mechanism {
	case mechanismPlain, mechanism256, mechanism512:
	case "":
		return nil, errors.New("sasl.mechanism is not set, which means GSSAPI: not supported by kofs (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512)")
	default:
		return nil, fmt.Errorf("sasl.mechanism=%s: not supported by kofs (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512)", mechanism)
	}
	text, ok := f["sasl.jaas.config"]
	if !ok {
		return nil, errors.New("sasl.jaas.config is not set: it holds the user name and the password")
	}
	module, err := parseJAAS(text)
	if err == nil {
		err = module.check()
	}
	if err != nil {
		return nil, fmt.Errorf("sasl.jaas.config: %w", err)
	}
	return &Login{
		Mechanism: f["sasl.mechanism"],
		Username:  string(module.options["username"]),
		password:  module.options["password"],
	}, nil
}

const (
	plainModule = "org.apache.kafka.common.security.plain.PlainLoginModule"
	scramModule = "org.apache.kafka.common.security.scram.ScramLoginModule"
)

func (m loginModule) check() error {
	_, named := m.options["username"]
	_, proved := m.options["password"]
	switch {
	case m.class != plainModule && m.class != scramModule:
		return fmt.Errorf("login module %q: not supported by kofs (%s, %s)", m.class, plainModule, scramModule)
	case strings.EqualFold(string(m.options["tokenauth"]), "true"):
		return errors.New("tokenauth=\"true\" (delegation tokens): not supported by kofs")
	case !named:
		return errors.New("it has no username")
	case !proved:
		return errors.New("it has no password")
	}
	return nil
}

// conversation is the client's side of a SASL mechanism: Step takes what the
// server said ("" at first) and gives what to say. Done after the last word.
type conversation interface {
	Step(challenge string) (string, error)
	Done() bool
}

// conversation starts the mechanism from its beginning.
func (l *Login) conversation() (conversation, error) {
	hash := scram.SHA256
	switch l.Mechanism {
	case mechanismPlain:
		return &plainTalk{login: l}, nil
	case mechanism512:
		hash = scram.SHA512
	}
	// Kafka's own clients and brokers do not normalise names and passwords
	// (ScramFormatter.normalize), so SASLprep would change them.
	client, err := hash.NewClientUnprepped(l.Username, string(l.password), "")
	if err != nil {
		return nil, err
	}
	return scramTalk{client.WithMinIterations(minIterations).NewConversation()}, nil
}

// plainTalk is PLAIN (RFC 4616): everything in one word.
type plainTalk struct {
	login *Login
	said  bool
}

// Step says name and password.
func (p *plainTalk) Step(string) (string, error) {
	p.said = true
	return "\x00" + p.login.Username + "\x00" + string(p.login.password), nil
}

// Done reports that they were said.
func (p *plainTalk) Done() bool { return p.said }

// Bounds of the iterations that a SCRAM server may ask for. Kafka's brokers
// store 4096 to 16384 (ScramMechanism); a hostile one could ask for hours of work.
const (
	minIterations = 4096
	maxIterations = 1_000_000
)

// scramTalk is SCRAM (RFC 5802).
type scramTalk struct{ *scram.ClientConversation }

// Step refuses what would take too long to answer.
func (s scramTalk) Step(challenge string) (string, error) {
	if _, count, ok := strings.Cut(challenge, ",i="); ok {
		count, _, _ = strings.Cut(count, ",")
		if n, err := strconv.Atoi(count); err != nil || n > maxIterations {
			return "", fmt.Errorf("the server wants %.20q iterations, more than %d", count, maxIterations)
		}
	}
	return s.ClientConversation.Step(challenge)
}
