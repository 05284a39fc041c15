package profiles

import (
	"context"
	"encoding/json"
	"fmt"

	"stitcher/internal/transcodecache/profile"
)

// Alike is a known profile whose creatives serve a profile as well: one that differs in
// bit rates by little. It returns p if no known profile does. A multivariant playlist
// declares the sum of picture and sound, and nothing of sound alone; an MPD declares
// each. Both round.
func (ps *Profiles) Alike(ctx context.Context, p profile.Profile) (profile.Profile, error) {
	list, err := ps.index.ListDocuments(ctx, document, "", maxProfiles)
	if err != nil {
		return p, fmt.Errorf("list profiles: %w", err)
	}
	best, found := p, ""
	for _, doc := range list {
		var known profile.Profile
		if json.Unmarshal(doc.Body, &known) != nil || known.ID() != doc.ID {
			continue // of an earlier recipe
		}
		if known.ID() == p.ID() {
			return p, nil
		}
		// Of several, all nodes take the same.
		if known.Alike(p) && (found == "" || doc.ID < found) {
			best, found = known, doc.ID
		}
	}
	return best, nil
}
