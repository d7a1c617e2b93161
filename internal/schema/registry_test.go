package schema

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/schema/registrytest"
)

func TestReferences(t *testing.T) {
	w := newWorld(t,
		registrytest.Schema{ID: 1, Text: `{"type":"record","name":"shop.Order","fields":[{"name":"a","type":"shop.Money"},{"name":"b","type":"shop.Money"}]}`,
			References: []registrytest.Reference{{Name: "shop.Money", Subject: "money", Version: 3}}},
		registrytest.Schema{ID: 2, Subject: "money", Version: 3, Text: `{"type":"record","name":"shop.Money","fields":[{"name":"c","type":"shop.Currency"}]}`,
			References: []registrytest.Reference{{Name: "shop.Currency", Subject: "currency", Version: 1}}},
		registrytest.Schema{ID: 3, Subject: "currency", Version: 1, Text: `{"type":"enum","name":"Currency","namespace":"shop","symbols":["EUR","USD"]}`},
		registrytest.Schema{ID: 4, Text: `"int"`, References: []registrytest.Reference{{Name: "x", Subject: "nothing", Version: 1}}},
		registrytest.Schema{ID: 5, Subject: "ring", Version: 1, Text: `"int"`, References: []registrytest.Reference{{Name: "r", Subject: "ring", Version: 1}}},
	)
	w.decodes(framed(1, 0, 2), nil, `{"a":{"c":"EUR"},"b":{"c":"USD"}}`)
	w.refuses(framed(4, 2), nil, UnknownSchema, "schema 4", "/subjects/nothing/versions/1", "404")
	w.decodes(framed(5, 2), nil, `1`)
	if n := w.Asked("/subjects/ring/versions/1"); n != 1 {
		t.Errorf("a schema that refers to itself was asked for %d times", n)
	}
	var many []registrytest.Reference
	for i := range maxReferences + 1 {
		subject := fmt.Sprint("s", i)
		many = append(many, registrytest.Reference{Name: subject, Subject: subject, Version: 1})
		w.Add(registrytest.Schema{ID: 100 + i, Subject: subject, Version: 1, Text: `"int"`})
	}
	w.Add(registrytest.Schema{ID: 6, Text: `"int"`, References: many})
	w.refuses(framed(6, 2), nil, BadSchema, "too many")
}

// What a registry may answer instead of a schema: the reason, in which words, and
// how often it is asked when two records name the schema.
func TestRegistryFaults(t *testing.T) {
	garbage := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
	}
	for _, row := range []struct {
		name   string
		answer http.HandlerFunc
		reason Reason
		words  string
		asked  int
	}{
		{"no such schema", registrytest.Refuse(404, 40403, "Schema 9 not found"), UnknownSchema, "404 Not Found: Schema 9 not found (error 40403)", 1},
		{"not a registry", http.NotFound, RegistryFailed, "404 Not Found", 1},
		{"no access", registrytest.Refuse(401, 401, "no"), RegistryFailed, "401 Unauthorized", 1},
		{"forbidden", registrytest.Refuse(403, 40301, "no"), RegistryFailed, "403 Forbidden", 1},
		{"an error of its own", registrytest.Refuse(500, 50001, "store"), RegistryFailed, "500 Internal Server Error: store (error 50001)", 2},
		{"an error with a long page", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(502)
			_, _ = w.Write([]byte(strings.Repeat("<p>", 1000)))
		}, RegistryFailed, "502 Bad Gateway", 2},
		{"a page", garbage("<html>"), RegistryFailed, "not the answer of a schema registry", 1},
		{"nothing", garbage(""), RegistryFailed, "not the answer", 1},
		{"a list", garbage("[]"), RegistryFailed, "not the answer", 1},
		{"a kind that nobody knows", garbage(`{"schemaType":"XML","schema":"<a/>"}`), RegistryFailed, "XML", 1},
		{"too much", garbage(`{"schema":"` + strings.Repeat("x", maxAnswer) + `"}`), BadSchema, "too long", 1},
		{"a way that leads nowhere", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, RegistryFailed, "redirects", 20},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		}, RegistryFailed, "EOF", 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.Fault("/schemas/ids/9", row.answer)
			w.connect(Options{URL: strings.Replace(w.URL, "//", "//joe:pa55word@", 1), Timeout: 10 * time.Second})
			w.refuses(framed(9, 1), nil, row.reason, "schema 9: schema registry "+w.URL+"/schemas/ids/9: ", row.words)
			got := w.d.Decode(t.Context(), framed(9, 2), nil)
			if got.Err == nil || strings.Contains(got.Err.Error(), "pa55word") || len(got.Err.Error()) > 500 {
				t.Errorf("the second record says %v", got.Err)
			}
			if *got.SchemaID != 9 {
				t.Errorf("schema ID %d", *got.SchemaID)
			}
			if n := w.Asked("/schemas/ids/9"); n != row.asked {
				t.Errorf("asked %d times, want %d", n, row.asked)
			}
		})
	}
}

