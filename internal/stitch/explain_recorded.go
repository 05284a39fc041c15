package stitch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/bundle"
)

// explainRecorded is the explanation of a session that is over, from its recording.
func (s *Service) explainRecorded(ctx context.Context, past Past, id string) (*Explanation, error) {
	b, err := s.Bundle(ctx, id)
	if errors.Is(err, ErrNotRecorded) {
		return nil, ErrNoSession
	}
	if err != nil {
		return nil, err
	}
	t := &told{session: &session{Session: b.Head.Session}, spans: map[avail.Key]*origin.Span{}, records: map[avail.Key]*Record{}}
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
	if err := t.session.recall(t.stored, 0); err != nil {
		return nil, err
	}
	for key := range t.spans {
		if _, ok := t.session.known.decisions.get(key); !ok {
			delete(t.spans, key) // the session did not come to it
		}
	}
	for i := range b.Records {
		key, err := avail.ParseKey(b.Records[i].Avail)
		if err != nil {
			return nil, err
		}
		r := &Record{}
		if err := json.Unmarshal(b.Records[i].Record, r); err != nil {
			return nil, fmt.Errorf("recording of session %s: decision on avail %s: %w", id, key, err)
		}
		t.records[key] = r
	}
	out := explanationOf(b.Head.Session)
	if err := s.explainAvails(ctx, past, out, t); err != nil {
		return nil, err
	}
	return out, nil
}
