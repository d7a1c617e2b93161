package main

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// nasty are texts that somebody else may have put into a cluster, by what a
// terminal would make of them.
func nasty() map[string]string {
	return map[string]string{
		"colour":                "a\x1b[31mred",
		"clipboard":             "a\x1b]52;c;cm0gLXJmIC8=\x07",
		"link":                  "a\x1b]8;;http://example.com\x1b\\b",
		"C1":                    "a\u009b31mred\u0085",
		"right to left":         "a\u202egnp.exe\u2066",
		"zero width":            "a\u200bb\ufeff",
		"lines":                 "a\nbilling  Empty\r\nb",
		"line separators":       "a\u2028b\u2029",
		"backspace and delete":  "a\b\b\x7f",
		"tab and null":          "a\tb\x00",
		"quotes and separators": "\"a\",b;'=1+1",
		"backslashes":           `a\x1b\\u{202e}`,
	}
}

// notText is what is no UTF-8, which only records can hold: Kafka's names are
// Java strings.
const notText = "a\xff\xfe\x9b31m"

// Whatever a cluster holds, what people see of it is printable, and what
// programs are given is exactly it.
func TestForeignTextIsShownSafelyAndGivenExactly(t *testing.T) {
	t.Parallel()
	addr := nastyWorld(t)
	for kind, text := range nasty() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			group := "g" + text
			for _, command := range [][]string{
				{"groups", group}, {"groups", "--lag"}, {"lag", group}, {"lag", "--all-groups"}, {"inspect", group},
				{"reset", group, "--topic", "orders", "--to-earliest"},
				{"reset", group, "--topic", "orders", "--to-earliest", "--show", "50"},
				{"reset", group, "--topic", "orders", "--to-earliest", "--execute", "--yes"},
				{"records", group, "--topic", "orders", "--to-earliest"},
				{"inspect", "no such group" + text}, {"reset", "no such group" + text, "--topic", "orders", "--to-earliest"},
				{"lag", group, "--topic", "orders" + text}, {"lag", group, "--bogus" + text}, {"lag", group, "-o", text},
				{"nonsense" + text}, {"lag", group, "-b", "kafka" + text}, {"inspect", "members" + text},
			} {
				for _, format := range []string{"table", "wide"} {
					args := append([]string{"-b", addr}, command...)
					if !slices.Contains(command, "-o") {
						args = append([]string{"-o", format}, args...)
					}
					if slices.Contains(command, "-b") {
						args = args[2:]
					}
					_, stdout, stderr := runKofs(t, args...)
					for stream, shown := range map[string][]byte{"stdout": stdout, "stderr": stderr} {
						if at := unsafeAt(shown); at >= 0 {
							t.Errorf("%q: %s has %q", args, stream, shown[at:min(at+30, len(shown))])
						}
					}
				}
			}
		})
	}
}

// A group of any name is found by it, and its name comes back from every
// document as it was.
func TestForeignTextInDocuments(t *testing.T) {
	t.Parallel()
	addr := nastyWorld(t)
	for kind, text := range nasty() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			group, inside := "g"+text, "m"+text // m: commit metadata
			document := func(args ...string) string {
				t.Helper()
				code, stdout, stderr := runKofs(t, append(args, "-b", addr)...)
				if code != exitDone {
					t.Fatalf("%q: exit code %d: %s", args, code, stderr)
				}
				if at := unsafeAt(stdout); at >= 0 {
					t.Errorf("%q: raw %q", args, stdout[at:min(at+30, len(stdout))])
				}
				return string(stdout)
			}
			has := func(doc string, wanted ...string) {
				t.Helper()
				texts := stringsIn(t, doc)
				for _, want := range wanted {
					if !slices.Contains(texts, want) {
						t.Errorf("no %q in %s", want, doc)
					}
				}
			}
			has(document("groups", group, "-o", "json"), group)
			has(document("lag", group, "-o", "json"), group, inside)
			has(document("lag", group, "-o", "jsonl"), group, inside)
			has(document("inspect", group, "-o", "json"), group, inside)
			has(document("inspect", "members"+text, "-o", "json"), "members"+text, "c"+text)
			has(document("reset", group, "--topic", "orders", "--to-earliest", "-o", "json"), group, inside)
			has(document("records", group, "--topic", "orders", "--to-earliest", "-o", "jsonl"), "k"+text, "v"+text, "h"+text, "w"+text,
				base64.StdEncoding.EncodeToString([]byte(notText)))

			code, stdout, _ := runKofs(t, "lag", group, "-o", "csv", "-b", addr)
			rows, err := csv.NewReader(bytes.NewReader(stdout)).ReadAll()
			if code != exitDone || err != nil {
				t.Fatalf("exit code %d, %v", code, err)
			}
			if cells := rows[1]; !slices.Contains(cells, strings.ReplaceAll(group, "\r\n", "\n")) { // encoding/csv reads \r\n in quotes as \n (RFC 4180 readers need not)
				t.Errorf("no %q in %q", group, cells)
			}

			_, _, stderr := runKofs(t, "inspect", "none"+text, "-o", "json", "-b", addr)
			if doc := errorLine(t, stderr); doc.Group == nil || *doc.Group != "none"+text {
				t.Errorf("the error is about %v", doc.Group)
			}
			if at := unsafeAt(stderr); at >= 0 {
				t.Errorf("raw %q", stderr[at:])
			}
		})
	}
}

