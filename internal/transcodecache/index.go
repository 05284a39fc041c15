package transcodecache

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/transcodecache/encode"
)

// Index is where profiles are kept, and the assets that are complete on disk.
type Index = store.Documents

// The kinds of documents.
const (
	profileDocument = "profile"
	assetDocument   = "asset"
)

// record is the document of an asset.
type record struct {
	Asset avail.Asset `json:"asset"`
	// Files are the asset's file names and sizes.
	Files map[string]int64 `json:"files"`
	// Loudness is what was measured of the creative (field failure B-63), by
	// number of channels; empty if it had no sound.
	Loudness map[int]encode.Loudness `json:"loudness,omitempty"`
	// After is the loudness of the renditions, in LKFS, likewise.
	After map[int]float64 `json:"loudnessAfter,omitempty"`
	// Source is where the creative was fetched.
	Source string `json:"source"`
	// Streaming is whether its segments are the creative's own.
	Streaming bool `json:"streaming,omitempty"`
	// Declared is the duration that the first ad response declared, in microseconds.
	Declared int64     `json:"declared,omitempty"`
	Made     time.Time `json:"made"`
}

func (r *record) bytes() int64 {
	var sum int64
	for _, n := range r.Files {
		sum += n
	}
	return sum
}

// eachRecord calls f for every asset of the index; r is nil for a document that says
// nothing.
func eachRecord(ctx context.Context, index Index, f func(id string, r *record) error) error {
	return eachDocument(ctx, index, assetDocument, func(d store.Document) error {
		return f(d.ID, readRecord(d))
	})
}

// readRecord reads the document of an asset; nil if there is none, or it says nothing.
func readRecord(d store.Document) *record {
	var r record
	if d.Version == 0 || json.Unmarshal(d.Body, &r) != nil || r.Asset.ID != d.ID {
		return nil
	}
	return &r
}

// eachDocument calls f for every document of a kind.
func eachDocument(ctx context.Context, index Index, kind string, f func(store.Document) error) error {
	const page = 100
	after := ""
	for {
		docs, err := index.ListDocuments(ctx, kind, after, page)
		if err != nil {
			return fmt.Errorf("list documents of kind %s after %q: %w", kind, after, err)
		}
		for _, d := range docs {
			if err := f(d); err != nil {
				return err
			}
			after = d.ID
		}
		if len(docs) < page {
			return nil
		}
	}
}