// A registry that cannot be reached, or that lets nobody in, is not asked for every schema.
func TestRegistryDown(t *testing.T) {
	w := newWorld(t)
	w.Protect("joe", "right")
	w.connect(Options{URL: w.URL, User: "joe", Password: "wrong", Timeout: 10 * time.Second})
	w.refuses(framed(1, 1), nil, RegistryFailed, "401")
	w.refuses(framed(2, 1), nil, RegistryFailed, "schema 2", "401")
	if n := w.Asked("/schemas/ids/2"); n != 0 || w.d.Down() == nil {
		t.Errorf("asked %d times after the login was refused; down: %v", n, w.d.Down())
	}
	w.Close()
	w.connect(Options{URL: w.URL, Timeout: 10 * time.Second})
	w.refuses(framed(1, 1), nil, RegistryFailed, w.URL, "refused")
	w.refuses(framed(2, 1), nil, RegistryFailed, w.URL, "refused")
}

func TestRegistryTooSlow(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	defer close(release)
	w.Fault("/schemas/ids/9", func(http.ResponseWriter, *http.Request) { <-release })
	w.connect(Options{URL: w.URL, Timeout: 50 * time.Millisecond})
	w.refuses(framed(9, 1), nil, RegistryFailed, "no answer in time")
	if n := w.Asked("/schemas/ids/9"); n != 1 {
		t.Errorf("asked %d times", n)
	}
	ended, cancel := context.WithCancelCause(t.Context())
	w.connect(Options{URL: w.URL, Timeout: time.Minute})
	cancel(errors.New("interrupted"))
	if got := w.d.Decode(ended, framed(9, 1), nil); got.Err == nil || got.Err.Err.Error() != "interrupted" || w.d.Down() != nil || len(w.d.cache.entries) != 0 {
		t.Errorf("after the context ended: %v, down: %v", got.Err, w.d.Down())
	}
}

