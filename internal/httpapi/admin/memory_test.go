package admin

import (
	"context"
	"errors"
	"sync/atomic"

	"stitcher/internal/store/memory"
)

// fragile is documents in memory. While broken is set it writes nothing.
type fragile struct {
	memory.Documents
	broken atomic.Bool
}

var errBroken = errors.New("disk full at /var/lib/secret-path")

func (f *fragile) PutDocument(ctx context.Context, kind, id string, version int64, body []byte) (int64, error) {
	if f.broken.Load() {
		return 0, errBroken
	}
	return f.Documents.PutDocument(ctx, kind, id, version, body)
}

func (f *fragile) DeleteDocument(ctx context.Context, kind, id string, version int64) (int64, error) {
	if f.broken.Load() {
		return 0, errBroken
	}
	return f.Documents.DeleteDocument(ctx, kind, id, version)
}
