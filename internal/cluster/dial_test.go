package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// listen serves every connection with f.
func listen(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			go f(c)
		}
	}()
	return l.Addr().String()
}

func answering(answer string) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := c.Read(make([]byte, 4096)); err == nil {
			io.WriteString(c, answer)
		}
	}
}

func TestDialOddities(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	zeros := strings.Repeat("\x00", 1<<16)
	for name, test := range map[string]struct {
		server string
		is     error
		text   string
		hint   string
	}{
		"nothing listens":             {"127.0.0.1:1", nil, "connecting to 127.0.0.1:1: connection refused", ""},
		"no such host":                {"nosuch.invalid:9092", nil, "connecting to nosuch.invalid:9092: lookup nosuch.invalid", "name"},
		"a web server":                {web.Listener.Addr().String(), ErrNotKafka, `not a Kafka broker: answer starts with "HTTP"`, "HTTP"},
		"a port that sends zeros":     {listen(t, answering(zeros)), ErrNotKafka, `\x00\x00\x00\x00`, ""},
		"random bytes":                {listen(t, answering("\x8a\x91\x03\xfe\x77\x10\x9c")), ErrNotKafka, `answer starts with`, ""},
		"a huge length":               {listen(t, answering("\x7f\xff\xff\xff")), ErrNotKafka, `answer starts with "\x7f`, ""},
		"a length of 40 MB":           {listen(t, answering("\x02\x80\x00\x00")), ErrNotKafka, `answer starts with`, ""},
		"another correlation ID":      {listen(t, answering("\x00\x00\x00\x06abcdef")), errUndecodable, "number", ""},
		"an answer of the wrong form": {listen(t, answering("\x00\x00\x00\x08\x00\x00\x00\x0a\x00\x00\x7f\x7f")), ErrNotKafka, "", ""},
		"a TLS alert":                 {listen(t, answering("\x15\x03\x03\x00\x02\x02\x46")), ErrNotKafka, "", "security.protocol=SSL"},
		"closes at once":              {listen(t, func(c net.Conn) { c.Close() }), ErrLost, "", ""},
		"closes after the request":    {listen(t, func(c net.Conn) { c.Read(make([]byte, 4096)); c.Close() }), ErrLost, "EOF", "login"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Dial(t.Context(), Options{Servers: []string{test.server}, Timeout: 5 * time.Second})
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			var dial *DialError
			if !errors.As(err, &dial) {
				t.Fatalf("%v is no DialError", err)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%v is not %v", err, test.is)
			}
			if !strings.Contains(err.Error(), test.text) {
				t.Errorf("%q does not say %q", err, test.text)
			}
			if !strings.Contains(dial.Hint, test.hint) {
				t.Errorf("hint %q does not say %q", dial.Hint, test.hint)
			}
			if took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
				t.Errorf("allocated %d bytes", used)
			}
		})
	}
}

