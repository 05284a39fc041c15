package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/report"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
	"stitcher/internal/stitch/trackdoc"
)

// Overlays says which ads a player shows over content in an overlay avail; ads.Decider
// does.
type Overlays interface {
	Overlays(ctx context.Context, r ads.Request) avail.Decision
}

// overlay is an overlay avail of a session (SCTE 35 type 0x38): ads that the player shows
// over content. Nothing is replaced, so manifests do not depend on it. The ad server is
// asked when the tracking document, which alone tells of it, is read for the first time
// after the marker.
type overlay struct {
	avail avail.Avail
	// index is how many avails of the stream came before since the session started.
	index int
	// done is closed when answer is there.
	done   chan struct{}
	answer avail.Decision
}

// toldOverlay is an overlay avail of the document.
type toldOverlay struct {
	toldAvail
	// nonLinear is whether it is among the document's nonLinearAvails.
	nonLinear bool
}

// overlayPause is how often a node looks for the decision that another node makes.
const overlayPause = 500 * time.Millisecond

// overlays returns the overlay avails in the session's window, and begins the decisions of
// new ones. pending is an avail that is not decided yet, nil if all are decided.
func (s *viewing) overlays(now pods.State, by *Service) (list []*overlay, pending *overlay) {
	if by.opt.Overlays == nil || s.NoOverlays || s.Unstored {
		return nil, nil
	}
	for _, a := range s.Stream.Overlays() {
		if !s.overlaid(now, &a) {
			continue
		}
		i := slices.IndexFunc(s.tracking.overlays, func(o *overlay) bool { return o.avail.Key == a.Key })
		if i >= 0 {
			list = append(list, s.tracking.overlays[i])
		} else {
			o := &overlay{avail: a, index: s.Index(a.Key), done: make(chan struct{})}
			list = append(list, o)
			go by.decideOverlay(s, o, ttlOf(now.Ref))
		}
		if o := list[len(list)-1]; !o.decided() {
			pending = o
		}
	}
	s.tracking.overlays = list
	return list, pending
}

// ttlOf is how long the decision of an overlay avail is kept: the window, and some time.
func ttlOf(ref *origin.View) time.Duration {
	return records.TTL + time.Duration(ref.Edge()-ref.Start())*time.Microsecond
}

// overlaid is whether an overlay avail is in the window, and began in the session.
func (s *viewing) overlaid(now pods.State, a *avail.Avail) bool {
	switch {
	case a.Epoch != now.Run.Epoch.Index, a.Sequence < now.Run.Begin, a.Start >= now.Ref.Edge():
		return false
	case now.Ref.Ended:
		return true
	}
	return max(a.Start+1, a.Start+a.Duration) > now.Ref.Start()
}

func (o *overlay) decided() bool {
	select {
	case <-o.done:
		return true
	default:
		return false
	}
}

// decideOverlay has an overlay avail decided, here or by the node that was first.
func (s *Service) decideOverlay(x *viewing, o *overlay, ttl time.Duration) {
	defer close(o.done)
	owner, name := records.OverlayOwner(x.ID), o.avail.Key.String()
	begun := s.opt.Now()
	for {
		got, err := s.opt.Facts.Get(s.background, owner, "decision/"+name)
		if err == nil && got[0].Value != nil {
			err = json.Unmarshal(got[0].Value, &o.answer)
			if err != nil {
				s.opt.Log.Warn("read the decision of an overlay avail", "session", x.ID, "err", err)
			}
			return
		}
		node, err := json.Marshal(s.opt.Node)
		if err != nil {
			return // a string always is JSON
		}
		first, err := s.opt.Facts.Create(s.background, owner, ttl, avail.Fact{Key: "asking/" + name, Value: node})
		if err != nil || string(first[0].Value) == string(node) || s.opt.Now().Sub(begun) > x.Rules.Budget {
			break // where the other node has not answered in time, this one asks
		}
		if !sleep(s.background, overlayPause) {
			return
		}
	}
	r := stitch.DecisionRequest{Session: x.Session, Layout: x.Layout, Avail: o.avail, Index: o.index, Overlay: true}
	record := &records.Decision{Asked: s.opt.Now().UTC(), Available: o.avail.Duration}
	record.Answer = s.overlayAds(&r, record)
	record.Answered = s.opt.Now().UTC()
	o.answer = record.Answer
	if err := s.storeOverlay(x, o, record, ttl); err != nil && s.background.Err() == nil {
		s.opt.Log.Warn("the decision of an overlay avail is not stored", "session", x.ID, "avail", name, "err", err)
	}
	s.events.Decision(&r, record)
}

