// Package export writes a file piece by piece so that it is there whole or not at
// all, and so that writing it can be interrupted anywhere, also by a crash of the
// machine, and gone on with: nothing is lost, and nothing stands twice.
//
// What is written goes to FILE.partial. Now and then, after the data is on the
// disk, FILE.checkpoint is replaced: it says up to which byte the partial file
// counts, and which offset comes next. At the end the partial file is given its
// name and the checkpoint is removed.
package export

import (
	"fmt"
	"slices"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/document"
)

// Schema names the document of a checkpoint.
const Schema = "kofs/export/v1"

// maxRanges is how many ranges a checkpoint may have that is read back.
const maxRanges = 200_000

// Checkpoint is how far an export has come: the whole of what is needed to go on.
type Checkpoint struct {
	Schema    string    `json:"schema"`
	ClusterID string    `json:"cluster_id"`
	Settings  []Setting `json:"settings"` // what decides over the content of the file
	Ranges    []Range   `json:"ranges"`   // as they were fixed by the first run, in the order of the file
	Bytes     int64     `json:"bytes"`    // of the partial file, all on the disk
	Complete  bool      `json:"complete"` // all was written; only the file's name is missing
}

// Setting is a part of the command line.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Range is a range of offsets [From, Until) of one partition.
type Range struct {
	Topic     string           `json:"topic"`
	TopicID   *inspect.TopicID `json:"topic_id"` // nil where the broker has none
	Partition int32            `json:"partition"`
	From      int64            `json:"from"`
	Until     int64            `json:"until"`
	Next      int64            `json:"next"` // all before it is in the file, or was not wanted
	Done      bool             `json:"done"` // nothing more is to come, though Next may lie before Until
	Records   int64            `json:"records"`
	// LostToRetention is the log start offset that passed Next while the range was
	// read; nil when nothing was lost.
	LostToRetention *int64  `json:"lost_to_retention"`
	Effect          *string `json:"effect"` // what a reset does with the range; nil without a group
}

// Records is how many records the file has.
func (c Checkpoint) Records() (n int64) {
	for _, r := range c.Ranges {
		n += r.Records
	}
	return n
}

// OtherCommandError says that an export is to be gone on with by a command that
// would write something else.
type OtherCommandError struct{ Name, Was, Is string }

// Error is was and is.
func (e *OtherCommandError) Error() string {
	return fmt.Sprintf("the interrupted export is of another command: %s was %s, is %s", e.Name, e.Was, e.Is)
}

// Fits is an [*OtherCommandError] if the settings are not those of the checkpoint.
func (c Checkpoint) Fits(settings []Setting) error {
	was, is := byName(c.Settings), byName(settings)
	for _, s := range slices.Concat(c.Settings, settings) {
		if was[s.Name] != is[s.Name] {
			return &OtherCommandError{Name: s.Name, Was: orNotGiven(was[s.Name]), Is: orNotGiven(is[s.Name])}
		}
	}
	return nil
}

func byName(settings []Setting) map[string]string {
	values := map[string]string{}
	for _, s := range settings {
		values[s.Name] = fmt.Sprintf("%q", s.Value)
	}
	return values
}

func orNotGiven(value string) string {
	if value == "" {
		return "not given"
	}
	return value
}

// ParseCheckpoint reads the text of a checkpoint: every field known, no key twice,
// nothing behind it, and no number that cannot be.
func ParseCheckpoint(text []byte) (Checkpoint, error) {
	var c Checkpoint
	if err := document.Decode(text, &c); err != nil {
		return Checkpoint{}, err
	}
	switch {
	case c.Schema != Schema:
		return Checkpoint{}, fmt.Errorf("its schema is %q, not %q", c.Schema, Schema)
	case len(c.Ranges) > maxRanges:
		return Checkpoint{}, fmt.Errorf("it has %d ranges, more than %d", len(c.Ranges), maxRanges)
	case c.Bytes < 0:
		return Checkpoint{}, fmt.Errorf("it counts %d bytes", c.Bytes)
	}
	for i, r := range c.Ranges {
		if r.Topic == "" || r.Partition < 0 || r.From < 0 || r.Next < r.From || r.Until < r.Next || r.Records < 0 || r.Records > r.Next-r.From {
			return Checkpoint{}, fmt.Errorf("range %d: %s:%d from %d until %d, next %d, with %d records, is none", i+1, r.Topic, r.Partition, r.From, r.Until, r.Next, r.Records)
		}
	}
	return c, nil
}
