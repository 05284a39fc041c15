package stitch

import (
	"context"
	"fmt"
	"time"

	"stitcher/internal/origin"
	"stitcher/internal/store"
)

// Nodes that cannot reach the store they share go on with what all of them conclude
// alike: the content, and the pods whose decisions they know. An avail that is undecided
// is in doubt, because another node may know its decision, or make it. ARCHITECTURE.md,
// "While Redis is away", says why these rules agree on all nodes.

// errUnsure reports that it cannot be known what other nodes have shown. The answer
// waits, as the store may be back soon.
var errUnsure = fmt.Errorf("%w: what other nodes have shown cannot be known", store.ErrUnavailable)

// errDisputed reports that for longer than an answer can wait. Another node can answer.
var errDisputed = fmt.Errorf("%w: another node may have shown something else", store.ErrUnavailable)

const (
	// maxUnsure is how long after the begin of an outage nothing is concluded of an avail
	// in doubt, and how long one node alone may lose the store: a player that has three
	// target durations in its buffer plays on meanwhile.
	maxUnsure = 5 * time.Second
	// maxDisputed is how long after the begin of an outage an avail is refused that
	// another node may show ads of. Then it is content, because the outage may last.
	maxDisputed = 20 * time.Second
	// outageSkew is by how much the moments differ at which nodes meet one outage, its
	// end or an avail.
	outageSkew = 2 * time.Second
	// outageSettled is how long after an outage all nodes have written what they held.
	outageSettled = 5 * time.Second
)

// matter is something that is undecided, as far as this node knows.
type matter struct {
	// from and to are when it came up: not before from, and not after to.
	from, to time.Time
	// mine is whether this node alone can decide otherwise than for content, elsewhere
	// whether it knows that another node can.
	mine, elsewhere bool
}

// doubt is whether a matter has to be content because the store is or was away. It fails
// with errUnsure or errDisputed where another node may know otherwise.
func (s *session) doubt(m matter, now time.Time) (content bool, err error) {
	if s.outages == nil {
		return false, nil
	}
	for _, o := range s.outages() {
		if o.Ended.IsZero() {
			return s.doubtNow(m, now.Sub(o.Began), o.Began)
		}
		// Nodes that did not reach the store either may have concluded that it is content.
		long := o.Ended.Sub(o.Began) > maxUnsure-outageSkew
		if long && now.Sub(o.Ended) < outageSettled && m.to.After(o.Began) && m.from.Before(o.Ended.Add(outageSkew)) {
			return true, nil
		}
	}
	return false, nil
}

// doubtNow is doubt during an outage.
func (s *session) doubtNow(m matter, since time.Duration, began time.Time) (content bool, err error) {
	switch {
	case s.alone(), s.off.doubt:
		return true, nil
	case since < maxUnsure:
		return false, errUnsure
	case m.mine, m.from.After(began.Add(outageSkew)), since >= maxDisputed:
		return true, nil
	case !m.elsewhere && s.looked.Sub(began) >= maxUnsure:
		// The store takes no writes, but can be read: what any node has shown is recorded.
		return true, nil
	}
	return false, errDisputed
}

// lookAgain reads the records once more where what is disputed may be there: a store that takes
// no writes, or is slow, may be readable. It fails with errMoved where it has read them, and
// with errDisputed where it has not.
func (s *session) lookAgain(ctx context.Context, now time.Time) error {
	o, on := s.outage()
	if !on || s.looked.Sub(o.Began) >= maxUnsure {
		return errDisputed
	}
	if err := s.read(store.Patiently(ctx)); err != nil {
		return errDisputed
	}
	s.looked = now
	return errMoved
}

// outage is the one that goes on, if one does.
func (s *session) outage() (o store.Outage, on bool) {
	if s.outages == nil {
		return store.Outage{}, false
	}
	list := s.outages()
	if n := len(list); n > 0 && list[n-1].Ended.IsZero() {
		return list[n-1], true
	}
	return store.Outage{}, false
}

// lostFor is for how long the store cannot be reached by now; 0 where it can.
func (s *session) lostFor(now time.Time) time.Duration {
	if o, on := s.outage(); on {
		return max(1, now.Sub(o.Began))
	}
	return 0
}

// unsettled is whether an outage is over for so short a time that other nodes may not have
// written yet what they held.
func (s *session) unsettled(now time.Time) bool {
	if s.outages == nil {
		return false
	}
	list := s.outages()
	n := len(list)
	return n > 0 && !list[n-1].Ended.IsZero() && now.Sub(list[n-1].Ended) < outageSettled
}

// alone is whether the session began on this node during the outage that goes on: no other
// node knows it.
func (s *session) alone() bool {
	o, on := s.outage()
	return on && o.Began.Equal(s.lone)
}

// unsure is how an answer fails that depends on what other nodes may know.
func (s *session) unsure(now time.Time) error {
	if s.lostFor(now) < maxUnsure {
		return errUnsure
	}
	return errDisputed
}

// matterOf is an undecided avail. It began to be published about as long ago as the
// timeline has got past its start.
func (s *session) matterOf(sp *origin.Span, ref *origin.View, w *pending, now time.Time) matter {
	_, elsewhere := s.known.asked.get(sp.String())
	m := matter{to: time.UnixMicro(sp.Seen), mine: w.asked && !w.tried, elsewhere: elsewhere}
	if m.from = m.to; !sp.Static {
		if t := now.Add(-time.Duration(ref.Edge()-sp.Start) * time.Microsecond); t.Before(m.from) {
			m.from = t
		}
	}
	if s.Created.After(m.from) {
		m.from = s.Created
	}
	if s.Created.After(m.to) {
		m.to = s.Created
	}
	return m
}
