package reset

import (
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

// openJournal is OpenJournal for a user.
func openJournal(dir string, user int) (*Journal, error) {
	state := filepath.Dir(dir)
	if err := os.MkdirAll(state, 0o700); err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	switch info, err := os.Stat(state); {
	case err != nil:
		return nil, fmt.Errorf("opening the journal: %w", err)
	case ownedByOther(info, user) && ownedByOther(info, 0):
		return nil, fmt.Errorf("opening the journal: %q belongs to user %d", state, info.Sys().(*syscall.Stat_t).Uid)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the journal: %w", err)
	}
	switch info, err := os.Lstat(dir); {
	case err != nil:
		return nil, fmt.Errorf("opening the journal: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("opening the journal: %q is not a directory", dir)
	case ownedByOther(info, user):
		return nil, fmt.Errorf("opening the journal: %q belongs to user %d", dir, info.Sys().(*syscall.Stat_t).Uid)
	case info.Mode().Perm()&0o022 != 0:
		return nil, fmt.Errorf("opening the journal: others may write to %q (mode %04o)", dir, info.Mode().Perm())
	}
	return &Journal{dir: dir}, nil
}

// ownedByOther is false where the system does not tell.
func ownedByOther(info fs.FileInfo, user int) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) != user
}
