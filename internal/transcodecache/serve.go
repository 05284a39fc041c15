package transcodecache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Path is where a file of an asset lies. Both names come from clients: the id
// must be known and the name be one of the asset's own files, so that neither
// can lead anywhere else. Errors are ErrUnknownAsset.
func (c *Cache) Path(id, file string) (string, error) {
	v, ok := c.assets.Load(id)
	if !ok {
		return "", fmt.Errorf("asset %q: %w", id, ErrUnknownAsset)
	}
	s := v.(*stored)
	if _, ok := s.Files[file]; !ok {
		return "", fmt.Errorf("asset %s: file %q: %w", id, file, ErrUnknownAsset)
	}
	s.touch(c.opts.Now())
	return filepath.Join(c.disk.asset(id), file), nil
}

// Open opens a file of an asset for reading. A file that is open stays
// readable though its asset be removed.
func (c *Cache) Open(id, file string) (*os.File, error) {
	if _, err := c.Path(id, file); err != nil {
		return nil, err
	}
	f, err := os.OpenInRoot(c.disk.asset(id), file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("asset %s: file %q: %w", id, file, ErrUnknownAsset)
	}
	return f, err
}
