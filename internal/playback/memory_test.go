package playback

import (
	"context"
	"errors"
	"sync/atomic"

	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

// fragile is documents in memory. While broken is set it refuses to write, to list and to
// tell of changes.
type fragile struct {
	memory.Documents
	broken atomic.Bool
	// first, where set, is called once before a document is put.
	first func()
}

var errBroken = errors.New("disk full")

func newMemory() *fragile { return new(fragile) }

func (f *fragile) err() error {
	if f.broken.Load() {
		return errBroken
	}
	return nil
}

func (f *fragile) PutDocument(ctx context.Context, kind, id string, version int64, body []byte) (int64, error) {
	if err := f.err(); err != nil {
		return 0, err
	}
	if first := f.first; first != nil {
		f.first = nil
		first()
	}
	return f.Documents.PutDocument(ctx, kind, id, version, body)
}

func (f *fragile) DeleteDocument(ctx context.Context, kind, id string, version int64) (int64, error) {
	if err := f.err(); err != nil {
		return 0, err
	}
	return f.Documents.DeleteDocument(ctx, kind, id, version)
}

func (f *fragile) ListDocuments(ctx context.Context, kind, after string, limit int) ([]store.Document, error) {
	if err := f.err(); err != nil {
		return nil, err
	}
	return f.Documents.ListDocuments(ctx, kind, after, limit)
}

// count is how many documents of a kind there are.
func (f *fragile) count(kind string) int {
	docs, err := f.Documents.ListDocuments(context.Background(), kind, "", 1<<20)
	if err != nil {
		panic(err)
	}
	return len(docs)
}

func (f *fragile) KindVersion(ctx context.Context, kind string) (int64, error) {
	if err := f.err(); err != nil {
		return 0, err
	}
	return f.Documents.KindVersion(ctx, kind)
}
