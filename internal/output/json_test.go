package output

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWriteJSON(t *testing.T) {
	doc := struct {
		Schema string            `json:"schema"`
		Offset int64             `json:"offset"`
		Lag    *int64            `json:"lag"`
		Groups []string          `json:"groups"`
		Config map[string]string `json:"config"`
	}{"kofs/x/v1", math.MaxInt64, nil, []string{}, map[string]string{"b": "<2>", "a": "\u009b\x7f\u202e"}}
	want := `{
  "schema": "kofs/x/v1",
  "offset": 9223372036854775807,
  "lag": null,
  "groups": [],
  "config": {
    "a": "\u009b\u007f\u202e",
    "b": "<2>"
  }
}
`
	var b bytes.Buffer
	if err := WriteJSON(&b, doc); err != nil || b.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, b.String(), want)
	}
}

func TestWriteJSONLine(t *testing.T) {
	for name, tc := range map[string]struct {
		in   any
		want string
	}{
		"plain text stays":               {"a/b <c> & Überweisung 注文 🚀", `"a/b <c> & Überweisung 注文 🚀"`},
		"controls":                       {"\x1b\n\x7f", `"\u001b\n\u007f"`},
		"hidden above the BMP, as pairs": {"\U000e0041", `"\udb40\udc41"`},
		"a backslash before":             {"\\\u200b", `"\\\u200b"`},
		"a key":                          {map[string]int{"\u009b": 1}, `{"\u009b":1}`},
		"raw bytes that are not UTF-8":   {json.RawMessage("\"a\x9b\""), `"a\ufffd"`},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := WriteJSONLine(&b, tc.in); err != nil || b.String() != tc.want+"\n" {
				t.Errorf("got %s (%v), want %s", b.String(), err, tc.want)
			}
		})
	}
}

func TestWriteJSONWritesNothingOfWhatCannotBeEncoded(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, []any{1, math.NaN()}); err == nil || b.Len() > 0 {
		t.Errorf("wrote %q, error %v", b.String(), err)
	}
}

func TestWriteJSONReportsTheWriter(t *testing.T) {
	if err := WriteJSONLine(&brokenPipe{}, "\u200b"); !errors.Is(err, errPipe) {
		t.Errorf("got %v", err)
	}
}

func TestJSONIsUnchangedInMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := map[string][]string{}
		for _, k := range rapid.SliceOf(nasty()).Draw(t, "keys") {
			in[strings.ToValidUTF8(k, "?")] = []string{strings.ToValidUTF8(nasty().Draw(t, "value"), "?")}
		}
		for _, write := range []func(*bytes.Buffer) error{
			func(b *bytes.Buffer) error { return WriteJSON(b, in) },
			func(b *bytes.Buffer) error { return WriteJSONLine(b, in) },
		} {
			var b, again bytes.Buffer
			if err := errors.Join(write(&b), write(&again)); err != nil || b.String() != again.String() {
				t.Fatalf("not the same twice: %v", err)
			}
			checkInertJSON(t, b.Bytes())
			var out map[string][]string
			if err := json.Unmarshal(b.Bytes(), &out); err != nil {
				t.Fatalf("%v: %s", err, b.Bytes())
			}
			if len(out) != len(in) {
				t.Fatalf("%d keys became %d", len(in), len(out))
			}
			for k, v := range in {
				if len(out[k]) != 1 || out[k][0] != v[0] {
					t.Fatalf("%q: %q became %q", k, v, out[k])
				}
			}
		}
	})
}

func checkInertJSON(t *rapid.T, doc []byte) {
	if !utf8.Valid(doc) {
		t.Fatalf("not UTF-8: %q", doc)
	}
	for _, r := range string(doc) {
		if r != '\n' && r < ' ' || r >= 0x7f && r <= 0x9f || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e {
			t.Fatalf("%U in %q", r, doc)
		}
	}
}

func TestTextLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := []byte(nasty().Draw(t, "bytes"))
		text, encoding := Text(in)
		back := []byte(text)
		if encoding == "base64" {
			back, _ = base64.StdEncoding.DecodeString(text)
		} else if encoding != "utf8" {
			t.Fatalf("encoding %q", encoding)
		}
		if !utf8.ValidString(text) || !bytes.Equal(back, in) {
			t.Fatalf("%q became %q (%s)", in, text, encoding)
		}
	})
}

var errPipe = errors.New("broken pipe")

// brokenPipe takes a number of writes before it breaks.
type brokenPipe struct{ takes int }

func (p *brokenPipe) Write(b []byte) (int, error) {
	if p.takes--; p.takes < 0 {
		return 0, errPipe
	}
	return len(b), nil
}
