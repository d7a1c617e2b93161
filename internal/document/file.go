// Package document keeps JSON documents in files that outlive a run: written
// whole or not at all, and on the disk when that is said; read strictly.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Encode is the document as it stands in a file: indented, with a newline at its end.
func Encode(doc any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(doc)
	return b.Bytes(), err
}

// Save writes the text to a new file with mode 0600: a temporary file beside it,
// synced, which is given its name only when it is on the disk. An existing file
// is left alone, unless force is set.
func Save(path string, text []byte, force bool) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // what failed before is the error
		}
	}()
	if err := WriteSynced(f, text); err != nil {
		return err
	}
	return Name(f.Name(), path, force)
}

// Name gives a finished file its name, durably, in the same directory. Another file
// of that name is an error of kind [fs.ErrExist], unless force is set.
func Name(temporary, path string, force bool) (err error) {
	if force {
		err = os.Rename(temporary, path)
	} else if err = os.Link(temporary, path); err == nil { // unlike a rename, fails if the name is taken
		err = os.Remove(temporary)
	}
	if err != nil {
		return withoutTemporaryName(err, path)
	}
	return SyncDir(filepath.Dir(path))
}

// withoutTemporaryName keeps the reason of a failed link or rename and leaves out
// the name that nobody gave.
func withoutTemporaryName(err error, path string) error {
	var link *os.LinkError
	if errors.As(err, &link) {
		return &fs.PathError{Op: "create", Path: path, Err: link.Err}
	}
	return err
}

// WriteSynced writes the text, syncs the file and closes it, also after an error.
func WriteSynced(f *os.File, text []byte) error {
	_, err := f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// SyncDir makes a new name in the directory durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Read reads a regular file, up to one byte over [MaxSize]. A symbolic link is not
// followed.
func Read(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is not a regular file", path)
	}
	return io.ReadAll(io.LimitReader(f, MaxSize+1))
}
