package transcodecache

import (
	"context"
	"errors"
	"fmt"
	"os"

	"stitcher/internal/blob"
)

// Open opens a file of an asset for reading. Both names come from clients: the id must be
// known and the name be one of the asset's own files, so that neither can lead anywhere
// else; otherwise the error is ErrUnknownAsset. A file that is open stays readable though
// its asset be removed.
func (c *Cache) Open(ctx context.Context, id, file string) (*os.File, error) {
	a, err := c.find(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := c.stock.Open(ctx, a, file)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, fmt.Errorf("asset %s: file %q: %w", id, file, ErrUnknownAsset)
	}
	return f, err
}
