package stock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"stitcher/internal/blob"
	"stitcher/internal/transcodecache/encode"
)

// shelves are where the files of assets are: in the directory of this process, and, where
// several nodes share their renditions, in a remote store which the directory is a cache
// of.
type shelves struct {
	root   string
	local  *blob.File
	remote blob.Store // nil: the directory is the store

	mu sync.Mutex
	// filling are the files that are being copied into the directory.
	filling map[string]*filling
}

// fillLimit bounds the copy of a file, which is a segment of seconds.
const fillLimit = 30 * time.Second

type filling struct {
	done chan struct{}
	err  error
}

// openShelves makes the directories and removes what an earlier process left unfinished.
func openShelves(root string, remote blob.Store) (*shelves, error) {
	if err := os.RemoveAll(filepath.Join(root, "tmp")); err != nil {
		return nil, err
	}
	local, err := blob.NewFile(root)
	if err != nil {
		return nil, err
	}
	return &shelves{root: root, local: local, remote: remote, filling: map[string]*filling{}}, nil
}

func (s *shelves) tmp() string { return filepath.Join(s.root, "tmp") }

// main is the store that all nodes see.
func (s *shelves) main() blob.Store {
	if s.remote != nil {
		return s.remote
	}
	return s.local
}

// put stores the finished files of a job and gives their sizes.
func (s *shelves) put(ctx context.Context, dir, id string) (map[string]int64, error) {
	out := filepath.Join(dir, encode.OutDir)
	files, err := sizes(out)
	if err != nil {
		return nil, err
	}
	if err := s.local.Put(ctx, id, out, files); err != nil || s.remote == nil {
		return files, err
	}
	return files, s.remote.Put(ctx, id, s.local.Dir(id), files)
}

// remove takes an asset away.
func (s *shelves) remove(ctx context.Context, id string) error {
	if s.remote != nil {
		if err := s.remote.Delete(ctx, id); err != nil {
			return err
		}
	}
	return s.local.Delete(ctx, id)
}

// complete is whether the store has every file of an asset at its full size.
func (s *shelves) complete(ctx context.Context, id string, files map[string]int64) (bool, error) {
	set, err := s.main().Stat(ctx, id)
	if errors.Is(err, blob.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for name, size := range files {
		if set.Files[name] != size {
			return false, nil
		}
	}
	return len(files) > 0, nil
}

// open opens a file of an asset. Where it is not in the directory it is copied from the
// remote store first, once for all that wait for it.
func (s *shelves) open(ctx context.Context, id, name string, size int64) (*os.File, error) {
	f, err := s.local.Local(id, name)
	if s.remote == nil || !errors.Is(err, blob.ErrNotFound) {
		return f, err
	}
	key := id + "/" + name
	s.mu.Lock()
	fill := s.filling[key]
	if fill == nil {
		fill = &filling{done: make(chan struct{})}
		s.filling[key] = fill
		// Others may wait for it when the first has gone.
		go s.fill(context.WithoutCancel(ctx), fill, key, id, name, size)
	}
	s.mu.Unlock()
	select {
	case <-fill.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if fill.err != nil {
		return nil, fill.err
	}
	return s.local.Local(id, name)
}

func (s *shelves) fill(ctx context.Context, f *filling, key, id, name string, size int64) {
	ctx, cancel := context.WithTimeout(ctx, fillLimit)
	defer cancel()
	from, err := s.remote.Open(ctx, id, name, 0, -1)
	if err == nil {
		err = errors.Join(s.local.Fill(id, name, size, from), from.Close())
	}
	if err != nil {
		err = fmt.Errorf("copy a rendition from the shared store: %w", err)
	}
	s.mu.Lock()
	delete(s.filling, key)
	s.mu.Unlock()
	f.err = err
	close(f.done)
}

// sizes are the files of a directory that can be an asset.
func sizes(dir string) (map[string]int64, error) {
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
		if !info.Mode().IsRegular() || info.Size() == 0 || !blob.ValidName(e.Name()) {
			return nil, fmt.Errorf("%s is empty or not a file of an asset", e.Name())
		}
		files[e.Name()] = info.Size()
	}
	return files, nil
}
