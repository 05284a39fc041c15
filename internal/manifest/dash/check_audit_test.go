package dash

// checkAudit holds what is written from the MPDs of an origin to the rules. What the
// origin itself breaks may be broken.
type checkAudit struct {
	origin, written *Listing
}

// next is the rules that an answer breaks, alone or as an update; at is when it was
// given, in Unix microseconds.
func (a *checkAudit) next(at int64, origin, written string) (broken []string) {
	was, now := *a, checkAudit{}
	all := func(text string) (*Listing, []Violation) {
		o := checkOptions
		o.Now = at
		l, found := ReadListing([]byte(text), o)
		return l, append(found, CheckListing(l)...)
	}
	var theirs, ours []Violation
	now.origin, theirs = all(origin)
	now.written, ours = all(written)
	if was.origin != nil {
		theirs = append(theirs, CheckUpdate(was.origin, now.origin)...)
		ours = append(ours, CheckUpdate(was.written, now.written)...)
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
