package export

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/kofs/kofs/internal/document"
)

// File is an export while it is written. It is for one goroutine.
type File struct {
	Options
	path    string
	partial *os.File // nil once it was named and left
	out     *bufio.Writer
	disk    io.Writer  // the partial file
	at      Checkpoint // with what is still in out
	written int64      // bytes, with what is still in out
	begun   bool
	named   bool // the file has got its name
	closed  bool

	saved      time.Time // when the last checkpoint was
	savedBytes int64     // and where
	steps      int       // since the clock was looked at
}

// clockSteps is how many records go by between two looks at the clock.
const clockSteps = 1024

// Begin fixes what is to be exported. After it the export can be interrupted.
func (f *File) Begin(clusterID string, settings []Setting, ranges []Range) error {
	f.at = Checkpoint{Schema: Schema, ClusterID: clusterID, Settings: settings, Ranges: ranges}
	f.begun = true
	return f.save()
}

// At is how far the export has come. Its slices are the file's own.
func (f *File) At() Checkpoint { return f.at }

// Resumable reports whether what was written can be gone on with.
func (f *File) Resumable() bool { return f.begun && !f.Once }

// Bytes is how large the file is so far.
func (f *File) Bytes() int64 { return f.written }

// Head writes what stands before the first record.
func (f *File) Head(text []byte) error { return f.write(text) }

// Record writes the text of the record of range i with this offset.
func (f *File) Record(i int, offset int64, text []byte) error {
	if err := f.write(text); err != nil {
		return err
	}
	f.at.Ranges[i].Records++
	return f.Passed(i, offset+1)
}

// Passed says that all of range i before next is dealt with.
func (f *File) Passed(i int, next int64) error {
	r := &f.at.Ranges[i]
	r.Next = max(r.Next, min(next, r.Until))
	if f.steps++; f.steps%clockSteps == 0 && f.Now().Sub(f.saved) >= f.Interval {
		return f.save()
	}
	if f.written-f.savedBytes >= f.Every {
		return f.save()
	}
	return nil
}

// Lost says that records of range i were deleted before they could be read, and
// where the log began then.
func (f *File) Lost(i int, logStart *int64) {
	if logStart != nil {
		f.at.Ranges[i].LostToRetention = new(*logStart)
	}
}

// Done says that nothing more is to come of range i.
func (f *File) Done(i int) { f.at.Ranges[i].Done = true }

func (f *File) write(text []byte) error {
	n, err := f.out.Write(text)
	f.written += int64(n)
	if err != nil {
		return fmt.Errorf("writing %q: %w", f.path+partialSuffix, err)
	}
	return nil
}

// save puts what was written on the disk, and then the checkpoint that counts it.
func (f *File) save() error {
	if f.Once || f.named {
		return nil
	}
	if err := f.sync(); err != nil {
		return err
	}
	f.at.Bytes = f.written
	text, err := document.Encode(f.at)
	if err != nil {
		return fmt.Errorf("encoding the checkpoint: %w", err)
	}
	if err := f.replaceCheckpoint(text); err != nil {
		return fmt.Errorf("writing %q: %w", f.path+checkpointSuffix, err)
	}
	f.saved, f.savedBytes = f.Now(), f.written
	return nil
}

func (f *File) sync() error {
	err := f.out.Flush()
	if err == nil {
		err = f.step("sync", f.partial.Sync)
	}
	if err != nil {
		return fmt.Errorf("writing %q: %w", f.path+partialSuffix, err)
	}
	return nil
}

// replaceCheckpoint uses one temporary name, since the lock is held: a crash leaves
// no more than one behind, which the next checkpoint writes over.
func (f *File) replaceCheckpoint(text []byte) error {
	temporary := f.path + checkpointSuffix + ".new"
	err := f.step("write the checkpoint", func() error {
		file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NOFOLLOW, 0o600)
		if err != nil {
			return err
		}
		return document.WriteSynced(file, text)
	})
	if err != nil {
		return err
	}
	return f.step("name the checkpoint", func() error { return document.Name(temporary, f.path+checkpointSuffix, true) })
}

// Finish gives the file its name. Before it returns without an error all is on the
// disk.
func (f *File) Finish() error {
	f.at.Complete = true
	if !f.named {
		if err := f.sync(); err != nil {
			return err
		}
		if err := f.save(); err != nil {
			return err
		}
		if err := f.step("name the file", f.name); err != nil {
			return fmt.Errorf("naming %q: %w", f.path, err)
		}
		f.named = true
	}
	err := f.step("remove the checkpoint", func() error {
		return errors.Join(removeIfThere(f.path+checkpointSuffix+".new"), removeIfThere(f.path+checkpointSuffix), document.SyncDir(filepath.Dir(f.path)))
	})
	if err != nil {
		return fmt.Errorf("removing the checkpoint of %q: %w", f.path, err)
	}
	return f.leave()
}

// name gives the partial file its name, unless a crash left it with both.
func (f *File) name() error {
	if named, err := os.Lstat(f.path); err == nil && f.isMine(named) {
		return os.Remove(f.path + partialSuffix)
	}
	return document.Name(f.path+partialSuffix, f.path, f.Force)
}

func (f *File) isMine(named fs.FileInfo) bool {
	mine, err := f.partial.Stat()
	return err == nil && os.SameFile(mine, named)
}

// Close ends an export that was not finished: what was begun stays, with a
// checkpoint of all that could be written; anything else is removed. After Finish
// it does nothing.
func (f *File) Close() error {
	switch {
	case f.closed:
		return nil
	case f.named:
		return f.leave()
	case f.Resumable():
		return errors.Join(f.save(), f.leave())
	}
	return errors.Join(removeIfThere(f.path+partialSuffix), f.leave())
}

func (f *File) leave() error {
	f.closed = true
	if f.partial == nil {
		return nil
	}
	return f.partial.Close()
}

// step is one step that changes the disk.
func (f *File) step(name string, do func() error) error {
	if f.before != nil {
		if err := f.before(name); err != nil {
			return err
		}
	}
	return do()
}

// diskWriter writes to the partial file.
type diskWriter struct{ *File }

// Write counts what reached the file.
func (w diskWriter) Write(p []byte) (int, error) {
	n := 0
	err := w.step("write", func() (err error) {
		n, err = w.disk.Write(p)
		return err
	})
	return n, err
}
