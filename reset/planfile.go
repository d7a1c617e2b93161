package reset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kofs/kofs/internal/document"
)

// maxRows is how many rows a document may have that is read back.
const maxRows = 200_000

// planReader is the version of the reader below; a plan that needs a newer one is refused.
const planReader = 1

// sealed is the plan with the digest of what it says. The digest notices an
// accidental edit, not a malicious one: whoever can edit can also seal.
func (p Plan) sealed() Plan {
	p.Digest = ""
	text, err := json.Marshal(p)
	if err != nil { // a plan is plain data
		panic(fmt.Sprintf("encoding a plan: %v", err))
	}
	sum := sha256.Sum256(text)
	p.Digest = "sha256:" + hex.EncodeToString(sum[:])
	return p
}

// SavePlan writes the plan to a new file with mode 0600, whole or not at all: a
// temporary file beside it, synced, then given its name. An existing file is
// left alone, unless force is set.
func SavePlan(path string, p Plan, force bool) error {
	text, err := document.Encode(p)
	if err != nil {
		return fmt.Errorf("saving plan %q: %w", path, err)
	}
	if err := document.Save(path, text, force); err != nil {
		return fmt.Errorf("saving plan %q: %w", path, err)
	}
	return nil
}

// LoadPlan reads a plan that SavePlan, or a preview with JSON output, has
// written. It is strict: see [ParsePlan]. A symbolic link is not followed.
func LoadPlan(path string) (Plan, error) {
	text, err := document.Read(path)
	if err != nil {
		return Plan{}, fmt.Errorf("reading plan: %w", err)
	}
	p, err := ParsePlan(text)
	if err != nil {
		return Plan{}, fmt.Errorf("reading plan %q: %w", path, err)
	}
	return p, nil
}

// ParsePlan reads the text of a plan: every field known, no key twice, nothing
// behind it, and the digest right. Rows are held against each other, so that
// what was edited into a contradiction is not applied.
func ParsePlan(text []byte) (Plan, error) {
	var p Plan
	if err := document.Decode(text, &p); err != nil {
		return Plan{}, err
	}
	switch {
	case p.Schema != PlanSchema:
		return Plan{}, fmt.Errorf("its schema is %q, not %q", p.Schema, PlanSchema)
	case p.MinReader > planReader:
		return Plan{}, fmt.Errorf("it needs a newer kofs (min_reader %d, this one reads %d)", p.MinReader, planReader)
	case len(p.Changes) > maxRows:
		return Plan{}, fmt.Errorf("it has %d rows, more than %d", len(p.Changes), maxRows)
	case p.Digest != p.sealed().Digest:
		return Plan{}, errors.New("its digest does not fit what it says: it was edited after it was written; preview again instead")
	}
	return p, p.consistent()
}

// consistent holds each row's effect against its offsets.
func (p Plan) consistent() error {
	seen := map[PartitionDoc]bool{}
	for i, c := range p.Changes {
		at := PartitionDoc{c.Topic, c.Partition}
		switch {
		case seen[at]:
			return fmt.Errorf("row %d: %s stands twice", i+1, c.At())
		case !c.Writes():
		case c.NewOffset == nil || c.LogStartOffset == nil || c.HighWatermark == nil:
			return fmt.Errorf("row %d: %s has no new offset or no log", i+1, c.At())
		case *c.NewOffset < *c.LogStartOffset || *c.NewOffset > *c.HighWatermark:
			return fmt.Errorf("row %d: new offset %d of %s lies outside its log", i+1, *c.NewOffset, c.At())
		case effect(c.committed(), *c.NewOffset) != c.Effect:
			return fmt.Errorf("row %d: the effect of %s is not %q", i+1, c.At(), c.Effect)
		}
		seen[at] = true
	}
	return nil
}
