package transcodecache

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

var errUnknownProfile = errors.New("unknown profile")

// profiles are the known profiles by id.
type profiles struct {
	index Index
	mu    sync.RWMutex
	known map[string]profile.Profile
}

func (ps *profiles) add(ctx context.Context, p profile.Profile) error {
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
	if _, err := ps.index.PutDocument(ctx, profileDocument, id, store.AnyVersion, doc); err != nil {
		return fmt.Errorf("add profile %s: %w", id, err)
	}
	ps.keep(id, p)
	return nil
}

func (ps *profiles) get(ctx context.Context, id string) (profile.Profile, error) {
	if p, ok := ps.cached(id); ok {
		return p, nil
	}
	doc, err := ps.index.Document(ctx, profileDocument, id)
	if err != nil {
		return profile.Profile{}, fmt.Errorf("profile %s: %w", id, err)
	}
	if doc.Version == 0 {
		return profile.Profile{}, fmt.Errorf("profile %q: %w", id, errUnknownProfile)
	}
	var p profile.Profile
	if err := json.Unmarshal(doc.Body, &p); err != nil {
		return profile.Profile{}, fmt.Errorf("profile %s: %w", id, err)
	}
	ps.keep(id, p)
	return p, nil
}

func (ps *profiles) cached(id string) (profile.Profile, bool) {
	ps.mu.RLock()
	defer ps.mu.RUnlock()
	p, ok := ps.known[id]
	return p, ok
}

func (ps *profiles) keep(id string, p profile.Profile) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.known == nil || len(ps.known) >= maxProfiles {
		ps.known = map[string]profile.Profile{}
	}
	ps.known[id] = p
}
