package known

import (
	"context"
	"encoding/json"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/records"
	"stitcher/internal/store"
)

// Load reads a session, and of its records those that are not summed up, up to a revision. The
// session is nil if the store has none.
func Load(ctx context.Context, facts store.Facts, id string) (*playback.Session, []avail.Fact, int64, error) {
	summed := func(got []avail.Fact) (int64, error) {
		var sums records.Fold
		if b := got[1].Value; b != nil {
			if err := records.Decode(b, &sums); err != nil {
				return 0, err
			}
		}
		return sums.Rev, nil
	}
	got, news, rev, err := store.ReadNewest(ctx, facts, records.SessionOwner(id), summed, records.SessionKey, records.FoldKey)
	if err != nil || got[0].Value == nil {
		return nil, nil, 0, err
	}
	p := &playback.Session{}
	if err := json.Unmarshal(got[0].Value, p); err != nil {
		return nil, nil, 0, err
	}
	if got[1].Value == nil {
		return p, news, rev, nil
	}
	return p, append(got[1:], news...), rev, nil
}

// Read reads the records of a session, of one that is over, too. Those that are summed up
// are told if stored has no fold.
func Read(stored []avail.Fact) (*Records, error) {
	k := &Records{}
	for _, f := range stored {
		if _, err := k.Learn(f, ""); err != nil {
			return nil, fmt.Errorf("fact %q: %w", f.Key, err)
		}
	}
	return k, nil
}
