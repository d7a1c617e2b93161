package duplicates

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// pointer is a JSON pointer (RFC 6901), its reference tokens unescaped. Without a
// token it is the whole document.
type pointer []string

func parsePointer(s string) (pointer, error) {
	if s == "" {
		return nil, nil
	}
	if s[0] != '/' {
		return nil, fmt.Errorf("the JSON pointer %q does not begin with /", s)
	}
	var p pointer
	for token := range strings.SplitSeq(s[1:], "/") {
		plain := strings.NewReplacer("~0", "", "~1", "").Replace(token)
		if strings.Contains(plain, "~") {
			return nil, fmt.Errorf("the JSON pointer %q has a ~ that is not ~0 or ~1", s)
		}
		p = append(p, strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
	}
	return p, nil
}

// find appends the text of what the pointer stands for in a JSON document. It is
// false for what is no JSON, has nothing there, or has null there.
func (p pointer) find(into, document []byte) ([]byte, bool) {
	if !utf8.Valid(document) || !json.Valid(document) {
		return into, false
	}
	at := json.RawMessage(document)
	for _, token := range p {
		var ok bool
		if at, ok = step(at, token); !ok {
			return into, false
		}
	}
	at = bytes.TrimSpace(at)
	if string(at) == "null" {
		return into, false
	}
	return append(into, plainText(at)...), true
}

// step goes one reference token down. Of two members of one name the last counts.
func step(at json.RawMessage, token string) (json.RawMessage, bool) {
	switch at = bytes.TrimSpace(at); at[0] {
	case '{':
		var object map[string]json.RawMessage
		if json.Unmarshal(at, &object) != nil {
			return nil, false
		}
		member, ok := object[token]
		return member, ok
	case '[':
		var array []json.RawMessage
		i, err := strconv.ParseUint(token, 10, 31)
		if err != nil || token[0] == '+' || token != "0" && token[0] == '0' || json.Unmarshal(at, &array) != nil || int(i) >= len(array) {
			return nil, false
		}
		return array[i], true
	}
	return nil, false
}

// plainText is a valid JSON text in one spelling: no blanks, members in order,
// strings without needless escapes. Numbers stay as they are written. A string
// that Go cannot hold (half of a surrogate pair) would lose what it says, and
// leaves the text as it is but for blanks.
func plainText(at json.RawMessage) []byte {
	var compact bytes.Buffer
	_ = json.Compact(&compact, at) // it was found valid
	var value any
	decoder := json.NewDecoder(bytes.NewReader(at))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return compact.Bytes()
	}
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil || bytes.ContainsRune(plain.Bytes(), utf8.RuneError) {
		return compact.Bytes()
	}
	return bytes.TrimSuffix(plain.Bytes(), []byte("\n"))
}
