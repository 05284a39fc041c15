// Package playbacktest has a store of documents that fails, for tests.
package playbacktest

import (
	"context"
	"errors"
	"sync/atomic"

	"stitcher/internal/store"
)

// Fragile is documents of another store. While Broken is set it refuses to write, to list
// and to tell of changes.
type Fragile struct {
	store.Documents
	Broken atomic.Bool
	// First, where set, is called once before a document is put.
	First func()
}

// ErrBroken is the error of a broken store.
var ErrBroken = errors.New("disk full")

func (f *Fragile) err() error {
	if f.Broken.Load() {
		return ErrBroken
	}
	return nil
}

// PutDocument fails while the store is broken.
func (f *Fragile) PutDocument(ctx context.Context, kind, id string, version int64, body []byte) (int64, error) {
	if err := f.err(); err != nil {
		return 0, err
	}
	if first := f.First; first != nil {
		f.First = nil
		first()
	}
	return f.Documents.PutDocument(ctx, kind, id, version, body)
}

// DeleteDocument fails while the store is broken.
func (f *Fragile) DeleteDocument(ctx context.Context, kind, id string, version int64) (int64, error) {
	if err := f.err(); err != nil {
		return 0, err
	}
	return f.Documents.DeleteDocument(ctx, kind, id, version)
}

// ListDocuments fails while the store is broken.
func (f *Fragile) ListDocuments(ctx context.Context, kind, after string, limit int) ([]store.Document, error) {
	if err := f.err(); err != nil {
		return nil, err
	}
	return f.Documents.ListDocuments(ctx, kind, after, limit)
}

// Count is how many documents of a kind there are.
func (f *Fragile) Count(kind string) int {
	docs, err := f.Documents.ListDocuments(context.Background(), kind, "", 1<<20)
	if err != nil {
		panic(err)
	}
	return len(docs)
}

// KindVersion fails while the store is broken.
func (f *Fragile) KindVersion(ctx context.Context, kind string) (int64, error) {
	if err := f.err(); err != nil {
		return 0, err
	}
	return f.Documents.KindVersion(ctx, kind)
}
