package schema

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// The headers that name the schema of a record's key and value where the bytes
// themselves do not, as serializers of Confluent Platform 8 may be told to do.
const (
	KeyHeader   = "__key_schema_id"
	ValueHeader = "__value_schema_id"
)

// The first byte of what names a schema: an ID of four bytes or a GUID of
// sixteen follows.
const (
	magicID   = 0
	magicGUID = 1
)

// name is how a record names its schema: by an ID, or by a GUID if that is not "".
type name struct {
	id   int32
	guid string
}

// String is how a schema is named in messages: by its ID, or its GUID.
func (n name) String() string {
	if n.guid != "" {
		return "schema " + n.guid
	}
	return fmt.Sprintf("schema %d", n.id)
}

// frame is a key or value taken apart.
type frame struct {
	name
	// inHeader says that a header named the schema: index is then what follows the
	// name there. Else Protobuf's message index begins the payload.
	inHeader bool
	index    []byte
	payload  []byte
}

var errNotFramed = errors.New("not in a schema registry's wire format: it names no schema")

// parseFrame takes a key or value apart. A header that names a schema wins over
// the bytes, as in Confluent's deserializers; nil is no header.
func parseFrame(data, header []byte) (frame, error) {
	if header != nil {
		n, rest, err := parseName(header)
		if err != nil {
			return frame{}, fmt.Errorf("its schema header: %w", err)
		}
		return frame{name: n, inHeader: true, index: rest, payload: data}, nil
	}
	n, rest, err := parseName(data)
	if err != nil {
		return frame{}, err
	}
	return frame{name: n, payload: rest}, nil
}

func parseName(b []byte) (name, []byte, error) {
	switch {
	case len(b) >= 5 && b[0] == magicID:
		id := int32(binary.BigEndian.Uint32(b[1:5]))
		if id < 0 {
			return name{}, nil, errNotFramed
		}
		return name{id: id}, b[5:], nil
	case len(b) >= 17 && b[0] == magicGUID:
		return name{guid: uuidText(b[1:17])}, b[17:], nil
	}
	return name{}, nil, errNotFramed
}

// uuidText writes sixteen bytes as UUIDs are written.
func uuidText(b []byte) string {
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// maxIndex is how deep a message may be nested in others.
const maxIndex = 64

// parseIndex reads the path to the message in a .proto file: its length and its
// numbers as zigzag varints, and 0 alone for the first message.
func parseIndex(b []byte) (path []int, rest []byte, err error) {
	bad := errors.New("the message index is cut off or not valid")
	n, size := binary.Varint(b)
	if size <= 0 || n < 0 || n > maxIndex {
		return nil, nil, bad
	}
	b = b[size:]
	if n == 0 {
		return []int{0}, b, nil
	}
	for range n {
		i, size := binary.Varint(b)
		if size <= 0 || i < 0 || i > 1<<20 {
			return nil, nil, bad
		}
		path, b = append(path, int(i)), b[size:]
	}
	return path, b, nil
}
