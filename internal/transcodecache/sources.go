package transcodecache

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
	// sourceLife is how long a source that no decision asked for is remembered: forgetting
	// it costs one more fetch.
	sourceLife = 7 * 24 * time.Hour
)

// sourceRecord is what is known of a source: a URL as one configuration and ad server
// use it (identity.go). It leads to a content and says when that was last true.
type sourceRecord struct {
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

// sources are the known sources by id.
type sources struct {
	index Index
	mu    sync.RWMutex
	known map[string]*sourceRecord
}

// cached gives a source from memory.
func (s *sources) cached(id string) *sourceRecord {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.known[id]
}

// read gives a source from the index; nil if it is not known there.
func (s *sources) read(ctx context.Context, id string) (*sourceRecord, error) {
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
func readSource(d store.Document) *sourceRecord {
	var r sourceRecord
	if d.Version == 0 || json.Unmarshal(d.Body, &r) != nil || r.Content == "" {
		return nil
	}
	return &r
}

// put stores what was found out about a source.
func (s *sources) put(ctx context.Context, id string, r *sourceRecord) error {
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

func (s *sources) keep(id string, r *sourceRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]*sourceRecord{}
	}
	if _, ok := s.known[id]; !ok && len(s.known) >= maxSources {
		for other := range s.known {
			delete(s.known, other) // any: it costs a read
			break
		}
	}
	s.known[id] = r
}

// forget removes the sources that were last checked before a time. A source that is in
// use is checked again and again.
func (s *sources) forget(ctx context.Context, before time.Time) error {
	return eachDocument(ctx, s.index, sourceDocument, func(d store.Document) error {
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

// newSource describes the source of a creative's file.
func newSource(c avail.Creative) *sourceRecord {
	return &sourceRecord{URL: c.URL, Name: c.Key, Configuration: c.Configuration, AdServer: c.AdServer, Streaming: c.Streaming}
}
