package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/internal/schema"
)

// registryTimeout is how long one answer of a schema registry may take at most,
// also where --timeout is longer: records wait for it.
const registryTimeout = 10 * time.Second

// recordSchemas decodes records with the schemas of a registry. Nil decodes none.
type recordSchemas struct {
	url    string // without a password
	decode func(data, header []byte) schema.Decoded
	ended  func() error // why the context did
	down   func() error // why the registry is not asked any more
	warn   func(format string, args ...any)
	warned bool
	blind  blindness

	at     inspect.TopicPartition // of the record that was decoded last
	offset int64
	key    schema.Decoded
	value  schema.Decoded
	some   bool
}

// schemas is what the flag, the environment or the properties file name, nil
// where none does. Nothing is asked yet.
func (a *app) schemas(ctx context.Context, registry *string) (*recordSchemas, error) {
	options, err := a.registryOptions(registry)
	if err != nil || options.URL == "" && registry == nil {
		return nil, err
	}
	d, err := schema.New(options)
	if err != nil {
		return nil, usagef("--schema-registry: %v", err)
	}
	if d.BaresPassword() && !a.global.allowPlaintextPassword {
		return nil, &usageError{message: "--schema-registry: the password would be sent unencrypted", hint: "an https URL; or --allow-plaintext-password"}
	}
	return &recordSchemas{
		url:    withoutPassword(options.URL),
		decode: func(data, header []byte) schema.Decoded { return d.Decode(ctx, data, header) },
		ended:  func() error { return context.Cause(ctx) },
		down:   d.Down, warn: a.warn,
	}, nil
}

// registryOptions finds the one place that names the registry: the flag; else the
// environment, which -b leaves aside, since another cluster's schemas have the
// same IDs; else the properties file. The file's login and CAs are for the file's
// registry, or where it names none, for the one that was named.
func (a *app) registryOptions(registry *string) (schema.Options, error) {
	source, err := a.global.source(a.getenv)
	if err != nil {
		return schema.Options{}, err
	}
	file := source.config.Registry
	o := schema.Options{URL: file.URL, Timeout: min(a.global.timeout, registryTimeout)}
	if fromEnv := a.getenv("KOFS_SCHEMA_REGISTRY"); fromEnv != "" && a.global.servers == "" {
		o.URL = fromEnv
	}
	if registry != nil {
		o.URL = *registry
	}
	if file.URL == "" || file.URL == o.URL {
		o.User, o.Password, o.TLS = file.User, file.Password, file.TLS
	}
	return o, nil
}

// of decodes a record, once for all who ask in turn. The error is why the context
// ended.
func (s *recordSchemas) of(r *records.Record) (key, value schema.Decoded, err error) {
	if s == nil || r.Control != nil {
		return schema.Decoded{}, schema.Decoded{}, nil
	}
	if !s.some || s.at != r.TopicPartition || s.offset != r.Offset {
		s.key = s.decode(r.Key, lastHeader(r, schema.KeyHeader))
		s.value = s.decode(r.Value, lastHeader(r, schema.ValueHeader))
		s.at, s.offset, s.some = r.TopicPartition, r.Offset, true
	}
	if err := s.ended(); err != nil {
		s.some = false
		return schema.Decoded{}, schema.Decoded{}, err
	}
	if err := s.down(); err != nil && !s.warned {
		s.warned = true
		s.warn("%v; what needs its schemas is shown as it is", err)
	}
	return s.key, s.value, nil
}

// lastHeader is the value that counts where a header is there more than once; nil
// without the header, and for a null.
func lastHeader(r *records.Record, name string) []byte {
	var value []byte
	for _, h := range r.Headers {
		if h.Key == name {
			value = h.Value
		}
	}
	return value
}

// decodedDoc is a record's key and value as the registry's schemas have them.
type decodedDoc struct {
	Decoded        json.RawMessage `json:"decoded"`
	SchemaID       *int32          `json:"schema_id"`
	DecodeError    *string         `json:"decode_error"`
	DecodedKey     json.RawMessage `json:"decoded_key"`
	KeySchemaID    *int32          `json:"key_schema_id"`
	KeyDecodeError *string         `json:"key_decode_error"`
}

// doc is nil without a registry.
func (s *recordSchemas) doc(r *records.Record) *decodedDoc {
	if s == nil {
		return nil
	}
	key, value, _ := s.of(r)
	return &decodedDoc{
		Decoded: value.JSON, SchemaID: value.SchemaID, DecodeError: decodeError(value),
		DecodedKey: key.JSON, KeySchemaID: key.SchemaID, KeyDecodeError: decodeError(key),
	}
}

func decodeError(d schema.Decoded) *string {
	if d.Err == nil {
		return nil
	}
	return new(d.Err.Error())
}

// decodedWords is what is shown for people of a record that was decoded. What is ""
// is shown as it was.
type decodedWords struct {
	key, value string
	more       []string // lines of the value after its first
	mark       string   // why not all is decoded
}

// inWords is nil without a registry. Of a value in hex or base64 the bytes are
// wanted, whatever they mean. A key without a schema is no failure: most keys are
// plain.
func (s *recordSchemas) inWords(r *records.Record, values valueForm) *decodedWords {
	k, v, err := s.of(r)
	if s == nil || err != nil {
		return nil
	}
	w := decodedWords{key: string(k.JSON)}
	switch {
	case v.JSON == nil || values == valuesAsHex || values == valuesAsBase64:
	case values == valuesAsJSON:
		w.value, w.more = values.inWords(v.JSON)
		w.value += headersInWords(r)
	default:
		w.value = string(v.JSON) + headersInWords(r)
	}
	if k.Err != nil && k.Err.Reason != schema.NotFramed {
		w.mark += "  (key " + output.Safe(k.Err.Short()) + ")"
	}
	if v.Err != nil {
		w.mark += "  (" + output.Safe(v.Err.Short()) + ")"
	}
	return &w
}
