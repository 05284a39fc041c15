package transcodecache

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"stitcher/internal/avail"
)

// Index keeps small documents: profiles, and the assets that are complete on
// disk. What PutDocument has accepted must survive a crash.
type Index interface {
	// PutDocument creates or replaces a document.
	PutDocument(ctx context.Context, kind, id string, doc []byte) error
	// Document reads one; nil and no error where there is none.
	Document(ctx context.Context, kind, id string) ([]byte, error)
	// Documents lists up to limit documents of a kind whose ids are greater
	// than after, in the order of their ids. Fact.Key is the id.
	Documents(ctx context.Context, kind, after string, limit int) ([]avail.Fact, error)
	// DeleteDocument removes one; it is no error if there is none.
	DeleteDocument(ctx context.Context, kind, id string) error
}

// The kinds of documents.
const (
	profileDocument = "profile"
	assetDocument   = "asset"
)

// Fetcher downloads creatives. It fails when the body is longer than maxBytes.
type Fetcher interface {
	Download(ctx context.Context, url string, maxBytes int64, w io.Writer) error
}

// record is the document of an asset.
type record struct {
	Asset avail.Asset `json:"asset"`
	// Entry is the identity of (creative, profile) that lookups ask for.
	Entry string `json:"entry"`
	// Files are the asset's file names and sizes.
	Files map[string]int64 `json:"files"`
	// Loudness is what was measured of the creative (field failure B-63), by
	// number of channels; empty if it had no sound.
	Loudness map[int]Loudness `json:"loudness,omitempty"`
	// Source is where the creative was fetched.
	Source string `json:"source"`
	// Streaming is whether its segments are the creative's own.
	Streaming bool      `json:"streaming,omitempty"`
	Made      time.Time `json:"made"`
}

func (r *record) bytes() int64 {
	var sum int64
	for _, n := range r.Files {
		sum += n
	}
	return sum
}

// eachRecord calls f for every asset of the index.
func eachRecord(ctx context.Context, index Index, f func(id string, r *record) error) error {
	const page = 100
	after := ""
	for {
		facts, err := index.Documents(ctx, assetDocument, after, page)
		if err != nil {
			return fmt.Errorf("list assets after %q: %w", after, err)
		}
		for _, fact := range facts {
			r := new(record)
			if err := json.Unmarshal(fact.Value, r); err != nil || r.Asset.ID != fact.Key {
				r = nil // a document that says nothing stands for nothing on disk
			}
			if err := f(fact.Key, r); err != nil {
				return err
			}
			after = fact.Key
		}
		if len(facts) < page {
			return nil
		}
	}
}
