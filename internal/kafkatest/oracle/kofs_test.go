//go:build integration

package oracle

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kofs/kofs/internal/kafkatest"
)

// kofs is the built program, run as users run it.
type kofs struct{ kafkatest.Program }

// run returns how a command ended; an exit code other than 0 is an error.
func (k kofs) run(ctx context.Context, args ...string) (kafkatest.Ran, error) {
	ran, err := k.Run(ctx, args...)
	if err == nil && ran.Exit != 0 {
		err = errors.New(ran.String())
	}
	return ran, err
}

// document runs a command and decodes the JSON document on its stdout.
func (k kofs) document(ctx context.Context, schema string, doc any, args ...string) error {
	ran, err := k.run(ctx, append(args, "-o", "json")...)
	if err != nil {
		return err
	}
	return ran.Document(schema, doc)
}

// plan is kofs/plan/v1, as far as it is compared.
type plan struct {
	GroupState string            `json:"group_state"`
	Blockers   []json.RawMessage `json:"blockers"`
	Changes    []change          `json:"changes"`
	Totals     struct {
		ReplayRecords *int64 `json:"replay_records"`
		ReplaySpan    int64  `json:"replay_span"`
		Exact         bool   `json:"exact"`
	} `json:"totals"`
}

type change struct {
	Topic           string          `json:"topic"`
	Partition       int32           `json:"partition"`
	CommittedOffset *int64          `json:"committed_offset"`
	NewOffset       *int64          `json:"new_offset"`
	Effect          string          `json:"effect"`
	Span            *int64          `json:"span"`
	Records         *int64          `json:"records"`
	Uncommitted     *int64          `json:"records_read_uncommitted"`
	Committed       *int64          `json:"records_read_committed"`
	AtMost          *int64          `json:"records_at_most"`
	Exact           bool            `json:"exact"`
	Notes           []string        `json:"notes"`
	First           *recordAt       `json:"first_record"`
	Last            *recordAt       `json:"last_record"`
	Error           json.RawMessage `json:"error"`
}

type recordAt struct {
	Offset int64 `json:"offset"`
}

// offset is nil for null.
func (r *recordAt) offset() *int64 {
	if r == nil {
		return nil
	}
	return &r.Offset
}

// result is kofs/result/v1, as far as it is compared.
type result struct {
	Partitions []struct {
		Topic     string `json:"topic"`
		Partition int32  `json:"partition"`
		Outcome   string `json:"outcome"`
	} `json:"partitions"`
}

// listed is what kofs records lists of one partition.
type listed struct{ offsets, digests []int64 }

// records runs kofs records and groups its lines by partition.
func (k kofs) records(ctx context.Context, args ...string) (map[partition]listed, error) {
	ran, err := k.run(ctx, append(args, "-o", "jsonl")...)
	if err != nil {
		return nil, err
	}
	return listedBy(ran)
}

// listedBy groups the lines of kofs records by partition.
func listedBy(ran kafkatest.Ran) (map[partition]listed, error) {
	all := map[partition]listed{}
	lines := json.NewDecoder(strings.NewReader(ran.Stdout))
	for {
		var line recordLine
		if err := lines.Decode(&line); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("kofs %s: %w", strings.Join(ran.Args, " "), err)
		}
		content, err := line.content()
		if err != nil {
			return nil, fmt.Errorf("kofs %s: offset %d: %w", strings.Join(ran.Args, " "), line.Offset, err)
		}
		p := partition{line.Topic, line.Partition}
		l := all[p]
		all[p] = listed{append(l.offsets, line.Offset), append(l.digests, content.Digest())}
	}
}

type recordLine struct {
	Topic           string  `json:"topic"`
	Partition       int32   `json:"partition"`
	Offset          int64   `json:"offset"`
	TimestampMillis *int64  `json:"timestamp_ms"` // null is Java's -1
	TimestampType   string  `json:"timestamp_type"`
	Key             *string `json:"key"`
	KeyEncoding     *string `json:"key_encoding"`
	Value           *string `json:"value"`
	ValueEncoding   *string `json:"value_encoding"`
	Headers         []struct {
		Key           string  `json:"key"`
		Value         *string `json:"value"`
		ValueEncoding *string `json:"value_encoding"`
	} `json:"headers"`
}

func (l recordLine) content() (c kafkatest.Content, err error) {
	c.TimestampMillis, c.TimestampType = -1, l.TimestampType
	if l.TimestampMillis != nil {
		c.TimestampMillis = *l.TimestampMillis
	}
	var failures []error
	decoded := func(text, encoding *string) []byte {
		b, err := decode(text, encoding)
		failures = append(failures, err)
		return b
	}
	c.Key, c.Value = decoded(l.Key, l.KeyEncoding), decoded(l.Value, l.ValueEncoding)
	for _, h := range l.Headers {
		c.Headers = append(c.Headers, kafkatest.Header{Key: h.Key, Value: decoded(h.Value, h.ValueEncoding)})
	}
	return c, errors.Join(failures...)
}

// decode gives back the bytes; nil for null.
func decode(text, encoding *string) ([]byte, error) {
	switch {
	case text == nil && encoding == nil:
		return nil, nil
	case text == nil || encoding == nil:
		return nil, errors.New("only one of text and encoding is null")
	case *encoding == "utf8":
		return []byte(*text), nil
	case *encoding == "base64":
		return base64.StdEncoding.DecodeString(*text)
	}
	return nil, fmt.Errorf("unknown encoding %q", *encoding)
}
