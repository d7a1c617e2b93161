package reset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// OpenJournal opens the journal in the directory, and makes it (mode 0700) if it
// is not there. What undo reads there is written to a cluster, so a directory is
// refused that belongs to somebody else, that others may write to, or that lies in
// one of somebody else than root, who could put another in its place.
func OpenJournal(dir string) (*Journal, error) {
	return openJournal(dir, os.Geteuid())
}

// ReadJournal is OpenJournal for those who only read: it makes nothing, and where
// there is no journal yet it is an empty one.
func ReadJournal(dir string) (*Journal, error) {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return &Journal{dir: dir}, nil
	}
	return OpenJournal(dir)
}

// openJournal is OpenJournal for a user.
func openJournal(dir string, user int) (*Journal, error) {
	state := filepath.Dir(dir)
	err := os.MkdirAll(state, 0o700)
	if err == nil {
		err = trustState(state, user)
	}
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = trustJournal(dir, user)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	return &Journal{dir: dir}, nil
}

// trustState refuses a directory in which somebody else could put a journal.
func trustState(state string, user int) error {
	info, err := os.Stat(state)
	if err == nil && ownedByOther(info, user) && ownedByOther(info, 0) {
		err = fmt.Errorf("%q belongs to user %d", state, info.Sys().(*syscall.Stat_t).Uid)
	}
	return err
}

// trustJournal refuses a directory in which somebody else could put an entry.
func trustJournal(dir string, user int) error {
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%q is not a directory", dir)
	case ownedByOther(info, user):
		return fmt.Errorf("%q belongs to user %d", dir, info.Sys().(*syscall.Stat_t).Uid)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("others may write to %q (mode %04o)", dir, info.Mode().Perm())
	}
	return nil
}

// ownedByOther is false where the system does not tell.
func ownedByOther(info fs.FileInfo, user int) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) != user
}
