package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/kofs/kofs/internal/schema/registrytest"
)

// registry FILE [USER:PASSWORD]: a schema registry with the schemas of the file,
// until the script ends. REGISTRY is its URL, REGISTRY_HOST the part behind http://.
func registry(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: registry FILE [USER:PASSWORD]")
	}
	var schemas []registrytest.Schema
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &schemas))
	r := registrytest.Start(false)
	r.Add(schemas...)
	if len(args) > 1 {
		user, password, _ := strings.Cut(args[1], ":")
		r.Protect(user, password)
	}
	w := ts.Value(worldKey{}).(*scriptWorld)
	w.registries = append(w.registries, r)
	ts.Setenv("REGISTRY", r.URL)
	ts.Setenv("REGISTRY_HOST", strings.TrimPrefix(r.URL, "http://"))
}

// registry-fails PATH STATUS: the registry started last answers so, or if STATUS is
// a text, with it; "not" ends that.
func (w *scriptWorld) registryFails(args []string) error {
	r := w.registries[len(w.registries)-1]
	if args[1] == "not" {
		r.Fault(args[0], nil)
		return nil
	}
	status, err := strconv.Atoi(args[1])
	if err != nil {
		r.Fault(args[0], func(out http.ResponseWriter, _ *http.Request) { _, _ = out.Write([]byte(args[1])) })
		return nil
	}
	r.Fault(args[0], registrytest.Refuse(status, status*100+1, "as the script says"))
	return nil
}

// registry-stops: the registry started last is not there any more.
func (w *scriptWorld) registryStops([]string) error {
	w.registries[len(w.registries)-1].Close()
	return nil
}

// registry-asked PATH N: so often the registry started last was asked.
func (w *scriptWorld) registryAsked(args []string) error {
	if got := fmt.Sprint(w.registries[len(w.registries)-1].Asked(args[0])); got != args[1] {
		return fmt.Errorf("asked %s times for %s", got, args[0])
	}
	return nil
}

// produce-bytes TOPIC:P KEY VALUE [HEADER=VALUE]...: one record, its texts with the
// escapes of Go's strings; null is null.
func (w *scriptWorld) produceBytes(args []string) error {
	topic, partition, _, err := place([]string{args[0], "1"})
	if err != nil {
		return err
	}
	end, err := w.end(topic, partition)
	if err != nil {
		return err
	}
	record := kafkatest.Record{Timestamp: seedStart.Add(time.Duration(end) * time.Second)}
	if record.Key, err = unquoted(args[1]); err != nil {
		return err
	}
	if record.Value, err = unquoted(args[2]); err != nil {
		return err
	}
	for _, header := range args[3:] {
		key, text, _ := strings.Cut(header, "=")
		value, err := unquoted(text)
		if err != nil {
			return err
		}
		record.Headers = append(record.Headers, kafkatest.Header{Key: key, Value: value})
	}
	_, err = w.Produce(w.ctx, topic, partition, record)
	return err
}

func unquoted(text string) ([]byte, error) {
	if text == "null" {
		return nil, nil
	}
	s, err := strconv.Unquote(`"` + text + `"`)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	return []byte(s), nil
}
