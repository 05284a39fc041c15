package explain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/bundle"
	"stitcher/internal/stitch/known"
	"stitcher/internal/stitch/recording"
	"stitcher/internal/stitch/records"
)

// explainRecorded is the explanation of a session that is over, from its recording.
func (e *Explainer) explainRecorded(ctx context.Context, past records.Past, id string) (*Session, error) {
	if e.Recordings == nil {
		return nil, ErrNoSession
	}
	b, err := e.Recordings.Bundle(ctx, id)
	if errors.Is(err, recording.ErrNotRecorded) {
		return nil, ErrNoSession
	}
	if err != nil {
		return nil, err
	}
	t := &told{session: b.Head.Session, spans: map[avail.Key]*origin.Span{}, decided: map[avail.Key]*records.DecisionRecord{}}
	for i := range b.Facts {
		f := &b.Facts[i]
		name, isAvail := strings.CutPrefix(f.Key, "avail/")
		switch {
		case f.Log == bundle.SessionLog:
			t.stored = append(t.stored, avail.Fact{Key: f.Key, Rev: f.Rev, Value: f.Value})
		case isAvail:
			var a avail.Avail
			if err := json.Unmarshal(f.Value, &a); err != nil {
				return nil, fmt.Errorf("recording of session %s: avail %s: %w", id, name, err)
			}
			t.spans[a.Key] = &origin.Span{Avail: a, End: origin.Open}
		}
	}
	if t.records, err = known.Read(t.stored); err != nil {
		return nil, fmt.Errorf("session %s: %w", t.session.ID, err)
	}
	for key := range t.spans {
		if _, ok := t.records.Decisions.Get(key); !ok {
			delete(t.spans, key) // the session did not come to it
		}
	}
	for i := range b.Records {
		key, err := avail.ParseKey(b.Records[i].Avail)
		if err != nil {
			return nil, err
		}
		r := &records.DecisionRecord{}
		if err := json.Unmarshal(b.Records[i].Record, r); err != nil {
			return nil, fmt.Errorf("recording of session %s: decision on avail %s: %w", id, key, err)
		}
		t.decided[key] = r
	}
	out := explanationOf(b.Head.Session)
	if err := e.explainAvails(ctx, past, out, t); err != nil {
		return nil, err
	}
	return out, nil
}
