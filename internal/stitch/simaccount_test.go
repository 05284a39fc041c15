package stitch

import (
	"slices"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
)

// book holds the law of accounting on what became of an avail (design §5): every
// second has a reason or an ad, and no avail is counted twice.
func (w *simWorld) book(c *simClient, s *session, a avail.Account) {
	if n := a.Balance(); n != 0 {
		w.violate("account is open", "%s avail %s: %+v leaves %d", c.id, a.Key, a, n)
	}
	if a.Duration < 0 || a.Filled < 0 || a.Slate < 0 {
		w.violate("account is negative", "%s avail %s: %+v", c.id, a.Key, a)
	}
	for _, u := range a.Unfilled {
		if u.Duration < 0 || !slices.Contains(avail.Reasons(), u.Reason) {
			w.violate("account without reason", "%s avail %s: %+v", c.id, a.Key, a)
		}
	}
	if c.booked[a.Key] && len(w.outages) == 0 { // nodes that cannot reach the store each close it
		w.violate("account is closed twice", "%s avail %s: %+v", c.id, a.Key, a)
	}
	if c.booked == nil {
		c.booked = map[avail.Key]bool{}
	}
	c.booked[a.Key] = true
	w.count["note: accounts"]++
	for _, r := range s.runs {
		if r.epoch.Index != a.Key.Epoch {
			continue
		}
		for k := range r.fills {
			f := &r.fills[k]
			if f.key != a.Key || f.content || f.back == unknown {
				continue
			}
			w.count["note: accounts of pods"]++
			if change := f.drift - r.drift(k); change != a.Change {
				if w.unseen(s, f) {
					continue // the drift stays where nobody knows what was missed
				}
				w.violate("account's change of drift", "%s avail %s: %+v, drift changed by %d", c.id, a.Key, a, change)
			}
		}
	}
}

// unseen is whether segments of an avail went by that nobody saw.
func (w *simWorld) unseen(s *session, f *fill) bool {
	for _, sp := range s.spans(f.key.Epoch) {
		if sp.Sequence != f.key.Sequence {
			continue
		}
		if s.ownOf(sp) != nil && f.back == f.start {
			return true // all of it: of an own avail only both ends are kept
		}
		for i := 1; i < len(sp.Bounds); i++ {
			if sp.Bounds[i].Sequence > sp.Bounds[i-1].Sequence+1 {
				return true
			}
		}
		return sp.Cause == origin.EndUnseen
	}
	return false
}
