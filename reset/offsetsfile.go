package reset

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/document"
)

// Kinds of target that name an offset for each partition.
const (
	FromFile Kind = "file"  // offsets read from a file
	ToGroup  Kind = "group" // the committed offsets of another group
	// ToNothing is the target of a deletion.
	ToNothing Kind = "delete"
)

// Offsets are an offset for each of some partitions.
type Offsets map[inspect.TopicPartition]int64

// Partitions are the partitions, sorted.
func (o Offsets) Partitions() []inspect.TopicPartition {
	list := make([]inspect.TopicPartition, 0, len(o))
	for p := range o {
		list = append(list, p)
	}
	slices.SortFunc(list, inspect.TopicPartition.Compare)
	return list
}

// Scopes are the partitions as scopes, one for each topic.
func (o Offsets) Scopes() []inspect.Scope {
	var scopes []inspect.Scope
	for _, p := range o.Partitions() {
		if n := len(scopes); n == 0 || scopes[n-1].Topic != p.Topic {
			scopes = append(scopes, inspect.Scope{Topic: p.Topic})
		}
		last := &scopes[len(scopes)-1]
		last.Partitions = append(last.Partitions, p.Partition)
	}
	return scopes
}

// LoadOffsets reads the offsets of a group from a file: the CSV of
// kafka-consumer-groups (topic,partition,offset, or with the group in front), or
// a kofs plan (its new offsets) or snapshot.
func LoadOffsets(path, group string) (Offsets, error) {
	text, err := document.Read(path)
	if err != nil {
		return nil, fmt.Errorf("reading offsets: %w", err)
	}
	offsets, err := ParseOffsets(text, group)
	if err != nil {
		return nil, fmt.Errorf("reading offsets from %q: %w", path, err)
	}
	return offsets, nil
}

// ParseOffsets reads the text of such a file.
func ParseOffsets(text []byte, group string) (Offsets, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if trimmed := bytes.TrimSpace(text); bytes.HasPrefix(trimmed, []byte("{")) {
		return offsetsOfDocument(text, group)
	}
	return parseCSV(text, group)
}

func offsetsOfDocument(text []byte, group string) (Offsets, error) {
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, document.InWords(text, err, 0)
	}
	switch head.Schema {
	case PlanSchema:
		p, err := ParsePlan(text)
		if err != nil {
			return nil, err
		}
		return p.newOffsets(), sameGroup(p.Group, group)
	case SnapshotSchema:
		s, err := ParseSnapshot(text)
		if err != nil {
			return nil, err
		}
		return s.Offsets(), sameGroup(s.Group, group)
	}
	return nil, fmt.Errorf("its schema is %q, not %q or %q", head.Schema, PlanSchema, SnapshotSchema)
}

// sameGroup refuses a document of another group: to copy offsets between groups
// there is --to-group.
func sameGroup(is, want string) error {
	if is != want {
		return fmt.Errorf("it is of group %q, not of %q", is, want)
	}
	return nil
}

func (p Plan) newOffsets() Offsets {
	offsets := Offsets{}
	for _, c := range p.Changes {
		if c.NewOffset != nil {
			offsets[c.At()] = *c.NewOffset
		}
	}
	return offsets
}

// parseCSV reads what kafka-consumer-groups --export writes: no header, all lines
// with three fields, or all with four and the group first. Of these only the
// lines of the group count.
func parseCSV(text []byte, group string) (Offsets, error) {
	r := csv.NewReader(bytes.NewReader(keepLineEnds(text)))
	r.FieldsPerRecord = 0 // as many as in the first line
	offsets := Offsets{}
	for rows := 0; ; rows++ {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err // names the line
		}
		line, _ := r.FieldPos(0)
		switch {
		case rows == maxRows:
			return nil, fmt.Errorf("it has more than %d rows", maxRows)
		case len(fields) == 4 && fields[0] != group:
			continue
		case len(fields) != 3 && len(fields) != 4:
			return nil, fmt.Errorf("line %d: %d fields, not topic,partition,offset or group,topic,partition,offset", line, len(fields))
		}
		if err := offsets.add(fields[len(fields)-3:]); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if len(offsets) == 0 {
		return nil, fmt.Errorf("it has no offset of group %q", group)
	}
	return offsets, nil
}

// keepLineEnds doubles the carriage return of a line end inside quotes, of which
// encoding/csv drops one: the names of groups may hold line ends of either kind.
func keepLineEnds(text []byte) []byte {
	kept := make([]byte, 0, len(text))
	quoted := false
	for i, b := range text {
		if b == '"' {
			quoted = !quoted
		}
		if kept = append(kept, b); quoted && b == '\r' && bytes.HasPrefix(text[i+1:], []byte("\n")) {
			kept = append(kept, b)
		}
	}
	return kept
}

// add reads topic, partition and offset.
func (o Offsets) add(fields []string) error {
	scope, err := inspect.ParseScope(fields[0] + ":" + fields[1])
	if err != nil {
		return err
	}
	if scope.IsGlob() || len(scope.Partitions) != 1 || strings.Contains(fields[0], ":") {
		return fmt.Errorf("%q, %q is not a topic and a partition", fields[0], fields[1])
	}
	target, err := ParseOffset(fields[2])
	if err != nil {
		return err
	}
	at := inspect.TopicPartition{Topic: scope.Topic, Partition: scope.Partitions[0]}
	if _, twice := o[at]; twice {
		return fmt.Errorf("%s stands twice", at)
	}
	o[at] = target.Offset
	return nil
}

// WriteKafkaCSV writes offsets as kafka-consumer-groups --export does for one
// group, sorted: topic,partition,offset.
func WriteKafkaCSV(w io.Writer, offsets Offsets) error {
	var b strings.Builder
	for _, p := range offsets.Partitions() {
		b.WriteString(jacksonField(p.Topic) + "," + strconv.Itoa(int(p.Partition)) + "," + strconv.FormatInt(offsets[p], 10) + "\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing offsets: %w", err)
	}
	return nil
}

// jacksonField quotes as Jackson's CsvGenerator does with its defaults, which is
// what Kafka's tool writes with: a text of more than 24 UTF-16 units, or with a
// character up to the comma, is quoted whether it needs that or not.
func jacksonField(s string) string {
	const checked, minSafe = 24, ',' + 1
	quoted := len(utf16.Encode([]rune(s))) > checked
	for _, r := range s {
		quoted = quoted || r < minSafe
	}
	if !quoted {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// WriteOldOffsets writes the committed offsets that the plan would replace, as
// [WriteKafkaCSV]. Partitions without a commit have no line: the format cannot
// say that there was none.
func WriteOldOffsets(w io.Writer, p Plan) error {
	offsets := Offsets{}
	for _, c := range p.Changes {
		if c.Writes() && c.CommittedOffset != nil {
			offsets[c.At()] = *c.CommittedOffset
		}
	}
	return WriteKafkaCSV(w, offsets)
}
