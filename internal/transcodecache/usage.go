package transcodecache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"stitcher/internal/store"
)

// useDocument is the kind of the documents that say when assets were in use last. An
// asset is there while it has one. Who lists an asset in a decision writes it, who removes
// the asset deletes it, and each does so on the condition that the document is the one it
// has read. So an asset that was removed is never listed, and one that is listed is not
// removed while a session can need it.
const useDocument = "asset-use"

// use is such a document.
type use struct {
	Used  time.Time `json:"used"`
	Bytes int64     `json:"bytes"`
	// Kept is when the remote store was told last that the asset is in use.
	Kept time.Time `json:"kept"`
}

// keepEvery is how often the remote store is told: it forgets what is not used for a week.
const keepEvery = 12 * time.Hour

// readUse reads the document of an asset; version 0 is that the asset is not there.
func (c *Cache) readUse(ctx context.Context, id string) (u use, version int64, err error) {
	doc, err := c.opts.Index.Document(ctx, useDocument, id)
	if err == nil && doc.Version > 0 {
		err = json.Unmarshal(doc.Body, &u)
	}
	if err != nil {
		return use{}, 0, fmt.Errorf("asset %s: read its last use: %w", id, err)
	}
	return u, doc.Version, nil
}

func (c *Cache) putUse(ctx context.Context, id string, version int64, u use) error {
	doc, err := json.Marshal(u)
	if err != nil {
		return err
	}
	_, err = c.opts.Index.PutDocument(ctx, useDocument, id, version, doc)
	return err
}

// hold sees to it that an asset stays for at least half of Keep from now. It tells whether
// the asset is still there; one that is not is forgotten here. It mostly asks no store.
func (c *Cache) hold(ctx context.Context, s *stored, now time.Time) (bool, error) {
	if now.Sub(time.Unix(0, s.marked.Load())) < c.opts.Keep/2 {
		return true, nil
	}
	return c.mark(ctx, s, now)
}

// mark writes that an asset is in use.
func (c *Cache) mark(ctx context.Context, s *stored, now time.Time) (bool, error) {
	id := s.Asset.ID
	for {
		u, version, err := c.readUse(ctx, id)
		if err != nil {
			return false, err
		}
		if version == 0 {
			c.drop(s)
			return false, nil
		}
		if u.Used.Before(now) {
			u.Used = now
			if c.shelves.remote != nil && now.Sub(u.Kept) >= keepEvery {
				if err := c.shelves.remote.Touch(ctx, id); err != nil {
					return false, fmt.Errorf("asset %s: keep it in the shared store: %w", id, err)
				}
				u.Kept = now
			}
			err = c.putUse(ctx, id, version, u)
			if _, changed := errors.AsType[*store.ConflictError](err); changed {
				continue
			}
			if err != nil {
				return false, fmt.Errorf("asset %s: write its last use: %w", id, err)
			}
		}
		s.marked.Store(u.Used.UnixNano())
		return true, nil
	}
}

// drop forgets an asset that was removed from the store.
func (c *Cache) drop(s *stored) { c.assets.CompareAndDelete(s.Asset.ID, s) }
