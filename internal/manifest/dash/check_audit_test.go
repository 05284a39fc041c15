package dash

import (
	"stitcher/internal/manifest/dash/check"
	"stitcher/internal/manifest/dash/check/listing"
	"stitcher/internal/manifest/dash/check/rule"
)

// checkAudit holds what is written from the MPDs of an origin to the rules. What the
// origin itself breaks may be broken.
type checkAudit struct {
	origin, written *listing.Listing
}

// next is the rules that an answer breaks, alone or as an update; at is when it was
// given, in Unix microseconds.
func (a *checkAudit) next(at int64, origin, written string) (broken []string) {
	was, now := *a, checkAudit{}
	all := func(text string) (*listing.Listing, []rule.Violation) {
		l, found := listing.Read([]byte(text), listing.Options{Base: testBase, Now: at})
		return l, append(found, check.MPD(l)...)
	}
	var theirs, ours []rule.Violation
	now.origin, theirs = all(origin)
	now.written, ours = all(written)
	if was.origin != nil {
		theirs = append(theirs, check.Update(was.origin, now.origin)...)
		ours = append(ours, check.Update(was.written, now.written)...)
	}
	by := map[string]bool{}
	for _, v := range theirs {
		by[v.Rule] = true
	}
	for _, v := range ours {
		if !by[v.Rule] {
			broken = append(broken, v.String())
		}
	}
	*a = now
	return broken
}
