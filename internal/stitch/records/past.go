package records

import (
	"context"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

// ReadDecision reads the decision of an avail of a session. It is an error that there is none.
func ReadDecision(ctx context.Context, facts store.Facts, session string, key avail.Key) (avail.Decision, error) {
	stored, err := facts.Get(ctx, SessionOwner(session), "decision/"+key.String())
	if err != nil {
		return avail.Decision{}, fmt.Errorf("read decision %s of session %s: %w", key, session, err)
	}
	if stored[0].Value == nil {
		return avail.Decision{}, fmt.Errorf("session %s has no decision on avail %s", session, key)
	}
	var d avail.Decision
	if err := Decode(stored[0].Value, &d); err != nil {
		return avail.Decision{}, fmt.Errorf("decision %s of session %s: %w", key, session, err)
	}
	return d, nil
}

// Past reads the records of sessions, of those too that are over: a beacon may
// be sent up to an hour after the session's last request (reference §6.1).
type Past interface {
	Recall(ctx context.Context, owner string) ([]avail.Fact, error)
}

// Reader reads the records of sessions.
type Reader interface {
	Past
	Get(ctx context.Context, owner string, keys ...string) ([]avail.Fact, error)
}
