package stock

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

// Use is such a document.
type Use struct {
	// Used is when the asset was in use last.
	Used time.Time `json:"used"`
	// Bytes is the size of its files.
	Bytes int64 `json:"bytes"`
	// Kept is when the remote store was told last that the asset is in use.
	Kept time.Time `json:"kept"`
}

// keepEvery is how often the remote store is told: it forgets what is not used for a week.
const keepEvery = 12 * time.Hour

// Use reads when an asset was in use last, as all nodes know it; version 0 is that the asset
// is not there.
func (s *Stock) Use(ctx context.Context, id string) (u Use, version int64, err error) {
	doc, err := s.opts.Index.Document(ctx, useDocument, id)
	if err == nil && doc.Version > 0 {
		err = json.Unmarshal(doc.Body, &u)
	}
	if err != nil {
		return Use{}, 0, fmt.Errorf("asset %s: read its last use: %w", id, err)
	}
	return u, doc.Version, nil
}

func (s *Stock) putUse(ctx context.Context, id string, version int64, u Use) error {
	doc, err := json.Marshal(u)
	if err != nil {
		return err
	}
	_, err = s.opts.Index.PutDocument(ctx, useDocument, id, version, doc)
	return err
}

// Hold sees to it that an asset stays for at least half of Keep from now. It tells whether
// the asset is still there; one that is not is forgotten here. It mostly asks no store.
func (s *Stock) Hold(ctx context.Context, a *Item, now time.Time) (bool, error) {
	if now.Sub(time.Unix(0, a.marked.Load())) < s.opts.Keep/2 {
		return true, nil
	}
	return s.mark(ctx, a, now)
}

// mark writes that an asset is in use.
func (s *Stock) mark(ctx context.Context, a *Item, now time.Time) (bool, error) {
	id := a.Asset.ID
	for {
		u, version, err := s.Use(ctx, id)
		if err != nil {
			return false, err
		}
		if version == 0 {
			s.drop(a)
			return false, nil
		}
		if u.Used.Before(now) {
			u.Used = now
			if s.shelves.remote != nil && now.Sub(u.Kept) >= keepEvery {
				if err := s.shelves.remote.Touch(ctx, id); err != nil {
					return false, fmt.Errorf("asset %s: keep it in the shared store: %w", id, err)
				}
				u.Kept = now
			}
			err = s.putUse(ctx, id, version, u)
			if _, changed := errors.AsType[*store.ConflictError](err); changed {
				continue
			}
			if err != nil {
				return false, fmt.Errorf("asset %s: write its last use: %w", id, err)
			}
		}
		a.marked.Store(u.Used.UnixNano())
		return true, nil
	}
}

// drop forgets an asset that was removed from the store.
func (s *Stock) drop(a *Item) { s.items.CompareAndDelete(a.Asset.ID, a) }
