package schema

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
)

// Options say which registry to ask, and how.
type Options struct {
	// URL is http or https, and may hold a user and a password.
	URL string
	// User and Password are used where the URL has none; "" is no login.
	User, Password string
	// TLS is for https; nil trusts the system's CAs.
	TLS *tls.Config
	// Timeout is for one request, with its answer.
	Timeout time.Duration
}

// maxAnswer is how large an answer of a registry may be, in bytes.
const maxAnswer = 2 << 20

// registry asks a schema registry, one question at a time.
type registry struct {
	client *sr.Client
	url    string // without a password
	logsIn bool
}

func newRegistry(o Options) (*registry, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("the URL of a schema registry is http://host:port or https://host:port") // it may hold a password
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the URL of a schema registry ends with its path")
	}
	if u.User != nil {
		o.User = u.User.Username()
		o.Password, _ = u.User.Password()
		u.User = nil
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = o.TLS.Clone()
	options := []sr.ClientOpt{sr.URLs(u.String()), sr.UserAgent("kofs"),
		sr.HTTPClient(&http.Client{Timeout: o.Timeout, Transport: limitedTransport{transport, maxAnswer}})}
	if o.User != "" {
		options = append(options, sr.BasicAuth(o.User, o.Password))
	}
	client, err := sr.NewClient(options...)
	return &registry{client: client, url: u.String(), logsIn: o.User != ""}, err
}

// document is a schema as the registry has it, with the documents it refers to in
// an order in which each comes after those that it refers to itself.
type document struct {
	sr.Schema
	id         *int32 // nil if it was asked for by GUID, and the registry did not say
	references []reference
}

// reference is a document by the name that others refer to it with: an Avro
// name, or the path of a .proto file.
type reference struct{ name, text string }

func (d document) size() (n int) {
	n = len(d.Schema.Schema)
	for _, r := range d.references {
		n += len(r.text)
	}
	return n
}

// get asks for a schema and for all it refers to.
func (r *registry) get(ctx context.Context, n name) (document, error) {
	var doc document
	err := r.ask(ctx, n.path(), func() (err error) {
		if n.guid == "" {
			doc.Schema, err = r.client.SchemaByID(ctx, int(n.id))
			doc.id = &n.id
			return err
		}
		found, err := r.client.SchemaByGUID(ctx, n.guid)
		doc.Schema = found.Schema
		if id := int32(found.ID); id > 0 {
			doc.id = &id
		}
		return err
	})
	if err != nil {
		return document{}, err
	}
	walk := references{registry: r, seen: map[sr.SchemaReference]bool{}}
	err = walk.add(ctx, doc.Schema)
	doc.references = walk.list
	return doc, err
}

func (n name) path() string {
	if n.guid != "" {
		return "/schemas/guids/" + n.guid
	}
	return fmt.Sprintf("/schemas/ids/%d", n.id)
}

// references gathers what a schema refers to.
type references struct {
	*registry
	seen map[sr.SchemaReference]bool
	list []reference
	size int
}

// What a schema may refer to, directly or not: so many others, of so many bytes
// altogether.
const (
	maxReferences     = 200
	maxReferencesSize = 8 << 20
)

func (r *references) add(ctx context.Context, s sr.Schema) error {
	for _, ref := range s.References {
		if r.seen[ref] {
			continue
		}
		r.seen[ref] = true
		if len(r.seen) > maxReferences || r.size > maxReferencesSize {
			return &Error{Reason: BadSchema, Err: errors.New("it refers to too many others")}
		}
		var found sr.SubjectSchema
		path := fmt.Sprintf("/subjects/%s/versions/%d", url.PathEscape(ref.Subject), ref.Version)
		err := r.ask(ctx, path, func() (err error) { // a schema that was deleted softly may still be referred to
			found, err = r.client.SchemaByVersion(sr.WithParams(ctx, sr.ShowDeleted), ref.Subject, ref.Version)
			return err
		})
		if err != nil {
			return err
		}
		r.size += len(found.Schema.Schema)
		if err := r.add(ctx, found.Schema); err != nil {
			return err
		}
		r.list = append(r.list, reference{ref.Name, found.Schema.Schema})
	}
	return nil
}

// limitedTransport ends an answer that is too long with an error.
type limitedTransport struct {
	http.RoundTripper
	limit int64
}

// RoundTrip bounds the body of the answer.
func (t limitedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = &limitedBody{resp.Body, t.limit}
	}
	return resp, err
}

type limitedBody struct {
	io.ReadCloser
	left int64
}

var errTooLong = errors.New("the answer is too long for a schema")

// Read fails beyond the limit, instead of ending early.
func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLong
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, errTooLong
	}
	return n, err
}

// host is the registry in words.
func (r *registry) host() string { return "schema registry " + strings.TrimSuffix(r.url, "/") }
