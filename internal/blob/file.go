package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// File keeps sets in a directory: assets/<first two digits>/<id>/<name>. A set appears
// and goes by one rename.
type File struct{ root string }

var _ Store = (*File)(nil)

// NewFile opens a directory and makes what is missing in it.
func NewFile(root string) (*File, error) {
	f := &File{root}
	for _, dir := range []string{f.assets(), f.tmp()} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *File) assets() string { return filepath.Join(f.root, "assets") }
func (f *File) tmp() string    { return filepath.Join(f.root, "tmp") }

// Dir is the directory of a set; id must be valid.
func (f *File) Dir(id string) string { return filepath.Join(f.assets(), id[:2], id) }

// Put implements Store. It moves dir; all of it is durable before it is visible, and
// visible durably before Put returns.
func (f *File) Put(_ context.Context, id, dir string, files map[string]int64) error {
	if err := checkSet(id, files); err != nil {
		return err
	}
	for name, size := range files {
		if err := syncPath(filepath.Join(dir, name), size); err != nil {
			return err
		}
	}
	if err := syncPath(dir, -1); err != nil {
		return err
	}
	to := f.Dir(id)
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	if err := f.remove(id); err != nil {
		return err
	}
	if err := os.Rename(dir, to); err != nil {
		return err
	}
	return errors.Join(syncPath(filepath.Dir(to), -1), syncPath(f.assets(), -1))
}

// Local opens a file, whose set may then be removed.
func (f *File) Local(id, name string) (*os.File, error) {
	if !ValidID(id) || !ValidName(name) {
		return nil, missing(id, name)
	}
	file, err := os.OpenInRoot(f.Dir(id), name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(id, name)
	}
	return file, err
}

// Open implements Store.
func (f *File) Open(_ context.Context, id, name string, offset, length int64) (io.ReadCloser, error) {
	file, err := f.Local(id, name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	from, n := clip(info.Size(), offset, length)
	return section{io.NewSectionReader(file, from, n), file}, nil
}

// Stat implements Store.
func (f *File) Stat(_ context.Context, id string) (Set, error) {
	if !ValidID(id) {
		return Set{}, missing(id, "")
	}
	info, err := os.Stat(f.Dir(id))
	if errors.Is(err, fs.ErrNotExist) {
		return Set{}, missing(id, "")
	}
	if err != nil {
		return Set{}, err
	}
	entries, err := os.ReadDir(f.Dir(id))
	if err != nil {
		return Set{}, err
	}
	s := Set{ID: id, Files: make(map[string]int64, len(entries)), Used: info.ModTime()}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && ValidName(e.Name()) {
			s.Files[e.Name()] = info.Size()
		}
	}
	return s, nil
}

// Touch implements Store.
func (f *File) Touch(_ context.Context, id string) error {
	if !ValidID(id) {
		return missing(id, "")
	}
	now := time.Now()
	if err := os.Chtimes(f.Dir(id), now, now); errors.Is(err, fs.ErrNotExist) {
		return missing(id, "")
	} else if err != nil {
		return err
	}
	return nil
}

// Delete implements Store.
func (f *File) Delete(_ context.Context, id string) error {
	if !ValidID(id) {
		return nil
	}
	return f.remove(id)
}

// remove takes a set away: out of sight at once, then its bytes.
func (f *File) remove(id string) error {
	gone, err := os.MkdirTemp(f.tmp(), "gone-")
	if err != nil {
		return err
	}
	if err := os.Rename(f.Dir(id), filepath.Join(gone, id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, os.RemoveAll(gone))
	}
	return os.RemoveAll(gone)
}

// List implements Store.
func (f *File) List(ctx context.Context, after string, limit int) ([]Set, error) {
	shelves, err := os.ReadDir(f.assets())
	if err != nil {
		return nil, err
	}
	var list []Set
	for _, shelf := range shelves {
		if len(after) >= 2 && shelf.Name() < after[:2] {
			continue
		}
		ids, err := os.ReadDir(filepath.Join(f.assets(), shelf.Name()))
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if len(list) == limit {
				return list, nil
			}
			if !ValidID(id.Name()) || id.Name()[:2] != shelf.Name() || id.Name() <= after {
				continue
			}
			s, err := f.Stat(ctx, id.Name())
			if errors.Is(err, ErrNotFound) {
				continue // removed meanwhile
			}
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		}
	}
	return list, nil
}

// Check implements Store.
func (f *File) Check(context.Context) error {
	_, err := os.Stat(f.assets())
	return err
}

// syncPath makes a file of a size, or a directory, durable.
func syncPath(path string, size int64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return err
	} else if size >= 0 && info.Size() != size {
		return fmt.Errorf("%s has %d bytes instead of %d", filepath.Base(path), info.Size(), size)
	}
	return f.Sync()
}

// Fill stores one file of a set that another store has, so that it is found here. It may
// be called for one file by several goroutines.
func (f *File) Fill(id, name string, size int64, from io.Reader) error {
	if !ValidID(id) || !ValidName(name) {
		return missing(id, name)
	}
	tmp, err := os.CreateTemp(f.tmp(), "fill-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	n, err := io.Copy(tmp, from)
	if err == nil && n != size {
		err = fmt.Errorf("rendition %s: file %s has %d bytes instead of %d", id, name, n, size)
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.MkdirAll(f.Dir(id), 0o750); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), filepath.Join(f.Dir(id), name))
}
