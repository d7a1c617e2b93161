package export

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/kofs/kofs/internal/disk"
	"github.com/kofs/kofs/internal/document"
)

// Options say how a file is written.
type Options struct {
	// Force writes over an existing file, and over an interrupted export.
	Force bool
	// Resume goes on with an interrupted export, which must be there.
	Resume bool
	// Once keeps no checkpoint: what is interrupted is removed.
	Once bool
	// Every is after how many bytes there is a checkpoint, and after how long at the
	// latest; 0 is 64 MiB and 5 s.
	Every    int64
	Interval time.Duration
	Now      func() time.Time

	// before is asked before every step that changes the disk; nil always agrees.
	// Tests end an export so, at every point.
	before func(step string) error
}

// The file's companions.
const (
	partialSuffix    = ".partial"
	checkpointSuffix = ".checkpoint"
)

// PathError says that a file cannot be written at this path, or an export not
// gone on with, before anything was done.
type PathError struct{ Message, Hint string }

// Error is the message.
func (e *PathError) Error() string { return e.Message }

// DamagedError says that an interrupted export cannot be gone on with, because its
// files do not hold what they should.
type DamagedError struct {
	Path string
	Err  error
}

// Error names the file.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("the interrupted export of %q is damaged: %v", e.Path, e.Err)
}

// Unwrap is what is wrong.
func (e *DamagedError) Unwrap() error { return e.Err }

// Check is a [*PathError] if no new file can be begun at path, as far as that can be
// known without doing it. It changes nothing.
func Check(path string, force bool) error {
	if err := checkName(path, force); err != nil {
		return err
	}
	if dir, err := os.Stat(filepath.Dir(path)); err != nil || !dir.IsDir() {
		return &PathError{Message: fmt.Sprintf("%q is no directory", filepath.Dir(path))}
	}
	if _, err := os.Lstat(path + checkpointSuffix); err == nil && !force {
		return &PathError{Message: fmt.Sprintf("an export to %q was interrupted", path), Hint: "--resume goes on with it, --force begins anew"}
	}
	return nil
}

// checkName looks at what has the name already.
func checkName(path string, force bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return &PathError{Message: err.Error()}
	case info.Mode()&fs.ModeSymlink != 0:
		return &PathError{Message: fmt.Sprintf("%q is a symbolic link", path), Hint: "name the file itself"}
	case !info.Mode().IsRegular():
		return &PathError{Message: fmt.Sprintf("%q is not a regular file", path), Hint: "without --save the records go to standard output"}
	case !force:
		return &PathError{Message: fmt.Sprintf("%q exists", path), Hint: "--force writes over it"}
	}
	return nil
}

// Open takes the path for itself: no other kofs can write there until Close. A
// [*PathError] says why it cannot be written, a [*DamagedError] why it cannot be
// gone on with.
func Open(path string, o Options) (*File, error) {
	if o.Every == 0 {
		o.Every = 64 << 20
	}
	if o.Interval == 0 {
		o.Interval = 5 * time.Second
	}
	f := &File{Options: o, path: path}
	if err := f.open(); err != nil {
		if f.partial != nil {
			f.partial.Close()
		}
		return nil, err
	}
	f.out, f.disk = bufio.NewWriterSize(diskWriter{f}, 1<<20), disk.Early(f.partial)
	f.saved = o.Now()
	return f, nil
}

func (f *File) open() error {
	flags := os.O_RDWR | syscall.O_NOFOLLOW
	if !f.Resume {
		if err := Check(f.path, f.Force); err != nil {
			return err
		}
		flags |= os.O_CREATE
	}
	var err error
	f.partial, err = os.OpenFile(f.path+partialSuffix, flags, 0o600)
	if f.Resume && errors.Is(err, fs.ErrNotExist) {
		return f.adoptNamed()
	}
	if err != nil {
		return &PathError{Message: err.Error()}
	}
	if err := f.lock(); err != nil {
		return err
	}
	if f.Resume {
		return f.resume()
	}
	if err := errors.Join(removeIfThere(f.path+checkpointSuffix), f.partial.Truncate(0)); err != nil {
		return &PathError{Message: err.Error()}
	}
	return nil
}

// lock makes sure that the open partial file is this process's, and still the one
// of that name: another kofs may have finished it in between.
func (f *File) lock() error {
	inUse := &PathError{Message: fmt.Sprintf("another kofs is writing %q", f.path)}
	if err := syscall.Flock(int(f.partial.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return inUse
	}
	mine, err := f.partial.Stat()
	if err != nil {
		return &PathError{Message: err.Error()}
	}
	if !mine.Mode().IsRegular() {
		return &PathError{Message: fmt.Sprintf("%q is not a regular file", f.path+partialSuffix)}
	}
	if named, err := os.Lstat(f.path + partialSuffix); err != nil || !os.SameFile(mine, named) {
		return inUse
	}
	return nil
}

// resume reads the checkpoint, and cuts the partial file to what counts.
func (f *File) resume() error {
	if err := f.readCheckpoint(); err != nil {
		return err
	}
	size, err := f.partial.Seek(0, 2)
	switch {
	case err != nil:
		return &DamagedError{f.path, err}
	case size < f.at.Bytes:
		return &DamagedError{f.path, fmt.Errorf("%q has %d bytes, fewer than the %d of its checkpoint", f.path+partialSuffix, size, f.at.Bytes)}
	}
	if named, err := os.Lstat(f.path); err == nil && !f.isMine(named) {
		if err := checkName(f.path, f.Force); err != nil {
			return err
		}
	}
	if err := f.partial.Truncate(f.at.Bytes); err != nil {
		return &PathError{Message: err.Error()}
	}
	_, err = f.partial.Seek(f.at.Bytes, 0)
	f.written, f.begun = f.at.Bytes, true
	return err
}

// adoptNamed goes on where the file has got its name already, and only the
// checkpoint was left behind.
func (f *File) adoptNamed() error {
	if err := f.readCheckpoint(); err != nil {
		return err
	}
	if info, err := os.Lstat(f.path); err != nil || !f.at.Complete || info.Size() != f.at.Bytes {
		return &DamagedError{f.path, fmt.Errorf("%q is missing", f.path+partialSuffix)}
	}
	f.begun, f.named = true, true
	return nil
}

func (f *File) readCheckpoint() error {
	text, err := document.Read(f.path + checkpointSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return &PathError{Message: fmt.Sprintf("there is no interrupted export to %q", f.path), Hint: "without --resume it begins"}
	}
	if err == nil {
		f.at, err = ParseCheckpoint(text)
	}
	if err != nil {
		return &DamagedError{f.path, fmt.Errorf("reading %q: %w", f.path+checkpointSuffix, err)}
	}
	return nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
