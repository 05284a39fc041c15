// Package outage says what may be concluded of an undecided avail while the store that nodes
// share cannot be reached.
package outage

import (
	"fmt"
	"time"

	"stitcher/internal/store"
)

// Nodes that cannot reach the store they share go on with what all of them conclude
// alike: the content, and the pods whose decisions they know. An avail that is undecided
// is in doubt, because another node may know its decision, or make it. ARCHITECTURE.md,
// "While Redis is away", says why these rules agree on all nodes.

// ErrUnsure reports that it cannot be known what other nodes have shown. The answer
// waits, as the store may be back soon.
var ErrUnsure = fmt.Errorf("%w: what other nodes have shown cannot be known", store.ErrUnavailable)

// ErrDisputed reports that for longer than an answer can wait. Another node can answer.
var ErrDisputed = fmt.Errorf("%w: another node may have shown something else", store.ErrUnavailable)

const (
	// MaxUnsure is how long after the begin of an outage nothing is concluded of an avail
	// in doubt, and how long one node alone may lose the store: a player that has three
	// target durations in its buffer plays on meanwhile.
	MaxUnsure = 5 * time.Second
	// MaxDisputed is how long after the begin of an outage an avail is refused that
	// another node may show ads of. Then it is content, because the outage may last.
	MaxDisputed = 20 * time.Second
	// outageSkew is by how much the moments differ at which nodes meet one outage, its
	// end or an avail.
	outageSkew = 2 * time.Second
	// outageSettled is how long after an outage all nodes have written what they held.
	outageSettled = 5 * time.Second
)

// Watch is what a session knows of the outages of the store. The zero value is one of a store
// that this node alone uses: nothing is ever in doubt.
type Watch struct {
	// List are the outages that this process has met and that are not long over, in order; nil
	// where the store is not shared.
	List func() []store.Outage
	// Lone is when the outage began in which the session began on this node: during that no
	// other node knows it. Zero is none.
	Lone time.Time
	// Looked is when the session's records were last read because of something disputed.
	Looked time.Time
	// Off shows content of what is undecided as soon as the store is away. Only the test that
	// the simulation misses the rule sets it.
	Off bool
}

// Matter is something that is undecided, as far as this node knows.
type Matter struct {
	// From and To are when it came up: not before From, and not after To.
	From, To time.Time
	// Mine is whether this node alone can decide otherwise than for content, Elsewhere
	// whether it knows that another node can.
	Mine, Elsewhere bool
}

// Doubt is whether a matter has to be content because the store is or was away. It fails
// with ErrUnsure or ErrDisputed where another node may know otherwise.
func (w *Watch) Doubt(m Matter, now time.Time) (content bool, err error) {
	if w.List == nil {
		return false, nil
	}
	for _, o := range w.List() {
		if o.Ended.IsZero() {
			return w.doubtNow(m, now.Sub(o.Began), o.Began)
		}
		// Nodes that did not reach the store either may have concluded that it is content.
		long := o.Ended.Sub(o.Began) > MaxUnsure-outageSkew
		if long && now.Sub(o.Ended) < outageSettled && m.To.After(o.Began) && m.From.Before(o.Ended.Add(outageSkew)) {
			return true, nil
		}
	}
	return false, nil
}

// doubtNow is Doubt during an outage.
func (w *Watch) doubtNow(m Matter, since time.Duration, began time.Time) (content bool, err error) {
	switch {
	case w.Alone(), w.Off:
		return true, nil
	case since < MaxUnsure:
		return false, ErrUnsure
	case m.Mine, m.From.After(began.Add(outageSkew)), since >= MaxDisputed:
		return true, nil
	case !m.Elsewhere && w.Looked.Sub(began) >= MaxUnsure:
		// The store takes no writes, but can be read: what any node has shown is recorded.
		return true, nil
	}
	return false, ErrDisputed
}

// Current is the outage that goes on, if one does.
func (w *Watch) Current() (o store.Outage, on bool) {
	if w.List == nil {
		return store.Outage{}, false
	}
	list := w.List()
	if n := len(list); n > 0 && list[n-1].Ended.IsZero() {
		return list[n-1], true
	}
	return store.Outage{}, false
}

// LostFor is for how long the store cannot be reached by now; 0 where it can.
func (w *Watch) LostFor(now time.Time) time.Duration {
	if o, on := w.Current(); on {
		return max(1, now.Sub(o.Began))
	}
	return 0
}

// Unsettled is whether an outage is over for so short a time that other nodes may not have
// written yet what they held.
func (w *Watch) Unsettled(now time.Time) bool {
	if w.List == nil {
		return false
	}
	list := w.List()
	n := len(list)
	return n > 0 && !list[n-1].Ended.IsZero() && now.Sub(list[n-1].Ended) < outageSettled
}

// Alone is whether the session began on this node during the outage that goes on: no other
// node knows it.
func (w *Watch) Alone() bool {
	o, on := w.Current()
	return on && o.Began.Equal(w.Lone)
}

// Unsure is how an answer fails that depends on what other nodes may know.
func (w *Watch) Unsure(now time.Time) error {
	if w.LostFor(now) < MaxUnsure {
		return ErrUnsure
	}
	return ErrDisputed
}