func TestLogin(t *testing.T) {
	w := newWorld(t, registrytest.Schema{ID: 1, Text: `"int"`})
	w.Protect("joe", "p@ss/word")
	w.connect(Options{URL: strings.Replace(w.URL, "//", "//joe:p%40ss%2Fword@", 1) + "/", Timeout: 10 * time.Second})
	w.decodes(framed(1, 2), nil, "1")
	if !w.d.BaresPassword() {
		t.Error("a password over http is not said to be bare")
	}
	w.connect(Options{URL: w.URL, User: "joe", Password: "p@ss/word", Timeout: 10 * time.Second})
	w.decodes(framed(1, 2), nil, "1")
	for _, bad := range []string{"", "registry:8081", "ftp://joe:pa55word@x", "http://", "http://joe:pa55word@x:y", "http://joe:pa55word@x/?a=b", "http://%zz:pa55word@"} {
		if _, err := New(Options{URL: bad}); err == nil || strings.Contains(err.Error(), "pa55word") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestTLS(t *testing.T) {
	r := registrytest.Start(true)
	defer r.Close()
	r.Add(registrytest.Schema{ID: 1, Text: `"int"`})
	w := &world{Registry: r, t: t}
	w.connect(Options{URL: r.URL, Timeout: 10 * time.Second})
	w.refuses(framed(1, 2), nil, RegistryFailed, "certificate")
	pool := x509.NewCertPool()
	pool.AddCert(r.Certificate())
	w.connect(Options{URL: r.URL, Timeout: 10 * time.Second, TLS: &tls.Config{RootCAs: pool}, User: "a", Password: "b"})
	w.decodes(framed(1, 2), nil, "1")
	if w.d.BaresPassword() {
		t.Error("a password over https is said to be bare")
	}
}

// The cache forgets the oldest, and holds no more than it may.
func TestCacheIsBounded(t *testing.T) {
	c := cache{entries: map[name]*entry{}}
	for i := range int32(3 * maxEntries) {
		c.put(name{id: i}, &entry{size: 1})
	}
	if len(c.entries) != maxEntries || len(c.order) != maxEntries || c.size != maxEntries || c.entries[name{id: 3*maxEntries - 1}] == nil {
		t.Errorf("%d entries, %d bytes", len(c.entries), c.size)
	}
	for i := range int32(10) {
		c.put(name{id: -1 - i}, &entry{size: maxEntriesSize / 3})
	}
	if len(c.entries) != 3 {
		t.Errorf("%d large entries", len(c.entries))
	}
}

// No bytes, behind no schema, make the decoder panic or say nothing.
func FuzzDecode(f *testing.F) {
	schemas := append(shopProto(),
		registrytest.Schema{ID: 1, Text: orderAvro}, registrytest.Schema{ID: 2, Type: "JSON", Text: "{}"},
		registrytest.Schema{ID: 6, Text: `{"type":"array","items":["null",{"type":"map","values":"bytes"}]}`})
	r := registrytest.Start(false)
	f.Cleanup(r.Close)
	r.Add(schemas...)
	d, err := New(Options{URL: r.URL, Timeout: 10 * time.Second})
	if err != nil {
		f.Fatal(err)
	}
	for id := range byte(7) {
		f.Add(id, []byte{2, 2, 0x12, 2, 8, 1, 0x22, 3, 10, 1, 'a'})
		f.Add(id, []byte(`{"a":[1]}`))
		f.Add(id, []byte{4, 0, 2, 0, 2, 2, 'a', 2, 1, 0, 0})
	}
	f.Fuzz(func(t *testing.T, id byte, payload []byte) {
		got := d.Decode(t.Context(), framed(uint32(id%7), payload...), nil)
		if (got.JSON == nil) == (got.Err == nil) {
			t.Fatalf("%q: %s, %v", payload, got.JSON, got.Err)
		}
		if got.JSON != nil && !json.Valid(got.JSON) {
			t.Fatalf("%q: %s", payload, got.JSON)
		}
	})
}

// No schema of a registry does so either.
func FuzzSchema(f *testing.F) {
	f.Add("AVRO", orderAvro, []byte{2, 0})
	f.Add("PROTOBUF", orderProto, []byte{0, 0})
	f.Add("PROTOBUF", `syntax = "proto2"; message A { extensions 1 to 5; extend A { optional int32 x = 1; } }`, []byte{0, 8, 1})
	f.Fuzz(func(t *testing.T, kind, text string, payload []byte) {
		doc := document{}
		if doc.Type.UnmarshalText([]byte(kind)) != nil {
			return // no kind of schema
		}
		doc.Schema.Schema = text
		d := &Decoder{cache: cache{entries: map[name]*entry{}}}
		d.cache.put(name{id: 1}, d.compile(t.Context(), name{id: 1}, doc, nil))
		got := d.Decode(t.Context(), framed(1, payload...), nil)
		if (got.JSON == nil) == (got.Err == nil) || got.JSON != nil && !json.Valid(got.JSON) {
			t.Fatalf("%s, %v", got.JSON, got.Err)
		}
	})
}
