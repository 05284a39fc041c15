package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/store"
)

const (
	// sourceDocument is the kind of the documents of sources.
	sourceDocument = "creative-source"
	// maxSources bounds the sources in memory. The others are read from the index.
	maxSources = 50_000
	// life is how long a source that no decision asked for is remembered: forgetting it
	// costs one more fetch.
	life = 7 * 24 * time.Hour
)

// Source is what is known of a source: a URL as one configuration and ad server
// use it. It leads to a content and says when that was last true.
type Source struct {
	// URL is the newest URL of the source.
	URL string `json:"url"`
	// Name is what the ad server calls the creative; for people.
	Name          string `json:"name"`
	Configuration string `json:"configuration"`
	AdServer      string `json:"adServer,omitempty"`
	Streaming     bool   `json:"streaming,omitempty"`
	// Content is the hash of the file, or of what is imported of a stream.
	Content string `json:"content"`
	// Length is the playing time of the file in microseconds.
	Length int64 `json:"length"`
	// Validators ask whether the file is still the same.
	Validators egress.Validators `json:"validators,omitzero"`
	// Checked is when the server last said so.
	Checked time.Time `json:"checked"`
}

// Sources are the known sources by id, in memory and in the index of all nodes. It is safe
// for concurrent use.
type Sources struct {
	index store.Documents
	mu    sync.RWMutex
	known map[string]*Source
}

// NewSources makes the sources of an index.
func NewSources(index store.Documents) *Sources { return &Sources{index: index} }

// Cached gives a source from memory; nil if it is not there.
func (s *Sources) Cached(id string) *Source {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.known[id]
}

// Read gives a source from the index and keeps it in memory; nil if it is not known there.
func (s *Sources) Read(ctx context.Context, id string) (*Source, error) {
	doc, err := s.index.Document(ctx, sourceDocument, id)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", id, err)
	}
	r := readSource(doc)
	if r != nil {
		s.keep(id, r)
	}
	return r, nil
}

// readSource reads the document of a source; nil if there is none, or it says nothing.
func readSource(d store.Document) *Source {
	var r Source
	if d.Version == 0 || json.Unmarshal(d.Body, &r) != nil || r.Content == "" {
		return nil
	}
	return &r
}

// Put stores what was found out about a source.
func (s *Sources) Put(ctx context.Context, id string, r *Source) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, err := s.index.PutDocument(ctx, sourceDocument, id, store.AnyVersion, doc); err != nil {
		return fmt.Errorf("source %s: %w", id, err)
	}
	s.keep(id, r)
	return nil
}

func (s *Sources) keep(id string, r *Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]*Source{}
	}
	if _, ok := s.known[id]; !ok && len(s.known) >= maxSources {
		for other := range s.known {
			delete(s.known, other) // any: it costs a read
			break
		}
	}
	s.known[id] = r
}

// Forget removes the sources that were last checked a week before now. A source that is in
// use is checked again and again.
func (s *Sources) Forget(ctx context.Context, now time.Time) error {
	before := now.Add(-life)
	return store.EachDocument(ctx, s.index, sourceDocument, func(d store.Document) error {
		if r := readSource(d); r != nil && !r.Checked.Before(before) {
			return nil
		}
		s.mu.Lock()
		delete(s.known, d.ID)
		s.mu.Unlock()
		_, err := s.index.DeleteDocument(ctx, sourceDocument, d.ID, store.AnyVersion)
		return err
	})
}

// NewSource describes the source of a creative's file.
func NewSource(c avail.Creative) *Source {
	return &Source{URL: c.URL, Name: c.Key, Configuration: c.Configuration, AdServer: c.AdServer, Streaming: c.Streaming}
}
