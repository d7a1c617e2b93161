package reset

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/kofs/kofs/internal/document"
)

// JournalSchema names the document of a journal entry.
const JournalSchema = "kofs/journal/v1"

// Journal is a directory in which every write is put down before it is sent, and
// what became of it afterwards. An entry is two files, ID.intent.json and, once
// the outcome was looked at, ID.result.json; neither is ever changed. While one process writes
// to a group, others are refused by a lock.
type Journal struct {
	dir string
}

// Entry is one write: what was to be done, and, if it was looked at, what became
// of it.
type Entry struct {
	Intent
	// Result is nil when the process ended before it could look.
	Result *Result
	// Settled is the ID of the later entry that finished or took back this one.
	Settled string

	// resumptions are the later entries that went on with this one, or with another
	// of them.
	resumptions []Entry
}

// Intent is what is on the disk before anything is sent: enough to take it back.
type Intent struct {
	Schema    string `json:"schema"`
	ID        string `json:"id"`
	Kind      Write  `json:"kind"`
	CreatedAt string `json:"created_at"`
	User      string `json:"user"`
	Host      string `json:"host"`
	Server    string `json:"server"` // the bootstrap server that answered
	Reason    string `json:"reason"`
	// Of is the ID of the entry that this one finishes or takes back; "" for a
	// write of its own.
	Of   string `json:"of"`
	Plan Plan   `json:"plan"`
}

// Write is what kind of write an entry is.
type Write string

// The kinds of write.
const (
	WriteReset         Write = "reset"
	WriteResume        Write = "resume"
	WriteUndo          Write = "undo"
	WriteDeleteOffsets Write = "delete_offsets"
	WriteDeleteGroup   Write = "delete_group"
)

// lockFile is one file for each group, so that writes to several groups do not
// wait for each other.
func lockFile(clusterID, group string) string {
	sum := sha256.Sum256([]byte(clusterID + "\x00" + group))
	return "lock-" + hex.EncodeToString(sum[:8])
}

// Lock keeps other processes from writing to the group until the returned function
// is called. It does not wait: a [*Refusal] with [JournalInUse] says that another
// kofs is at it.
func (j *Journal) Lock(clusterID, group string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(j.dir, lockFile(clusterID, group)), os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the journal: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &Refusal{Reason: JournalInUse, Group: group, Message: fmt.Sprintf("another kofs is writing to group %q (journal %q)", group, j.dir), Retryable: true}
		}
		return nil, fmt.Errorf("locking the journal: %w", err)
	}
	return func() { f.Close() }, nil
}

// Begin puts an intent on the disk. When it returns without an error the entry
// outlives a crash of the machine.
func (j *Journal) Begin(i Intent) error {
	i.Schema = JournalSchema
	return j.write(i.ID+".intent.json", i)
}

// End puts down what became of the write.
func (j *Journal) End(id string, r Result) error {
	return j.write(id+".result.json", r)
}

func (j *Journal) write(name string, doc any) error {
	text, err := document.Encode(doc)
	if err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	// Another kofs may be reading the journal, because of another group: a document
	// gets its name when it is whole.
	f, err := os.CreateTemp(j.dir, name+".*")
	if err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	path := filepath.Join(j.dir, name)
	if err = document.WriteSynced(f, text); err == nil {
		err = os.Link(f.Name(), path) // unlike a rename, never in place of another
	}
	if err == nil {
		if err = document.SyncDir(j.dir); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}
	if err = errors.Join(err, os.Remove(f.Name())); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return nil
}

var entryID = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}\.[0-9]{3}Z-[a-z0-9]{6}$`)

// EntryID is the ID of an entry begun at a time: IDs sort by time.
func EntryID(at time.Time, random string) string {
	suffix := strings.ToLower(random)
	return at.UTC().Format("20060102T150405.000Z") + "-" + suffix[:min(6, len(suffix))]
}

// UnknownEntryError says that the journal has no such entry.
type UnknownEntryError struct{ ID, Dir string }

// Error names the entry and the journal.
func (e *UnknownEntryError) Error() string {
	return fmt.Sprintf("the journal %q has no entry %q", e.Dir, e.ID)
}

// Entry reads one entry.
func (j *Journal) Entry(id string) (Entry, error) {
	if !entryID.MatchString(id) {
		return Entry{}, &UnknownEntryError{id, j.dir}
	}
	entries, err := j.Entries()
	if err != nil {
		return Entry{}, err
	}
	for _, e := range entries {
		if e.ID == id {
			return e, nil
		}
	}
	return Entry{}, &UnknownEntryError{id, j.dir}
}

// Entries reads all entries, oldest first.
func (j *Journal) Entries() ([]Entry, error) {
	files, err := os.ReadDir(j.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	var entries []Entry
	for _, f := range files {
		id, isIntent := strings.CutSuffix(f.Name(), ".intent.json")
		if !isIntent || !entryID.MatchString(id) {
			continue
		}
		entry, err := j.read(id)
		if err != nil {
			return nil, fmt.Errorf("reading journal entry %q: %w", id, err)
		}
		entries = append(entries, entry)
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	settle(entries)
	return entries, nil
}

func (j *Journal) read(id string) (Entry, error) {
	var e Entry
	text, err := document.Read(filepath.Join(j.dir, id+".intent.json"))
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(text, &e.Intent); err != nil {
		return e, document.InWords(text, err, 0)
	}
	if e.Intent.ID != id || e.Schema != JournalSchema {
		return e, errors.New("the intent is of another entry, or of another schema")
	}
	for _, suffix := range []string{".verified.json", ".result.json"} { // what was verified later counts
		text, err = document.Read(filepath.Join(j.dir, id+suffix))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return e, err
		}
		e.Result = new(Result)
		if err := json.Unmarshal(text, e.Result); err != nil {
			return e, document.InWords(text, err, 0)
		}
		if len(e.Result.Partitions) != len(e.Plan.Changes) {
			return e, errors.New("the result does not fit the intent")
		}
		break
	}
	return e, nil
}

// LastWrite is the newest entry that wrote, or may have written, to a group of
// the cluster; group "" is any. A [*Refusal] with [UnknownEntry] if there is none.
func (j *Journal) LastWrite(clusterID, group string) (Entry, error) {
	entries, err := j.Entries()
	if err != nil {
		return Entry{}, err
	}
	for _, e := range slices.Backward(entries) {
		if e.Plan.ClusterID == clusterID && (group == "" || e.Plan.Group == group) && len(e.Taken().Rows) > 0 {
			return e, nil
		}
	}
	what := fmt.Sprintf("cluster %q", clusterID)
	if group != "" {
		what = fmt.Sprintf("group %q of cluster %q", group, clusterID)
	}
	return Entry{}, &Refusal{Reason: UnknownEntry, Group: group, Message: "the journal has no write to " + what}
}

// UnsettledFor is the newest unsettled entry for a group of a cluster, nil if
// there is none.
func (j *Journal) UnsettledFor(clusterID, group string) (*Entry, error) {
	entries, err := j.Entries()
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Backward(entries) {
		if e.Plan.ClusterID == clusterID && e.Plan.Group == group && e.Unsettled() {
			return &e, nil
		}
	}
	return nil, nil
}
