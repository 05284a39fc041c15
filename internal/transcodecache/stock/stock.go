// Package stock keeps the assets that are ready: their documents in the index of all nodes,
// their files, and when they were in use last. It removes those that are not used any more.
package stock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/blob"
	"stitcher/internal/pause"
	"stitcher/internal/store"
	"stitcher/internal/transcodecache/lease"
)

// Options are what a Stock needs.
type Options struct {
	// Dir is the directory of the files; no other program writes below it.
	Dir string
	// Blobs has the files of all nodes, and Dir copies of them; nil is that Dir has the
	// files.
	Blobs blob.Store
	Index store.Documents
	// Leases let one job at a time make or remove an asset.
	Leases *lease.Holder
	// MaxBytes is the limit of all files, and of their copies in Dir.
	MaxBytes int64
	// Keep is how long an asset is safe from removal after it was last in use.
	Keep time.Duration
	// Now is the clock.
	Now func() time.Time
	// Size is the size of all files in bytes, Evicted counts the assets that were removed
	// to stay below the limit.
	Size    prometheus.Gauge
	Evicted prometheus.Counter
}

// Stock is the assets that are ready, of all nodes. It is safe for concurrent use.
type Stock struct {
	opts    Options
	leases  *lease.Holder
	shelves *shelves
	// items maps an asset id to its *Item. It is read by every manifest.
	items sync.Map
	// bytes is the size of the assets of all nodes, as far as this one knows.
	bytes    atomic.Int64
	evicting sync.Mutex
}

// Item is an asset in memory.
type Item struct {
	Record
	used atomic.Int64 // Unix nanoseconds of last use
	// marked is the last use that the index is known to know of.
	marked atomic.Int64
	// adopted is since when this process knows of the asset.
	adopted time.Time
}

// touchEvery is how exact the time of last use is. A store at every lookup
// would bounce the cache line between processors.
const touchEvery = int64(time.Second)

// Touch notes that the asset is in use.
func (a *Item) Touch(now time.Time) {
	if n := now.UnixNano(); n-a.used.Load() > touchEvery {
		a.used.Store(n)
	}
}

