package reset

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/document"
	"pgregory.net/rapid"
)

func somePlan(t *testing.T) Plan {
	t.Helper()
	r := row(ptr(int64(150)))
	r.Commit.Metadata = "m\"\u2028<>&"
	p, err := New(snapshotOf(r), Options{Target: Target{Kind: ToOffset, Offset: 120, Value: "120"}, ID: "p1", Now: testNow, Reason: "why"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSavedPlanIsReadBack(t *testing.T) {
	p := somePlan(t)
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := SavePlan(path, p, false); err != nil {
		t.Fatal(err)
	}
	if got, err := LoadPlan(path); err != nil || !reflect.DeepEqual(got, p) {
		t.Errorf("%+v, %v", got, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := SavePlan(path, p, false); err == nil || !strings.Contains(err.Error(), "file exists") {
		t.Errorf("an existing file was written over: %v", err)
	}
	if err := SavePlan(path, p, true); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadPlan(link); err == nil {
		t.Error("a symbolic link was followed")
	}
}

func TestParsePlanIsStrict(t *testing.T) {
	text, err := document.Encode(somePlan(t))
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) []byte {
		if !bytes.Contains(text, []byte(old)) {
			t.Fatalf("the plan has no %q", old)
		}
		return bytes.Replace(text, []byte(old), []byte(new), 1)
	}
	for _, c := range []struct {
		name, want string
		text       []byte
	}{
		{"an edited offset", "digest", replace(`"new_offset": 120`, `"new_offset": 121`)},
		{"a float", "line 30: changes.new_offset", replace(`"new_offset": 120`, `"new_offset": 1.2e2`)},
		{"an unknown field", `unknown field "extra"`, replace(`"min_reader": 1,`, `"min_reader": 1, "extra": 1,`)},
		{"a key that stands twice", `the key "group" stands twice`, replace(`"group": "billing",`, `"group": "billing", "group": "x",`)},
		{"something behind it", "something follows", append(bytes.Clone(text), "{}"...)},
		{"a newer reader", "newer kofs", replace(`"min_reader": 1,`, `"min_reader": 2,`)},
		{"another schema", "schema", replace(PlanSchema, "kofs/plan/v2")},
		{"cut off", "ends too early", text[:len(text)/2]},
		{"no JSON", "line 1", []byte("topic,0,1")},
		{"nothing", "ends too early", nil},
	} {
		if _, err := ParsePlan(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// Whoever edits and seals again is still held to the rules of a row.
func TestParsePlanHoldsRowsAgainstThemselves(t *testing.T) {
	for name, edit := range map[string]func(*Plan){
		"outside the log":  func(p *Plan) { *p.Changes[0].NewOffset = 5000 },
		"the wrong effect": func(p *Plan) { p.Changes[0].Effect = Skip },
		"no new offset":    func(p *Plan) { p.Changes[0].NewOffset = nil },
		"a row twice":      func(p *Plan) { p.Changes = append(p.Changes, p.Changes[0]) },
	} {
		p := somePlan(t)
		edit(&p)
		text, err := document.Encode(p.sealed())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParsePlan(text); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzParsePlan(f *testing.F) {
	text, err := json.Marshal(Plan{Schema: PlanSchema}.sealed())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"schema":"kofs/plan/v1","changes":[{"topic":"t"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if p, err := ParsePlan(text); err == nil {
			again, err := document.Encode(p)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := ParsePlan(again); err != nil {
				t.Fatalf("what was read is not read again: %v", err)
			}
		}
	})
}

func TestParseOffsets(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       string // as Kafka's CSV; "" for an error
	}{
		{"three columns", "orders,0,5\norders,1,7\n", "orders,0,5\norders,1,7\n"},
		{"without a last newline", "orders,0,5", "orders,0,5\n"},
		{"CRLF and a byte order mark", "\xef\xbb\xbforders,0,5\r\norders,1,7\r\n", "orders,0,5\norders,1,7\n"},
		{"four columns: only the lines of the group", "billing,orders,0,5\nother,orders,1,7\n", "orders,0,5\n"},
		{"a quoted group with a comma", "\"billing\",orders,0,5\n\"a,b\",orders,0,9\n", "orders,0,5\n"},
		{"a quoted topic", "\"a-topic-with-a-name-that-is-long\",0,5\n", "\"a-topic-with-a-name-that-is-long\",0,5\n"},
		{"empty lines", "\norders,0,5\n\n", "orders,0,5\n"},
		{"no line of the group", "other,orders,0,5\n", ""},
		{"nothing", "", ""},
		{"a header", "topic,partition,offset\norders,0,5\n", ""},
		{"mixed columns", "orders,0,5\nbilling,orders,0,5\n", ""},
		{"two columns", "orders,0\n", ""},
		{"a partition twice", "orders,0,5\norders,0,6\n", ""},
		{"a negative offset", "orders,0,-1\n", ""},
		{"a negative partition", "orders,-1,1\n", ""},
		{"a list of partitions", "orders,0-1,1\n", ""},
		{"a glob", "ord*,0,1\n", ""},
		{"a warning of Kafka's tool in the file", "WARN: No action will be performed\norders,0,5\n", ""},
		{"a quote that is not closed", "\"orders,0,5\n", ""},
	} {
		offsets, err := ParseOffsets([]byte(c.text), "billing")
		var b strings.Builder
		if err == nil {
			if err := WriteKafkaCSV(&b, offsets); err != nil {
				t.Fatal(err)
			}
		}
		if b.String() != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, b.String(), err, c.want)
		}
	}
}

func TestParseOffsetsOfDocuments(t *testing.T) {
	text, err := document.Encode(somePlan(t))
	if err != nil {
		t.Fatal(err)
	}
	if offsets, err := ParseOffsets(text, "billing"); err != nil || offsets[partitionOf(0)] != 120 {
		t.Errorf("%v, %v", offsets, err)
	}
	if _, err := ParseOffsets(text, "other"); err == nil {
		t.Error("the plan of another group was taken")
	}
	doc, _ := NewSnapshot(snapshotOf(row(ptr(int64(150)))), testNow)
	if text, err = document.Encode(doc); err != nil {
		t.Fatal(err)
	}
	if offsets, err := ParseOffsets(text, "billing"); err != nil || offsets[partitionOf(0)] != 150 {
		t.Errorf("%v, %v", offsets, err)
	}
}

func TestJacksonField(t *testing.T) {
	for in, want := range map[string]string{
		"orders":                         "orders",
		"a-b_c.d":                        "a-b_c.d",
		"a,b":                            `"a,b"`,
		`a"b`:                            `"a""b"`,
		"a b":                            `"a b"`,
		"=1+1":                           `"=1+1"`,
		"a\nb":                           "\"a\nb\"",
		strings.Repeat("x", 24):          strings.Repeat("x", 24),
		strings.Repeat("x", 25):          `"` + strings.Repeat("x", 25) + `"`,
		strings.Repeat("\U0001F600", 13): `"` + strings.Repeat("\U0001F600", 13) + `"`, // 26 UTF-16 units
	} {
		if got := jacksonField(in); got != want {
			t.Errorf("jacksonField(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestOffsetsSurviveTheirCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Offsets{}
		for range rapid.IntRange(1, 20).Draw(t, "rows") {
			p := inspect.TopicPartition{Topic: rapid.StringMatching(`[a-zA-Z0-9_-][a-zA-Z0-9._-]{1,40}`).Draw(t, "topic"), Partition: rapid.Int32Range(0, 1<<30).Draw(t, "partition")}
			want[p] = rapid.Int64Range(0, 1<<62).Draw(t, "offset")
		}
		var b bytes.Buffer
		if err := WriteKafkaCSV(&b, want); err != nil {
			t.Fatal(err)
		}
		got, err := ParseOffsets(b.Bytes(), "billing")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%v, %v, want %v", got, err, want)
		}
	})
}

func FuzzParseOffsets(f *testing.F) {
	f.Add([]byte("orders,0,5\n"))
	f.Add([]byte("billing,\"a,b\",0,5\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		offsets, err := ParseOffsets(text, "billing")
		if err != nil {
			return
		}
		for p, offset := range offsets {
			if offset < 0 || p.Partition < 0 || p.Topic == "" {
				t.Fatalf("%v = %d", p, offset)
			}
		}
	})
}
