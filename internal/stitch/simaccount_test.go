package stitch

import (
	"slices"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/pods"
)

// book holds the law of accounting on what became of an avail (design §5): every
// second has a reason or an ad, and no avail is counted twice.
func (w *simWorld) book(c *simClient, s *Playback, a avail.Account) {
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
		if r.Epoch.Index != a.Key.Epoch {
			continue
		}
		for k := range r.Fills {
			f := &r.Fills[k]
			if f.Key != a.Key || f.Content || f.Back == pods.Unknown {
				continue
			}
			w.count["note: accounts of pods"]++
			if change := f.Drift - r.Drift(k); change != a.Change {
				if w.unseen(s, f) {
					continue // the drift stays where nobody knows what was missed
				}
				w.violate("account's change of drift", "%s avail %s: %+v, drift changed by %d", c.id, a.Key, a, change)
			}
		}
	}
}

// unseen is whether segments of an avail went by that nobody saw.
func (w *simWorld) unseen(s *Playback, f *pods.Fill) bool {
	for _, sp := range s.Spans(f.Key.Epoch) {
		if sp.Sequence != f.Key.Sequence {
			continue
		}
		if s.known.OwnOf(sp) != nil && f.Back == f.Start {
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
