package schema

import (
	"bytes"
	"encoding/json"
	"errors"
)

// jsonCodec is for JSON Schema, whose payload is JSON already: it is passed on,
// and not held against the schema.
type jsonCodec struct{}

func (jsonCodec) decode(f frame) (json.RawMessage, error) {
	var out bytes.Buffer
	if err := json.Compact(&out, f.payload); err != nil {
		return nil, errors.New("its payload is not JSON: " + err.Error())
	}
	return out.Bytes(), nil
}
