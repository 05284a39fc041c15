package transcodecache

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/blob"
	"stitcher/internal/transcodecache/mediatest"
)

// errBlobs is what a store of renditions fails with.
var errBlobs = errors.New("503 Slow Down")

// flakyBlobs is a store of renditions that fails at times.
type flakyBlobs struct {
	blob.Store
	down atomic.Bool
}

func (f *flakyBlobs) fails() error {
	if f.down.Load() {
		return errBlobs
	}
	return nil
}

func (f *flakyBlobs) Put(ctx context.Context, id, dir string, files map[string]int64) error {
	if err := f.fails(); err != nil {
		return err
	}
	return f.Store.Put(ctx, id, dir, files)
}

func (f *flakyBlobs) Open(ctx context.Context, id, name string, offset, length int64) (io.ReadCloser, error) {
	if err := f.fails(); err != nil {
		return nil, err
	}
	return f.Store.Open(ctx, id, name, offset, length)
}

func (f *flakyBlobs) Stat(ctx context.Context, id string) (blob.Set, error) {
	if err := f.fails(); err != nil {
		return blob.Set{}, err
	}
	return f.Store.Stat(ctx, id)
}

func (f *flakyBlobs) Touch(ctx context.Context, id string) error {
	if err := f.fails(); err != nil {
		return err
	}
	return f.Store.Touch(ctx, id)
}

// TestObjectStoreFails: a creative whose files the shared store does not take is not listed, and
// is prepared when the store works again. While the store cannot be read, a node that has a
// copy of a file serves it, and another one has an error and, later, the file.
func TestObjectStoreFails(t *testing.T) {
	t.Parallel()
	w := newCluster(t)
	blobs := &flakyBlobs{Store: w.blobs}
	w.blobs = blobs
	var clock atomic.Int64 // seconds
	later := func(o *Options) {
		o.Now = func() time.Time { return time.Unix(1_800_000_000+clock.Load(), 0) }
	}
	worker, front := w.node(t, 1, later), w.node(t, 0, later)
	if err := worker.AddProfile(t.Context(), small()); err != nil {
		t.Fatal(err)
	}
	path := mediatest.Creative(t, "1", "320x180", "0.5")
	blobs.down.Store(true)
	if a, reason := settled(t, worker, small().ID(), path); a != nil || reason == "" {
		t.Fatalf("files that are not in the shared store are listed: %+v, %q", a, reason)
	}
	if a, reason := front.Lookup(t.Context(), small().ID(), avail.Creative{Key: path, URL: path}); a != nil || reason == "" {
		t.Errorf("another node lists them: %+v, %q", a, reason)
	}
	blobs.down.Store(false)
	clock.Add(3600)
	a, reason := settled(t, worker, small().ID(), path)
	if a == nil {
		t.Fatalf("after the store has come back: %q", reason)
	}
	name := a.Renditions[0].Segments[0].Name
	read := func(c *Cache) error {
		f, err := c.Open(t.Context(), a.ID, name)
		if err == nil {
			err = f.Close()
		}
		return err
	}
	if err := read(worker); err != nil {
		t.Errorf("the node that has prepared it: %v", err)
	}
	blobs.down.Store(true)
	if err := read(worker); err != nil {
		t.Errorf("the node with a copy: %v", err)
	}
	if err := read(front); !errors.Is(err, errBlobs) {
		t.Errorf("the node without a copy: %v", err)
	}
	blobs.down.Store(false)
	if err := read(front); err != nil {
		t.Errorf("it has the file later: %v", err)
	}
}
