package stock

import (
	"context"
	"encoding/json"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/store"
	"stitcher/internal/transcodecache/encode"
)

// assetDocument is the kind of the documents of assets.
const assetDocument = "asset"

// Record is the document of an asset.
type Record struct {
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

// Bytes is the size of all files.
func (r *Record) Bytes() int64 {
	var sum int64
	for _, n := range r.Files {
		sum += n
	}
	return sum
}

// eachRecord calls f for every asset of the index; r is nil for a document that says
// nothing.
func eachRecord(ctx context.Context, index store.Documents, f func(id string, r *Record) error) error {
	return store.EachDocument(ctx, index, assetDocument, func(d store.Document) error {
		return f(d.ID, readRecord(d))
	})
}

// readRecord reads the document of an asset; nil if there is none, or it says nothing.
func readRecord(d store.Document) *Record {
	var r Record
	if d.Version == 0 || json.Unmarshal(d.Body, &r) != nil || r.Asset.ID != d.ID {
		return nil
	}
	return &r
}
