package search

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stitcher/internal/store"
)

// Query is what sessions are looked for by; the zero value of a field is any.
type Query struct {
	Configuration, Device, Reason, Creative string
	// Words are ids, paths or parts of paths of assets, streams, and ids of ads: all
	// of them.
	Words []string
	// State is StateLive or StateEnded.
	State string
	// Since and Until bound the start of the session; Until is excluded.
	Since, Until time.Time
	// Before is where to go on: the Next of a list.
	Before *store.Hit
	// Limit is the greatest number of sessions, up to store.MaxHits.
	Limit int
}

// The states of a session.
const (
	StateLive  = "live"
	StateEnded = "ended"
)

// List is some of what was found, newest first.
type List struct {
	Sessions []Session
	// Next is what comes after the list stands before; nil is that nothing does. A list
	// may be short or empty and not the last.
	Next *store.Hit
}

// maxTime is later than any session, Unix microseconds. Redis compares times as floating
// point numbers, which are exact up to here.
const maxTime = 1 << 53

// maxSearches is how many pages of the store one search reads.
const maxSearches = 4

// Sessions finds sessions by an index of the store. It looks at a bounded number of
// them.
func Sessions(ctx context.Context, past store.Finder, q Query) (List, error) {
	f := store.Search{Terms: q.terms(), From: q.Since.UnixMicro(), To: maxTime, Before: q.Before, Limit: q.Limit}
	if q.Since.IsZero() {
		f.From = 0
	}
	if !q.Until.IsZero() {
		f.To = q.Until.UnixMicro()
	}
	list := List{Sessions: []Session{}}
	for range maxSearches {
		page, err := past.Find(ctx, f)
		if err != nil {
			return list, fmt.Errorf("find sessions: %w", err)
		}
		for _, h := range page.Hits {
			x, err := read(h)
			if err != nil {
				return list, err
			}
			if x == nil || q.State != "" && x.State != q.State {
				continue
			}
			list.Sessions = append(list.Sessions, *x)
			if len(list.Sessions) == q.Limit {
				list.Next = &store.Hit{At: h.At, Owner: h.Owner}
				return list, nil
			}
		}
		if list.Next = page.Next; list.Next == nil {
			return list, nil
		}
		f.Before = page.Next
	}
	return list, nil
}

// terms are the terms that all sessions which are looked for have.
func (q *Query) terms() []string {
	var terms []string
	for kind, text := range map[string]string{configurationTerm: q.Configuration, deviceTerm: q.Device, reasonTerm: q.Reason, creativeTerm: q.Creative} {
		if text != "" {
			terms = append(terms, term(kind, text))
		}
	}
	for _, text := range q.Words {
		terms = append(terms, word(text))
	}
	if terms == nil {
		return []string{allSessions}
	}
	return terms
}

// read reads what was found; nil is what cannot be told of any more.
func read(h store.Hit) (*Session, error) {
	if len(h.About) == 0 {
		return nil, nil
	}
	var x Session
	if err := json.Unmarshal(h.About, &x); err != nil {
		return nil, fmt.Errorf("%s: %w", h.Owner, err)
	}
	x.State = StateEnded
	if h.Live {
		x.State = StateLive
	}
	return &x, nil
}