// What a broker says of an error is no more trusted than the rest.
func TestBrokersMessagesAreShownSafely(t *testing.T) {
	t.Parallel()
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 1}})
	world := kafkatest.NewWorld(t, embedded.Addrs())
	if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 0}}); err != nil {
		t.Fatal(err)
	}
	for kind, text := range nasty() {
		t.Run(kind, func(t *testing.T) {
			embedded.Cluster.ControlKey(kmsg.FindCoordinator.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
				embedded.Cluster.KeepControl()
				resp := req.ResponseKind().(*kmsg.FindCoordinatorResponse)
				resp.ErrorCode, resp.ErrorMessage = 30, &text // GROUP_AUTHORIZATION_FAILED
				c := kmsg.NewFindCoordinatorResponseCoordinator()
				c.Key, c.ErrorCode, c.ErrorMessage = "billing", 30, &text
				resp.Coordinators = append(resp.Coordinators, c)
				return resp, nil, true
			})
			for _, command := range []string{"lag billing", "inspect billing", "reset billing --topic orders --to-earliest", "reset billing --topic orders --to-earliest -o json", "lag billing -o json"} {
				code, stdout, stderr := runKofs(t, append(strings.Fields(command), "-b", embedded.Addrs()[0])...)
				if code == exitDone {
					t.Errorf("kofs %s: exit code 0", command)
				}
				for stream, shown := range map[string][]byte{"stdout": stdout, "stderr": stderr} {
					if at := unsafeAt(shown); at >= 0 {
						t.Errorf("kofs %s: %s has %q", command, stream, shown[at:min(at+30, len(shown))])
					}
				}
			}
		})
	}
}

// nastyWorld has, for each nasty text, a group with a commit, a group with a
// member, and a record; what they are made of begins with a letter of its own.
func nastyWorld(t *testing.T) (addr string) {
	t.Helper()
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 1}})
	world := kafkatest.NewWorld(t, embedded.Addrs())
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	n := int64(0)
	for _, text := range nasty() {
		_, err := world.Produce(t.Context(), "orders", 0, kafkatest.Record{
			Key: []byte("k" + text), Value: []byte("v" + text),
			Headers: []kafkatest.Header{{Key: "h" + text, Value: []byte("w" + text)}, {Key: "raw", Value: []byte(notText)}},
		})
		must(err)
		n++
	}
	_, err := world.Produce(t.Context(), "orders", 0, kafkatest.Record{Key: []byte(notText), Value: []byte(notText)})
	must(err)
	for kind, text := range nasty() {
		commit := kadm.Offsets{}
		commit.Add(kadm.Offset{Topic: "orders", Partition: 0, At: n + 1, LeaderEpoch: -1, Metadata: "m" + text})
		must(world.Admin().CommitAllOffsets(t.Context(), "g"+text, commit))
		member, err := world.Join(t.Context(), "members"+text, []string{"orders"}, kgo.ClientID("c"+text), kgo.InstanceID("static-"+fmt.Sprint(len(kind))))
		must(err)
		t.Cleanup(member.Close)
	}
	return embedded.Addrs()[0]
}

// unsafeAt is where the first thing stands that a terminal acts upon, hides or
// reorders; -1 if there is none.
func unsafeAt(shown []byte) int {
	for i := 0; i < len(shown); {
		r, size := utf8.DecodeRune(shown[i:])
		switch {
		case r == '\n':
		case r == utf8.RuneError && size == 1, r < ' ', r == 0x7f, unicode.Is(unicode.C, r), r == '\u2028', r == '\u2029':
			return i
		}
		i += size
	}
	return -1
}

// stringsIn are all strings of a document, or of a document on each line.
func stringsIn(t *testing.T, doc string) (all []string) {
	t.Helper()
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			all = append(all, v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	for decoder := json.NewDecoder(strings.NewReader(doc)); decoder.More(); {
		var v any
		if err := decoder.Decode(&v); err != nil {
			t.Fatal(err)
		}
		walk(v)
	}
	return all
}
