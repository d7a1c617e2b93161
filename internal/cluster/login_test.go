package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// guarded is an embedded cluster that wants a login, and counts them. The client
// that seeds it logs in under a name of its own: it opens connections when it likes.
type guarded struct {
	fake
	logins  atomic.Int32 // SaslAuthenticate that names alice: the first of a login
	refuse  atomic.Bool
	message string // with a refusal
}

func startGuarded(t *testing.T, brokers int) *guarded {
	t.Helper()
	opts := []kfake.Opt{kfake.NumBrokers(brokers), kfake.EnableSASL(), kfake.SeedTopics(3, "orders")}
	for _, mechanism := range []string{mechanismPlain, mechanism256, mechanism512} {
		opts = append(opts, kfake.Superuser(mechanism, "alice", "s3cret"))
	}
	opts = append(opts, kfake.Superuser(mechanismPlain, "seeder", "s3cret"))
	c, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.SASL(plain.Auth{User: "seeder", Pass: "s3cret"}.AsMechanism()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	g := &guarded{fake: fake{c, cl, kadm.NewClient(cl)}, message: "Authentication failed: so says the broker"}
	g.produce(t, "orders", 0, 10, 5, 10)
	g.produce(t, "orders", 1, 10, 5, 10)
	g.produce(t, "orders", 2, 10, 5, 10)
	g.watch()
	return g
}

func (g *guarded) watch() {
	g.ControlKey(kmsg.SASLAuthenticate.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		g.KeepControl()
		sent := req.(*kmsg.SASLAuthenticateRequest).SASLAuthBytes
		if bytes.Contains(sent, []byte("alice")) {
			g.logins.Add(1)
		}
		if !g.refuse.Load() || bytes.Contains(sent, []byte("seeder")) {
			return nil, nil, false
		}
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.ErrorCode, resp.ErrorMessage = 58, &g.message
		return resp, nil, true
	})
}

// as logs in; change is applied to the options.
func as(mechanism, user, password string) func(*Options) {
	return func(o *Options) {
		o.Config.Login = &Login{Mechanism: mechanism, Username: user, password: secret(password)}
		o.AllowPlaintextPassword = true
	}
}

func TestLogin(t *testing.T) {
	for _, mechanism := range []string{mechanismPlain, mechanism256, mechanism512} {
		t.Run(mechanism, func(t *testing.T) {
			g := startGuarded(t, 3)
			c := g.dial(t, as(mechanism, "alice", "s3cret"))
			list, err := c.ListGroups(t.Context())
			if err != nil || len(list.Faults) > 0 {
				t.Errorf("%+v, %v", list, err)
			}
			if n := g.logins.Load(); n != 3 {
				t.Errorf("%d logins on 3 brokers", n)
			}
		})
	}
}

func TestAPasswordIsNotSentInTheClear(t *testing.T) {
	g := startGuarded(t, 1)
	o := Options{Servers: g.ListenAddrs(), Config: Config{Login: &Login{Mechanism: mechanismPlain, Username: "alice", password: "s3cret"}}}
	if _, err := Dial(t.Context(), o); !errors.Is(err, ErrPlaintextPassword) {
		t.Errorf("got %v", err)
	}
	if n := g.logins.Load(); n != 0 {
		t.Errorf("%d logins", n)
	}
}

func TestARefusedLoginIsNotTriedOnTheNextServer(t *testing.T) {
	g := startGuarded(t, 3)
	g.refuse.Store(true)
	o := Options{Servers: append([]string{"127.0.0.1:1"}, g.ListenAddrs()...)}
	as(mechanism512, "alice", "wr0ng")(&o)
	_, err := Dial(t.Context(), o)
	var refused *AuthenticationError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), g.message) || strings.Contains(fmt.Sprintf("%+v", err), "wr0ng") {
		t.Errorf("got %v", err)
	}
	if n := g.logins.Load(); n != 1 {
		t.Errorf("%d logins", n)
	}
}

// A password that stops being right while kofs runs: of all the connections that
// are opened from then on, one tries it.
func TestARefusedLoginIsNotTriedOnOtherConnections(t *testing.T) {
	g := startGuarded(t, 3)
	c := g.dial(t, as(mechanism256, "alice", "s3cret"))
	g.logins.Store(0)
	g.refuse.Store(true)
	list, err := c.ListGroups(t.Context())
	if err != nil || len(list.Faults) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	said := list.Faults[0].Fault.Message + list.Faults[1].Fault.Message
	if !strings.Contains(said, g.message) || !strings.Contains(said, "not trying again") {
		t.Errorf("said: %s", said)
	}
	begun := time.Now()
	var ranges []records.Range
	for p := range int32(3) {
		ranges = append(ranges, rangeOf("orders", p, 0, 10))
	}
	r := newReader(ranges)
	if err := c.Fetch(t.Context(), inspect.ReadUncommitted, ranges, r.visit); err != nil {
		t.Fatal(err)
	}
	for _, g := range ranges {
		if !errors.As(r.errs[g.TopicPartition], new(*AuthenticationError)) {
			t.Errorf("%s: %v", g.TopicPartition, r.errs[g.TopicPartition])
		}
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("it took %v to give up", took)
	}
	if n := g.logins.Load(); n != 1 {
		t.Errorf("%d logins", n)
	}
}

func TestAnEndingSessionIsNotUsed(t *testing.T) {
	g := startGuarded(t, 1)
	c := g.dial(t, as(mechanism256, "alice", "s3cret"))
	for range 3 {
		c.seed.live().until = time.Now().Add(-time.Millisecond)
		if _, err := c.Topics(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := g.logins.Load(); n != 4 {
		t.Errorf("%d logins", n)
	}
}

func TestSCRAMServersMayNotAskForTooMuch(t *testing.T) {
	l := &Login{Mechanism: mechanism256, Username: "alice", password: "s3cret"}
	for challenge, want := range map[string]string{
		"i=5000000":              "more than 1000000",
		"i=99999999999999999999": "more than 1000000",
		"i=100":                  "too few iterations",
		"i=4096":                 "",
	} {
		talk, err := l.conversation()
		if err != nil {
			t.Fatal(err)
		}
		first, err := talk.Step("")
		if err != nil {
			t.Fatal(err)
		}
		_, nonce, _ := strings.Cut(first, ",r=")
		_, err = talk.Step("r=" + nonce + "x,s=c2FsdA==," + challenge)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", challenge, err, want)
		}
	}
}

func TestWhatALoginIsToldAboutMechanisms(t *testing.T) {
	g := startGuarded(t, 1)
	o := Options{Servers: g.ListenAddrs()}
	as("SCRAM-SHA-1024", "alice", "s3cret")(&o)
	_, err := Dial(t.Context(), o)
	var dial *DialError
	if !errors.As(err, &dial) || !strings.Contains(err.Error(), "UNSUPPORTED_SASL_MECHANISM") || !strings.Contains(dial.Hint, "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512") {
		t.Errorf("%v, %+v", err, dial)
	}
	_, err = Dial(t.Context(), Options{Servers: g.ListenAddrs()})
	if !errors.As(err, &dial) || !strings.Contains(err.Error(), "asks for a login") || !slices.Contains(strings.Fields(dial.Hint), "security.protocol=SASL_PLAINTEXT") {
		t.Errorf("%v, %+v", err, dial)
	}
}
