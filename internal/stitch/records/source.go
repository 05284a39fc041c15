package records

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// Source tells tracking what a trigger is about. It reads the store only, so
// beacons of sessions that are over are sent all the same. A decision never changes, and
// its ads have a dozen events each, so the decisions that were read last are kept.
type Source struct {
	records Reader

	mu sync.Mutex
	// young and old are decisions that were read, size is that of young. Once young is
	// full it becomes old, and what nothing has asked for since is dropped.
	young, old map[sourceKey]*sourced
	size       int
}

// sourceKey names a decision.
type sourceKey struct {
	session string
	avail   avail.Key
}

// sourced is a decision and its session. Neither changes.
type sourced struct {
	session *playback.Session
	items   []avail.Item
	size    int
}

// maxSourced bounds what is kept of decisions, in bytes of JSON, twice.
const maxSourced = 8 << 20

// NewSource makes a Source over the store of sessions.
func NewSource(records Reader) *Source {
	return &Source{records: records, young: map[sourceKey]*sourced{}}
}

// Ad is the ad and the session behind a trigger, the ads of the pod counted up to
// it. Both are read-only.
func (s *Source) Ad(ctx context.Context, session string, key avail.Key, ad int) (*avail.Ad, *playback.Session, error) {
	k := sourceKey{session, key}
	x := s.kept(k)
	if x == nil {
		var err error
		if x, err = s.read(ctx, k); err != nil {
			return nil, nil, err
		}
		s.keep(k, x)
	}
	if ad < 0 || ad >= len(x.items) {
		return nil, nil, fmt.Errorf("session %s has no ad %d of avail %s", session, ad, key)
	}
	return x.items[ad].Ad, x.session, nil
}

// kept returns a decision that was read lately; nil if it has to be read.
func (s *Source) kept(k sourceKey) *sourced {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.young[k]; x != nil {
		return x
	}
	x := s.old[k]
	if x != nil {
		s.add(k, x)
	}
	return x
}

func (s *Source) keep(k sourceKey, x *sourced) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.young[k] == nil {
		s.add(k, x)
	}
}

func (s *Source) add(k sourceKey, x *sourced) {
	if s.size += x.size; s.size > maxSourced {
		s.young, s.old, s.size = map[sourceKey]*sourced{}, s.young, x.size
	}
	s.young[k] = x
}

// read reads a decision and its session, and counts the ads.
func (s *Source) read(ctx context.Context, k sourceKey) (*sourced, error) {
	want := "decision/" + k.avail.String()
	stored, err := s.records.Get(ctx, SessionOwner(k.session), SessionKey, want)
	if err == nil && stored[0].Value == nil { // the session is over
		stored, err = s.records.Recall(ctx, SessionOwner(k.session))
	}
	if err != nil {
		return nil, fmt.Errorf("read session %s: %w", k.session, err)
	}
	x := &sourced{}
	var d *avail.Decision
	for _, f := range stored {
		switch {
		case f.Value == nil:
		case f.Key == SessionKey:
			x.session = &playback.Session{}
			err = json.Unmarshal(f.Value, x.session)
			x.size += len(f.Value)
		case f.Key == want:
			var text []byte
			if text, err = Text(f.Value); err == nil {
				d = &avail.Decision{}
				err = json.Unmarshal(text, d)
				x.size += len(text)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("fact %q of session %s: %w", f.Key, k.session, err)
		}
	}
	if x.session == nil || d == nil {
		return nil, fmt.Errorf("session %s has no decision on avail %s", k.session, k.avail)
	}
	x.items = d.Items
	count := 0
	for i := range x.items {
		if ad := x.items[i].Ad; ad != nil {
			count++
			ad.Count = count
		}
	}
	return x, nil
}