func TestDialSilentPortEndsAtTheTimeout(t *testing.T) {
	silent := listen(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	start := time.Now()
	_, err := Dial(t.Context(), Options{Servers: []string{silent}, Timeout: 300 * time.Millisecond})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err = Dial(ctx, Options{Servers: []string{silent}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestDialTriesTheServersInTurn(t *testing.T) {
	f := startFake(t)
	silent := listen(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	servers := []string{"127.0.0.1:1", silent, f.ListenAddrs()[0]}
	c, err := Dial(t.Context(), Options{Servers: servers, Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got, _ := c.Cluster(t.Context()); got.Server != servers[2] || len(got.Brokers) != 1 || got.ID == "" {
		t.Errorf("%+v", got)
	}
	_, err = Dial(t.Context(), Options{Servers: []string{"127.0.0.1:1", "nosuch.invalid:9092"}})
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || !strings.Contains(err.Error(), "nosuch.invalid") {
		t.Errorf("not every server is named: %v", err)
	}
}

func TestDialUsesOneConnectionForBootstrapAndBroker(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	c := f.dial(t)
	if _, err := c.Topics(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if n, ok := c.node(0); !ok || n != c.seed {
		t.Error("the broker does not share the bootstrap connection")
	}
}

func TestNoGoroutineIsLeft(t *testing.T) {
	f := startFake(t)
	before := runtime.NumGoroutine()
	for range 5 {
		c, err := Dial(t.Context(), Options{Servers: f.ListenAddrs()})
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := kafkatest.Await(ctx, 20*time.Millisecond, "goroutines to end", func() (bool, error) { return runtime.NumGoroutine() <= before, nil })
	if err != nil {
		t.Errorf("%d goroutines, %d before: %v", runtime.NumGoroutine(), before, err)
	}
}

// authority is a CA with a server certificate for 127.0.0.1.
func authority(t *testing.T) (caFile string, server *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kofs test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(caFile, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return caFile, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func TestTLS(t *testing.T) {
	caFile, server := authority(t)
	secured, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(server))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(secured.Close)
	addr := secured.ListenAddrs()[0]
	_, port, _ := net.SplitHostPort(addr)
	byName := "localhost:" + port
	plain := startFake(t).ListenAddrs()[0]
	closing := listen(t, func(c net.Conn) { c.Read(make([]byte, 4096)); c.Close() })
	trust := "security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=" + caFile + "\n"
	for name, test := range map[string]struct {
		server, config string
		text, hint     string // text "" for success
	}{
		"trusted CA, right name":           {byName, trust, "", ""},
		"trusted CA, wrong name":           {addr, trust, "x509", "certificate is for other names"},
		"wrong name, not checked":          {addr, trust + "ssl.endpoint.identification.algorithm=\n", "", ""},
		"unknown CA, name not checked":     {addr, "security.protocol=SSL\nssl.endpoint.identification.algorithm=\n", "x509", "CA"},
		"unknown CA":                       {byName, "security.protocol=SSL\n", "x509: certificate signed by unknown authority", "CA"},
		"TLS against plaintext, HTTP":      {listen(t, answering("HTTP/1.1 400")), trust, "does not look like a TLS handshake", "may not speak TLS"},
		"TLS against a port that hangs up": {closing, trust, "EOF", "may not speak TLS"},
		"plaintext against TLS":            {addr, "", "EOF", "TLS or a login"},
		"plaintext against plaintext":      {plain, "security.protocol=PLAINTEXT\n" + strings.SplitAfterN(trust, "\n", 2)[1], "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			conf, err := LoadConfig(write(t, test.config))
			if err != nil {
				t.Fatal(err)
			}
			c, err := Dial(t.Context(), Options{Servers: []string{test.server}, Config: conf, Timeout: 5 * time.Second})
			if test.text == "" {
				if err != nil {
					t.Fatal(err)
				}
				c.Close()
				return
			}
			var dial *DialError
			if !errors.As(err, &dial) || !strings.Contains(err.Error(), test.text) || !strings.Contains(dial.Hint, test.hint) {
				t.Errorf("got %v (%+v), want %q and hint %q", err, dial, test.text, test.hint)
			}
		})
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "client.properties")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAdvertisedAddressUnreachable(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	f.ControlKey(kmsg.Metadata.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		resp := req.ResponseKind().(*kmsg.MetadataResponse)
		b := kmsg.NewMetadataResponseBroker()
		b.NodeID, b.Host, b.Port = 2, "127.0.0.1", 1
		resp.Brokers = append(resp.Brokers, b)
		return resp, nil, true
	})
	list, err := f.dial(t).ListGroups(t.Context())
	if err != nil || len(list.Faults) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	want := "broker 2 is advertised as 127.0.0.1:1, which cannot be reached, though the bootstrap server answered: connection refused; hint: the broker is down, or its advertised.listeners are wrong"
	if got := list.Faults[0].Fault.Message; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
