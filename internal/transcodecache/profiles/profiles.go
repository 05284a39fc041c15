// Package profiles keeps the profiles that creatives are prepared for.
package profiles

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"stitcher/internal/store"
	"stitcher/internal/transcodecache/profile"
)

// maxProfiles bounds the profiles in memory: who controls an origin can
// make any number of them. The others are read from the index again.
const maxProfiles = 4096

// document is the kind of the documents of profiles.
const document = "profile"

// ErrUnknown says that a profile is not known.
var ErrUnknown = errors.New("unknown profile")

// Profiles are the known profiles by id, in memory and in the index of all nodes. It is safe
// for concurrent use.
type Profiles struct {
	index store.Documents
	mu    sync.RWMutex
	known map[string]profile.Profile
}

// New makes the profiles of an index.
func New(index store.Documents) *Profiles { return &Profiles{index: index} }

// Add makes a profile known, over a restart too. The error says what is wrong with the
// profile, or that it was not stored.
func (ps *Profiles) Add(ctx context.Context, p profile.Profile) error {
	if err := p.Validate(); err != nil {
		return fmt.Errorf("add profile: %w", err)
	}
	id := p.ID()
	if _, ok := ps.cached(id); ok {
		return nil
	}
	doc, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("add profile: %w", err)
	}
	if _, err := ps.index.PutDocument(ctx, document, id, store.AnyVersion, doc); err != nil {
		return fmt.Errorf("add profile %s: %w", id, err)
	}
	ps.keep(id, p)
	return nil
}

// Get gives a profile by its id; an error that is ErrUnknown if it is not known.
func (ps *Profiles) Get(ctx context.Context, id string) (profile.Profile, error) {
	if p, ok := ps.cached(id); ok {
		return p, nil
	}
	doc, err := ps.index.Document(ctx, document, id)
	if err != nil {
		return profile.Profile{}, fmt.Errorf("profile %s: %w", id, err)
	}
	if doc.Version == 0 {
		return profile.Profile{}, fmt.Errorf("profile %q: %w", id, ErrUnknown)
	}
	var p profile.Profile
	if err := json.Unmarshal(doc.Body, &p); err != nil {
		return profile.Profile{}, fmt.Errorf("profile %s: %w", id, err)
	}
	ps.keep(id, p)
	return p, nil
}

// IDs are the ids of known profiles in the index, up to limit.
func (ps *Profiles) IDs(ctx context.Context, limit int) ([]string, error) {
	docs, err := ps.index.ListDocuments(ctx, document, "", limit)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(docs))
	for i := range docs {
		ids[i] = docs[i].ID
	}
	return ids, nil
}

func (ps *Profiles) cached(id string) (profile.Profile, bool) {
	ps.mu.RLock()
	defer ps.mu.RUnlock()
	p, ok := ps.known[id]
	return p, ok
}

func (ps *Profiles) keep(id string, p profile.Profile) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.known == nil || len(ps.known) >= maxProfiles {
		ps.known = map[string]profile.Profile{}
	}
	ps.known[id] = p
}
