package service

import (
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/clientside"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
)

// overlays returns the overlay avails in the session's window, and begins the decisions of
// new ones. pending is an avail that is not decided yet, nil if all are decided.
func (x *viewing) overlays(now pods.State, by *Service) (list []*clientside.Overlay, pending *clientside.Overlay) {
	if by.opt.Overlays == nil || x.NoOverlays || x.Unstored {
		return nil, nil
	}
	for _, a := range x.Stream.Overlays() {
		if !x.overlaid(now, &a) {
			continue
		}
		i := slices.IndexFunc(x.tracking.Overlays, func(o *clientside.Overlay) bool { return o.Avail.Key == a.Key })
		if i >= 0 {
			list = append(list, x.tracking.Overlays[i])
		} else {
			o := &clientside.Overlay{Avail: a, Index: x.Index(a.Key), Done: make(chan struct{})}
			list = append(list, o)
			go by.decider.DecideOverlay(x.Playback, o, ttlOf(now.Ref))
		}
		if o := list[len(list)-1]; !o.Decided() {
			pending = o
		}
	}
	x.tracking.Overlays = list
	return list, pending
}

// ttlOf is how long the decision of an overlay avail is kept: the window, and some time.
func ttlOf(ref *origin.View) time.Duration {
	return records.TTL + time.Duration(ref.Edge()-ref.Start())*time.Microsecond
}

// overlaid is whether an overlay avail is in the window, and began in the session.
func (x *viewing) overlaid(now pods.State, a *avail.Avail) bool {
	switch {
	case a.Epoch != now.Run.Epoch.Index, a.Sequence < now.Run.Begin, a.Start >= now.Ref.Edge():
		return false
	case now.Ref.Ended:
		return true
	}
	return max(a.Start+1, a.Start+a.Duration) > now.Ref.Start()
}
