package output

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

// What is appended is what encoding/json and the escaping after it give.
func FuzzAppendJSON(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\/<>&", "\x00\x01\b\f\n\r\t\x1f\x7f", "é\u0085\u009b31m", "\u2028\u2029\u202e\u200b", "\xff\xfea", "😀\U000e0001\ufffd", "\xe2\x82", "\U0010ffff"} {
		f.Add([]byte(s), int64(len(s))*1e15)
	}
	f.Fuzz(func(t *testing.T, b []byte, ms int64) {
		type doc struct {
			String   string  `json:"string"`
			Text     string  `json:"text"`
			Encoding string  `json:"encoding"`
			Time     *string `json:"time"`
		}
		text, encoding := Text(b)
		var want bytes.Buffer
		if err := WriteJSONLine(&want, doc{string(b), text, encoding, JSONTime(&ms)}); err != nil {
			t.Fatal(err)
		}
		got := AppendJSONString([]byte(`{"string":`), b)
		got, encoding = AppendJSONText(append(got, `,"text":`...), b)
		got = AppendJSONString(append(got, `,"encoding":`...), encoding)
		got = append(AppendJSONTime(append(got, `,"time":`...), &ms), "}\n"...)
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%q, want %q (UTF-8 %v)", got, want.Bytes(), utf8.Valid(b))
		}
	})
}
