package memory

import (
	"cmp"
	"context"
	"slices"

	"stitcher/internal/avail"
	"stitcher/internal/store"
)

var _ store.Finder = (*Facts)(nil)

// found is what an owner is found by.
type found struct {
	at    int64
	terms map[string]bool
	about []byte
}

// find stores what an owner is found by. m.mu is held.
func (m *Facts) find(name string, f avail.Found) {
	if len(f.Terms) == 0 && f.About == nil {
		return
	}
	x := m.found[name]
	if x == nil {
		x = &found{at: f.At, terms: map[string]bool{}}
		m.found[name] = x
	}
	for _, term := range f.Terms {
		x.terms[term] = true
	}
	if f.About != nil {
		x.about = slices.Clone(f.About)
	}
}

// Find implements store.Finder.
func (m *Facts) Find(_ context.Context, f store.Search) (page store.Page, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, x := range m.found {
		h := store.Hit{At: x.at, Owner: name, About: x.about, Live: m.live(name) != nil}
		missing := slices.ContainsFunc(f.Terms, func(term string) bool { return !x.terms[term] })
		if missing || h.At < f.From || h.At >= f.To || f.Before != nil && !h.Older(*f.Before) {
			continue
		}
		page.Hits = append(page.Hits, h)
	}
	slices.SortFunc(page.Hits, func(a, b store.Hit) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Owner, a.Owner)) })
	if len(page.Hits) > f.Limit {
		page.Hits = page.Hits[:f.Limit]
		last := page.Hits[f.Limit-1]
		page.Next = &store.Hit{At: last.At, Owner: last.Owner}
	}
	return page, nil
}
