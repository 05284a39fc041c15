package clientside

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/trackdoc"
)

// Overlay is an overlay avail of a session (SCTE 35 type 0x38): ads that the player shows
// over content. Nothing is replaced, so manifests do not depend on it. The ad server is
// asked when the tracking document, which alone tells of it, is read for the first time
// after the marker.
type Overlay struct {
	Avail avail.Avail
	// Index is how many avails of the stream came before since the session started.
	Index int
	// Done is closed when Answer is there.
	Done   chan struct{}
	Answer avail.Decision
}

// toldOverlay is an overlay avail of the document.
type toldOverlay struct {
	toldAvail
	// nonLinear is whether it is among the document's nonLinearAvails.
	nonLinear bool
}

// Decided is whether the answer is there.
func (o *Overlay) Decided() bool {
	select {
	case <-o.Done:
		return true
	default:
		return false
	}
}

// Overlays returns the overlay avails in the session's window, and has new ones decided beside
// the request: decide answers o and closes o.Done, and its answer is kept for ttl. pending is an
// avail that is not decided yet, nil if all are decided. The session is locked; decide runs in a
// goroutine of its own.
func (x *Document) Overlays(s *stitch.Playback, now pods.State, decide func(o *Overlay, ttl time.Duration)) (list []*Overlay, pending *Overlay) {
	for _, a := range s.Stream.Overlays() {
		if !inWindow(now, &a) {
			continue
		}
		i := slices.IndexFunc(x.overlays, func(o *Overlay) bool { return o.Avail.Key == a.Key })
		if i >= 0 {
			list = append(list, x.overlays[i])
		} else {
			o := &Overlay{Avail: a, Index: s.Index(a.Key), Done: make(chan struct{})}
			list = append(list, o)
			go decide(o, ttlOf(now.Ref))
		}
		if o := list[len(list)-1]; !o.Decided() {
			pending = o
		}
	}
	x.overlays = list
	return list, pending
}

// ttlOf is how long the decision of an overlay avail is kept: the window, and some time.
func ttlOf(ref *origin.View) time.Duration {
	return records.TTL + time.Duration(ref.Edge()-ref.Start())*time.Microsecond
}

// inWindow is whether an overlay avail is in the window, and began in the session.
func inWindow(now pods.State, a *avail.Avail) bool {
	switch {
	case a.Epoch != now.Run.Epoch.Index, a.Sequence < now.Run.Begin, a.Start >= now.Ref.Edge():
		return false
	case now.Ref.Ended:
		return true
	}
	return max(a.Start+1, a.Start+a.Duration) > now.Ref.Start()
}

// UpdateOverlays brings the overlay avails that the session tells up to date.
func (x *Document) UpdateOverlays(s *stitch.Playback, now pods.State, list []*Overlay) error {
	var told []toldOverlay
	for _, o := range list {
		if i := slices.IndexFunc(x.overlaid, func(t toldOverlay) bool { return t.key == o.Avail.Key }); i >= 0 {
			told = append(told, x.overlaid[i])
			continue
		}
		if !o.Decided() || len(o.Answer.Items) == 0 {
			continue
		}
		at, id, ok := x.placeOf(s, now, &o.Avail)
		if !ok {
			continue
		}
		p := trackdoc.Pod{Start: at, Marker: o.Avail.Duration, Name: func(n int) string { return nth(id, n) }}
		if now.Ref.Dated {
			p.Date = o.Avail.Start
		}
		for i := range o.Answer.Items {
			p.Items = append(p.Items, trackdoc.Item{First: i, Ad: o.Answer.Items[i].Ad})
		}
		a, err := trackdoc.Overlay(&p)
		if err != nil {
			return fmt.Errorf("overlay avail %s of session %s: %w", o.Avail.Key, s.ID, err)
		}
		text, err := json.Marshal(&a)
		if err != nil {
			return fmt.Errorf("encode a tracking document: %w", err)
		}
		told = append(told, toldOverlay{toldAvail{o.Avail.Key, text, at, at, o.Answer.Decided}, o.Answer.NonLinear})
	}
	if !slices.EqualFunc(told, x.overlaid, func(a, b toldOverlay) bool { return a.key == b.key }) {
		x.text, x.gzip = nil, nil
	}
	x.overlaid = told
	return nil
}

// nth is the id of the n-th ad of an overlay avail, from 0. The first has the avail's.
func nth(id string, n int) string {
	if n == 0 {
		return id
	}
	return id + "_" + strconv.Itoa(n)
}

// placeOf is where an overlay avail begins in the session's presentation, and what it is
// called there: by the media sequence number of its first segment in HLS. It has no place
// where that segment is replaced by an ad, and none yet where the numbers depend on a
// return that is not known.
func (x *Document) placeOf(s *stitch.Playback, now pods.State, a *avail.Avail) (at int64, id string, ok bool) {
	numbers := s.Numbers(now.Run, s.Layout.Reference)
	drift := now.Run.Base.Drift
	number := a.Sequence + now.Run.Epoch.Sequence
	if s.Protocol != playback.DASH {
		number += now.Run.Base.Offsets[s.Layout.Reference]
	}
	for i := range now.Run.Fills {
		f := &now.Run.Fills[i]
		if f.Empty() || f.Pod == nil {
			continue
		}
		if f.Time > a.Start {
			break
		}
		if f.Back == pods.Unknown || a.Start < f.BackTime {
			return 0, "", false
		}
		if now.Ref.Ended {
			drift += f.Length() - (f.BackTime - f.Time)
		} else {
			drift = f.Drift
		}
		number += numbers.Shift(i)
	}
	at = a.Start - x.zero + drift
	if s.Protocol == playback.DASH {
		return at, strconv.FormatInt(a.Sequence, 10), true
	}
	return at, strconv.FormatInt(number, 10), true
}
