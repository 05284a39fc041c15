package transcodecache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"stitcher/internal/store"
)

// maxProfiles bounds the profiles in memory: whoever controls an origin can
// make any number of them. The others are read from the index again.
const maxProfiles = 4096

var errUnknownProfile = errors.New("unknown profile")

// profiles are the known profiles by id.
type profiles struct {
	index Index
	mu    sync.RWMutex
	known map[string]Profile
}

func (ps *profiles) add(ctx context.Context, p Profile) error {
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

func (ps *profiles) get(ctx context.Context, id string) (Profile, error) {
	if p, ok := ps.cached(id); ok {
		return p, nil
	}
	doc, err := ps.index.Document(ctx, profileDocument, id)
	if err != nil {
		return Profile{}, fmt.Errorf("profile %s: %w", id, err)
	}
	if doc.Version == 0 {
		return Profile{}, fmt.Errorf("profile %q: %w", id, errUnknownProfile)
	}
	var p Profile
	if err := json.Unmarshal(doc.Body, &p); err != nil {
		return Profile{}, fmt.Errorf("profile %s: %w", id, err)
	}
	ps.keep(id, p)
	return p, nil
}

func (ps *profiles) cached(id string) (Profile, bool) {
	ps.mu.RLock()
	defer ps.mu.RUnlock()
	p, ok := ps.known[id]
	return p, ok
}

func (ps *profiles) keep(id string, p Profile) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.known == nil || len(ps.known) >= maxProfiles {
		ps.known = map[string]Profile{}
	}
	ps.known[id] = p
}
