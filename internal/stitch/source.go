package stitch

import (
	"context"
	"encoding/json"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// Past reads the records of sessions, of those too that are over: a beacon may
// be sent up to an hour after the session's last request (reference §6.1).
type Past interface {
	Recall(ctx context.Context, owner string) ([]avail.Fact, error)
}

// Records reads the records of sessions.
type Records interface {
	Past
	Get(ctx context.Context, owner string, keys ...string) ([]avail.Fact, error)
}

// Source tells tracking what a trigger is about. It reads the store only, so
// beacons of sessions that are over are sent all the same.
type Source struct{ records Records }

// NewSource makes a Source over the store of sessions.
func NewSource(records Records) *Source { return &Source{records} }

// Ad is the ad and the session behind a trigger, the ads of the pod counted up to
// it.
func (s *Source) Ad(ctx context.Context, session string, key avail.Key, ad int) (*avail.Ad, *playback.Session, error) {
	want := "decision/" + key.String()
	stored, err := s.records.Get(ctx, sessionOwner(session), sessionKey, want)
	if err == nil && stored[0].Value == nil { // the session is over
		stored, err = s.records.Recall(ctx, sessionOwner(session))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read session %s: %w", session, err)
	}
	var x *playback.Session
	var d *avail.Decision
	for _, f := range stored {
		switch {
		case f.Value == nil:
		case f.Key == sessionKey:
			x = &playback.Session{}
			err = json.Unmarshal(f.Value, x)
		case f.Key == want:
			d = &avail.Decision{}
			err = decodeRecord(f.Value, d)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("fact %q of session %s: %w", f.Key, session, err)
		}
	}
	if x == nil || d == nil || ad < 0 || ad >= len(d.Items) {
		return nil, nil, fmt.Errorf("session %s has no ad %d of avail %s", session, ad, key)
	}
	found := d.Items[ad].Ad
	for i := 0; i <= ad && found != nil; i++ {
		if d.Items[i].Ad != nil {
			found.Count++
		}
	}
	return found, x, nil
}
