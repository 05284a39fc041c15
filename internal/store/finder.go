package store

import "context"

// Finder finds owners by the terms of their facts (avail.Found). Terms are written with
// the fact, if it is new, and kept for the retention of the store, longer than the facts.
// A store may forget the oldest owners of a term when there are a million.
type Finder interface {
	// Find gives owners that have all terms of f, newest first. It MUST look at a
	// bounded number of owners: a page may have fewer than f.Limit, or none, and is the
	// last only if Next is nil.
	Find(ctx context.Context, f Search) (Page, error)
}

// Search is what is looked for.
type Search struct {
	// Terms are at least one.
	Terms []string
	// From and To bound when owners stand, in Unix microseconds; To is excluded.
	From, To int64
	// Before is where to go on, the Next of a page, or nil.
	Before *Hit
	// Limit is the greatest number of hits, from 1 to MaxHits.
	Limit int
}

// MaxHits is how many hits a page may have.
const MaxHits = 1000

// Page is some of what was found.
type Page struct {
	Hits []Hit
	// Next is what comes after the page stands before; nil is that nothing does.
	Next *Hit
}

// Hit is an owner.
type Hit struct {
	At    int64
	Owner string
	About []byte
	// Live is whether the owner is there still.
	Live bool
}

// Older is whether h comes after x, where the newest is first.
func (h Hit) Older(x Hit) bool { return h.At < x.At || h.At == x.At && h.Owner < x.Owner }
