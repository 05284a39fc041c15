package transcodecache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// disk is the directory of a cache: complete assets below assets/, everything
// unfinished below tmp/. An asset appears and goes by one rename, so nobody
// ever sees half of one.
type disk struct{ root string }

func (d disk) tmp() string { return filepath.Join(d.root, "tmp") }

// asset is the directory of an asset; id must have the form of one.
func (d disk) asset(id string) string { return filepath.Join(d.root, "assets", id[:2], id) }

// open makes the directories and removes what an earlier process left
// unfinished.
func (d disk) open() error {
	if err := os.RemoveAll(d.tmp()); err != nil {
		return err
	}
	for _, dir := range []string{d.tmp(), filepath.Join(d.root, "assets")} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return err
		}
	}
	return nil
}

// job makes a directory for a job.
func (d disk) job() (string, error) { return os.MkdirTemp(d.tmp(), "job-") }

// publish moves the finished files of a job into place and gives their sizes.
// All of it is durable before the rename is, and the rename before publish
// returns.
func (d disk) publish(dir, id string) (map[string]int64, error) {
	from, to := filepath.Join(dir, outDir), d.asset(id)
	files, err := syncFiles(from)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return nil, err
	}
	if err := d.remove(id); err != nil {
		return nil, err
	}
	if err := os.Rename(from, to); err != nil {
		return nil, err
	}
	for _, parent := range []string{filepath.Dir(to), filepath.Join(d.root, "assets")} {
		if err := syncPath(parent); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// remove takes an asset away: out of sight at once, then its bytes.
func (d disk) remove(id string) error {
	gone := filepath.Join(d.tmp(), "gone-"+id)
	if err := os.RemoveAll(gone); err != nil {
		return err
	}
	if err := os.Rename(d.asset(id), gone); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	return os.RemoveAll(gone)
}

// complete is whether every file of an asset is there at its full size.
func (d disk) complete(id string, files map[string]int64) bool {
	for name, size := range files {
		if !fileNameForm.MatchString(name) {
			return false
		}
		if st, err := os.Stat(filepath.Join(d.asset(id), name)); err != nil || st.Size() != size {
			return false
		}
	}
	return len(files) > 0
}

// used gives the time of an asset's last use, as markUsed left it.
func (d disk) used(id string) time.Time {
	st, err := os.Stat(d.asset(id))
	if err != nil {
		return time.Time{}
	}
	return st.ModTime()
}

// markUsed keeps the time of last use over a restart.
func (d disk) markUsed(id string, t time.Time) error { return os.Chtimes(d.asset(id), t, t) }

// strays calls f for every directory below assets/.
func (d disk) strays(f func(id string) error) error {
	shelves, err := os.ReadDir(filepath.Join(d.root, "assets"))
	if err != nil {
		return err
	}
	for _, shelf := range shelves {
		ids, err := os.ReadDir(filepath.Join(d.root, "assets", shelf.Name()))
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !assetIDForm.MatchString(id.Name()) || id.Name()[:2] != shelf.Name() {
				continue // none of ours
			}
			if err := f(id.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// syncFiles makes the files of a directory durable and gives their sizes.
func syncFiles(dir string) (map[string]int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := make(map[string]int64, len(entries))
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() || info.Size() == 0 || !fileNameForm.MatchString(e.Name()) {
			return nil, fmt.Errorf("%s is empty or not a file of an asset", e.Name())
		}
		files[e.Name()] = info.Size()
		if err := syncPath(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return files, syncPath(dir)
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
