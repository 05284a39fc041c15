package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/report"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/clientside"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
)

// Overlays says which ads a player shows over content in an overlay avail; ads.Decider
// does.
type Overlays interface {
	Overlays(ctx context.Context, r ads.Request) avail.Decision
}

// overlayPause is how often a node looks for the decision that another node makes.
const overlayPause = 500 * time.Millisecond

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
			go by.decideOverlay(x, o, ttlOf(now.Ref))
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

// decideOverlay has an overlay avail decided, here or by the node that was first.
func (s *Service) decideOverlay(x *viewing, o *clientside.Overlay, ttl time.Duration) {
	defer close(o.Done)
	owner, name := records.OverlayOwner(x.ID), o.Avail.Key.String()
	begun := s.opt.Now()
	for {
		got, err := s.opt.Facts.Get(s.background, owner, "decision/"+name)
		if err == nil && got[0].Value != nil {
			err = json.Unmarshal(got[0].Value, &o.Answer)
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
	r := stitch.DecisionRequest{Session: x.Session, Layout: x.Layout, Avail: o.Avail, Index: o.Index, Overlay: true}
	record := &records.DecisionRecord{Asked: s.opt.Now().UTC(), Available: o.Avail.Duration}
	record.Answer = s.overlayAds(&r, record)
	record.Answered = s.opt.Now().UTC()
	o.Answer = record.Answer
	if err := s.storeOverlay(x, o, record, ttl); err != nil && s.background.Err() == nil {
		s.opt.Log.Warn("the decision of an overlay avail is not stored", "session", x.ID, "avail", name, "err", err)
	}
	s.events.Decision(&r, record)
}

// overlayAds asks the ad server.
func (s *Service) overlayAds(r *stitch.DecisionRequest, record *records.DecisionRecord) avail.Decision {
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
func (s *Service) storeOverlay(x *viewing, o *clientside.Overlay, record *records.DecisionRecord, ttl time.Duration) error {
	name := o.Avail.Key.String()
	b, err := json.Marshal(&o.Answer)
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
		avail.Fact{Key: "decision/" + name, Value: b, Adds: report.Overlay(x.Session, &o.Answer)},
		avail.Fact{Key: "record/" + name, Value: packed})
	if err != nil {
		return err
	}
	return json.Unmarshal(stored[0].Value, &o.Answer)
}