// overlayAds asks the ad server.
func (s *Service) overlayAds(r *stitch.DecisionRequest, record *records.Decision) avail.Decision {
	c, err := s.configuration(r.Session.Configuration)
	if err != nil {
		return avail.Decision{Reason: avail.InternalError}
	}
	settings, err := settingsOf(c, *r)
	if err != nil {
		return avail.Decision{Reason: avail.AdsError}
	}
	ctx, cancel := context.WithTimeout(s.background, settings.Budget)
	defer cancel()
	return s.opt.Overlays.Overlays(ctx, ads.Request{
		Settings: settings, Session: r.Session, Avail: r.Avail, Index: r.Index, Available: r.Avail.Duration,
		Start: r.Avail.Sequence, Trace: &record.Request,
	})
}

// storeOverlay stores a decision with how it came about; the first one counts.
func (s *Service) storeOverlay(x *viewing, o *overlay, record *records.Decision, ttl time.Duration) error {
	name := o.avail.Key.String()
	b, err := json.Marshal(&o.answer)
	if err != nil {
		return fmt.Errorf("encode a decision: %w", err)
	}
	packed, err := s.pack(record)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.background, records.WriteTimeout)
	defer cancel()
	stored, err := s.opt.Facts.Create(ctx, records.OverlayOwner(x.ID), ttl,
		avail.Fact{Key: "decision/" + name, Value: b, Adds: report.Overlay(x.Session, &o.answer)},
		avail.Fact{Key: "record/" + name, Value: packed})
	if err != nil {
		return err
	}
	return json.Unmarshal(stored[0].Value, &o.answer)
}

// tellOverlays brings the overlay avails that the session tells up to date.
func (s *viewing) tellOverlays(now pods.State, list []*overlay) error {
	x := s.tracking
	var told []toldOverlay
	for _, o := range list {
		if i := slices.IndexFunc(x.overlaid, func(t toldOverlay) bool { return t.key == o.avail.Key }); i >= 0 {
			told = append(told, x.overlaid[i])
			continue
		}
		if !o.decided() || len(o.answer.Items) == 0 {
			continue
		}
		at, id, ok := s.placeOf(now, &o.avail)
		if !ok {
			continue
		}
		p := trackdoc.Pod{Start: at, Marker: o.avail.Duration, Name: func(n int) string { return nth(id, n) }}
		if now.Ref.Dated {
			p.Date = o.avail.Start
		}
		for i := range o.answer.Items {
			p.Items = append(p.Items, trackdoc.Item{First: i, Ad: o.answer.Items[i].Ad})
		}
		a, err := trackdoc.Overlay(&p)
		if err != nil {
			return fmt.Errorf("overlay avail %s of session %s: %w", o.avail.Key, s.ID, err)
		}
		text, err := json.Marshal(&a)
		if err != nil {
			return fmt.Errorf("encode a tracking document: %w", err)
		}
		told = append(told, toldOverlay{toldAvail{o.avail.Key, text, at, at, o.answer.Decided}, o.answer.NonLinear})
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
func (s *viewing) placeOf(now pods.State, a *avail.Avail) (at int64, id string, ok bool) {
	name := s.Layout.Renditions[s.Layout.Reference].Name
	drift := now.Run.Base.Drift
	number := a.Sequence + now.Run.Epoch.Sequence
	if s.mpd == nil {
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
		number += s.ShiftOf(now.Run, i, name)
	}
	at = a.Start - s.tracking.zero + drift
	if s.mpd != nil {
		return at, strconv.FormatInt(a.Sequence, 10), true
	}
	return at, strconv.FormatInt(number, 10), true
}