// New opens the stock in its directory: what an earlier process left unfinished is removed.
func New(ctx context.Context, opts Options) (*Stock, error) {
	shelves, err := openShelves(opts.Dir, opts.Blobs)
	if err != nil {
		return nil, err
	}
	s := &Stock{opts: opts, leases: opts.Leases, shelves: shelves}
	all, err := s.uses(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range all {
		s.bytes.Add(u.Bytes)
	}
	opts.Size.Set(float64(s.bytes.Load()))
	return s, nil
}

// Cached gives an asset from memory; nil if it is not there.
func (s *Stock) Cached(id string) *Item {
	if v, ok := s.items.Load(id); ok {
		return v.(*Item)
	}
	return nil
}

// Keys and paths are made of these alone, whatever a client asks for.
var idForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Find gives an asset from memory or from the index; nil if it is not, or no longer,
// there.
func (s *Stock) Find(ctx context.Context, id string) (*Item, error) {
	if a := s.Cached(id); a != nil {
		return a, nil
	}
	if !idForm.MatchString(id) {
		return nil, nil //nolint:nilnil // no asset is no error
	}
	r, err := s.Record(ctx, id)
	if err != nil || r == nil {
		return nil, err
	}
	u, version, err := s.Use(ctx, id)
	if err != nil || version == 0 {
		return nil, err
	}
	if ok, err := s.shelves.complete(ctx, id, r.Files); err != nil || !ok {
		return nil, err
	}
	return s.adopt(r, u), nil
}

// Confirm is like Find, and makes sure that an asset in memory is still there: another node
// may have removed it, or its files may be lost. One that is gone is forgotten here.
func (s *Stock) Confirm(ctx context.Context, id string) (*Item, error) {
	if a := s.Cached(id); a != nil {
		_, version, err := s.Use(ctx, id)
		there := version > 0
		if err == nil && there {
			there, err = s.shelves.complete(ctx, id, a.Files)
		}
		if err != nil {
			return nil, err
		}
		if there {
			return a, nil
		}
		s.drop(a)
	}
	return s.Find(ctx, id)
}

// Record reads the document of an asset; nil if there is none, or it says nothing.
func (s *Stock) Record(ctx context.Context, id string) (*Record, error) {
	doc, err := s.opts.Index.Document(ctx, assetDocument, id)
	if err != nil {
		return nil, fmt.Errorf("asset %s: read its document: %w", id, err)
	}
	return readRecord(doc), nil
}

// List reads the documents of up to limit assets whose ids are greater than after, in the
// order of their ids. A document that cannot be read is an error.
func (s *Stock) List(ctx context.Context, after string, limit int) ([]Record, error) {
	docs, err := s.opts.Index.ListDocuments(ctx, assetDocument, after, limit)
	if err != nil {
		return nil, err
	}
	list := make([]Record, len(docs))
	for i, d := range docs {
		if err := json.Unmarshal(d.Body, &list[i]); err != nil {
			return nil, fmt.Errorf("asset %s: %w", d.ID, err)
		}
		list[i].Asset.ID = d.ID
	}
	return list, nil
}

// adopt makes an asset of the index available here. u is its last use.
func (s *Stock) adopt(r *Record, u Use) *Item {
	a := &Item{Record: *r, adopted: s.opts.Now()}
	a.used.Store(u.Used.UnixNano())
	a.marked.Store(u.Used.UnixNano())
	v, _ := s.items.LoadOrStore(r.Asset.ID, a)
	return v.(*Item)
}

// WorkDir makes an empty directory for a job. Who has asked for it removes it.
func (s *Stock) WorkDir() (string, error) { return os.MkdirTemp(s.shelves.tmp(), "job-") }

// Publish makes what a job has made in its directory an asset: durable on disk and in the
// index. It sets r.Files.
func (s *Stock) Publish(ctx context.Context, dir string, r *Record) (*Item, error) {
	id := r.Asset.ID
	var err error
	if r.Files, err = s.shelves.put(ctx, dir, id); err != nil {
		return nil, fmt.Errorf("publish asset %s: %w", id, err)
	}
	doc, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	// From here on the asset counts, and until here nothing knows of it: a
	// crash in between leaves files that a sweep removes.
	_, err = s.opts.Index.PutDocument(ctx, assetDocument, id, store.AnyVersion, doc)
	u := Use{Used: s.opts.Now(), Bytes: r.Bytes(), Kept: s.opts.Now()}
	if err == nil {
		err = s.putUse(ctx, id, store.AnyVersion, u)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("index asset %s: %w", id, err), s.shelves.remove(ctx, id))
	}
	s.opts.Size.Set(float64(s.bytes.Add(u.Bytes)))
	return s.adopt(r, u), nil
}

// Open opens a file of an asset for reading; an error that is blob.ErrNotFound if the asset
// has no such file. Names come from clients, so only those of the asset's own files lead
// anywhere. A file that is open stays readable though its asset be removed.
func (s *Stock) Open(ctx context.Context, a *Item, name string) (*os.File, error) {
	size, ok := a.Files[name]
	if !ok {
		return nil, blob.ErrNotFound
	}
	a.Touch(s.opts.Now())
	return s.shelves.open(ctx, a.Asset.ID, name, size)
}

// claimPoll is how often a job that waits for another looks at it.
const claimPoll = time.Second

// leaseKey is the key of the lease of those that make or remove an asset.
func leaseKey(id string) string { return "asset/" + id }

// Claim waits until an asset is ready, or this job has the right to make it, which one job
// of all nodes has at a time. end gives the right back; it is never nil.
func (s *Stock) Claim(ctx context.Context, id, job string) (end func(), ready bool, err error) {
	for {
		end, held, err := s.leases.Take(ctx, leaseKey(id), "/"+job)
		if err != nil {
			return end, false, fmt.Errorf("lease of asset %s: %w", id, err)
		}
		a, err := s.Confirm(ctx, id)
		if err != nil || a != nil || held {
			return end, a != nil, err
		}
		if !pause.For(ctx, claimPoll) {
			return end, false, ctx.Err()
		}
	}
}
