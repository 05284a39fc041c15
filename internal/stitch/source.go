package stitch

import (
	"context"
	"encoding/json"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// Source tells tracking what a trigger is about. It reads the store only, so
// beacons of sessions that are no longer in memory are sent all the same.
type Source struct{ facts Facts }

// NewSource makes a Source over the store of sessions.
func NewSource(facts Facts) *Source { return &Source{facts} }

// Ad is the ad and the session behind a trigger.
func (s *Source) Ad(ctx context.Context, session string, key avail.Key, ad int) (*avail.Ad, *playback.Session, error) {
	stored, err := s.facts.Load(ctx, sessionOwner(session))
	if err != nil {
		return nil, nil, fmt.Errorf("read session %s: %w", session, err)
	}
	var x *playback.Session
	var d *avail.Decision
	want := "decision/" + key.String()
	for _, f := range stored {
		switch f.Key {
		case sessionKey:
			x = &playback.Session{}
			err = json.Unmarshal(f.Value, x)
		case want:
			d = &avail.Decision{}
			err = json.Unmarshal(f.Value, d)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("fact %q of session %s: %w", f.Key, session, err)
		}
	}
	if x == nil || d == nil || ad < 0 || ad >= len(d.Items) {
		return nil, nil, fmt.Errorf("session %s has no ad %d of avail %s", session, ad, key)
	}
	return d.Items[ad].Ad, x, nil
}
