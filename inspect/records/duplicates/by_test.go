package duplicates

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestParseBy(t *testing.T) {
	for _, text := range []string{"key", "value", "key+value", "key+value+headers", "header:message-id", "header:a:b", "json:/a/b", "json:", "json:/a~1b~0"} {
		if by, err := ParseBy(text); err != nil || by.String() != text {
			t.Errorf("%q: %v, %v", text, by, err)
		}
	}
	for _, text := range []string{"", "keys", "header", "header:", "json", "json:a", "json:/a~", "json:/a~2", "json:/~~01"} {
		if _, err := ParseBy(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestPointers(t *testing.T) {
	const document = `{"foo":["bar","baz"],"":0,"a/b":1,"m~n":8,"x":{"y":[{"z":"\u0061"}]},"d":1,"d":2,"null":null,"~1":3,
		"half":"\ud800", "o":{"b":1,"a":[ ]}}`
	for _, c := range []struct {
		pointer, want string
		found         bool
	}{
		{"/foo", `["bar","baz"]`, true},
		{"/foo/0", `"bar"`, true},
		{"/foo/2", ``, false},
		{"/foo/-", ``, false},
		{"/foo/01", ``, false},
		{"/foo/+1", ``, false},
		{"/foo/99999999999999999999", ``, false},
		{"/foo/0/0", ``, false},
		{"/", `0`, true},
		{"/a~1b", `1`, true},
		{"/m~0n", `8`, true},
		{"/~01", `3`, true},
		{"/x/y/0/z", `"a"`, true}, // one spelling of a string
		{"/d", `2`, true},         // the last of two
		{"/null", ``, false},
		{"/half", `"\ud800"`, true},    // not what Go makes of it
		{"/o", `{"a":[],"b":1}`, true}, // in order, without blanks
		{"/no", ``, false},
	} {
		p, err := parsePointer(c.pointer)
		if err != nil {
			t.Fatal(err)
		}
		got, found := p.find(nil, []byte(document))
		if found != c.found || string(got) != c.want {
			t.Errorf("%s: %s %t, want %s", c.pointer, got, found, c.want)
		}
	}
	for _, broken := range []string{"", " ", "{", `{"a":1}x`, `{"a":"` + "\xff" + `"}`, `{"a"}`} {
		if got, found := (pointer{"a"}).find(nil, []byte(broken)); found {
			t.Errorf("%q has %s", broken, got)
		}
	}
}

// Whatever the bytes are: no panic, and what is found is JSON that finds itself.
func FuzzPointer(f *testing.F) {
	f.Add("/a/0", []byte(`{"a":[1]}`))
	f.Add("", []byte(` "\u0041" `))
	f.Add("/~1~0", []byte(`{"/~":{"b":1e400}}`))
	f.Fuzz(func(t *testing.T, text string, document []byte) {
		p, err := parsePointer(text)
		if err != nil {
			return
		}
		found, ok := p.find(nil, document)
		if !ok {
			return
		}
		again, ok := pointer(nil).find(nil, found)
		if !json.Valid(found) || !ok || !bytes.Equal(found, again) {
			t.Fatalf("%q in %q is %q, and then %q", text, document, found, again)
		}
	})
}

// Two different lists of fields never have one identity.
func TestFieldsAreToldApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (key, value []byte) {
			field := rapid.SliceOfN(rapid.ByteRange(0, 3), 0, 4)
			if rapid.Bool().Draw(t, name+" has a key") {
				key = append([]byte{}, field.Draw(t, name+" key")...)
			}
			if rapid.Bool().Draw(t, name+" has a value") {
				value = append([]byte{}, field.Draw(t, name+" value")...)
			}
			return key, value
		}
		k1, v1 := draw("one")
		k2, v2 := draw("other")
		same := bytes.Equal(k1, k2) && bytes.Equal(v1, v2) && (k1 == nil) == (k2 == nil) && (v1 == nil) == (v2 == nil)
		one, other := appendField(appendField(nil, k1), v1), appendField(appendField(nil, k2), v2)
		if bytes.Equal(one, other) != same {
			t.Fatalf("%v %v %v %v", k1, v1, k2, v2)
		}
	})
}
