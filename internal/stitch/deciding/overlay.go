package deciding

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"stitcher/internal/ads"
	"stitcher/internal/avail"
	"stitcher/internal/pause"
	"stitcher/internal/report"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/clientside"
	"stitcher/internal/stitch/records"
)

// Overlays says which ads a player shows over content in an overlay avail; ads.Decider
// does.
type Overlays interface {
	Overlays(ctx context.Context, r ads.Request) avail.Decision
}

// overlayPause is how often a node looks for the decision that another node makes.
const overlayPause = 500 * time.Millisecond

// DecideOverlay has an overlay avail decided, here or by the node that was first.
func (d *Decider) DecideOverlay(x *stitch.Playback, o *clientside.Overlay, ttl time.Duration) {
	defer close(o.Done)
	owner, name := records.OverlayOwner(x.ID), o.Avail.Key.String()
	begun := d.opt.Now()
	for {
		got, err := d.opt.Facts.Get(d.background, owner, "decision/"+name)
		if err == nil && got[0].Value != nil {
			err = json.Unmarshal(got[0].Value, &o.Answer)
			if err != nil {
				d.opt.Log.Warn("read the decision of an overlay avail", "session", x.ID, "err", err)
			}
			return
		}
		node, err := json.Marshal(d.opt.Node)
		if err != nil {
			return // a string always is JSON
		}
		first, err := d.opt.Facts.Create(d.background, owner, ttl, avail.Fact{Key: "asking/" + name, Value: node})
		if err != nil || string(first[0].Value) == string(node) || d.opt.Now().Sub(begun) > x.Rules.Budget {
			break // where the other node has not answered in time, this one asks
		}
		if !pause.For(d.background, overlayPause) {
			return
		}
	}
	r := stitch.DecisionRequest{Session: x.Session, Layout: x.Layout, Avail: o.Avail, Index: o.Index, Overlay: true}
	record := &records.DecisionRecord{Asked: d.opt.Now().UTC(), Available: o.Avail.Duration}
	record.Answer = d.overlayAds(&r, record)
	record.Answered = d.opt.Now().UTC()
	o.Answer = record.Answer
	if err := d.storeOverlay(x, o, record, ttl); err != nil && d.background.Err() == nil {
		d.opt.Log.Warn("the decision of an overlay avail is not stored", "session", x.ID, "avail", name, "err", err)
	}
	d.opt.Events.Decision(&r, record)
}

// overlayAds asks the ad server.
func (d *Decider) overlayAds(r *stitch.DecisionRequest, record *records.DecisionRecord) avail.Decision {
	c, err := d.opt.Configuration(r.Session.Configuration)
	if err != nil {
		return avail.Decision{Reason: avail.InternalError}
	}
	settings, err := settingsOf(c, *r)
	if err != nil {
		return avail.Decision{Reason: avail.AdsError}
	}
	ctx, cancel := context.WithTimeout(d.background, settings.Budget)
	defer cancel()
	return d.opt.Overlays.Overlays(ctx, ads.Request{
		Settings: settings, Session: r.Session, Avail: r.Avail, Index: r.Index, Available: r.Avail.Duration,
		Start: r.Avail.Sequence, Trace: &record.Request,
	})
}

// storeOverlay stores a decision with how it came about; the first one counts.
func (d *Decider) storeOverlay(x *stitch.Playback, o *clientside.Overlay, record *records.DecisionRecord, ttl time.Duration) error {
	name := o.Avail.Key.String()
	b, err := json.Marshal(&o.Answer)
	if err != nil {
		return fmt.Errorf("encode a decision: %w", err)
	}
	packed, err := d.pack(record)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(d.background, records.WriteTimeout)
	defer cancel()
	stored, err := d.opt.Facts.Create(ctx, records.OverlayOwner(x.ID), ttl,
		avail.Fact{Key: "decision/" + name, Value: b, Adds: report.Overlay(x.Session, &o.Answer)},
		avail.Fact{Key: "record/" + name, Value: packed})
	if err != nil {
		return err
	}
	return json.Unmarshal(stored[0].Value, &o.Answer)
}
