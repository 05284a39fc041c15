package report

import (
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/store/rollup"
)

// adder collects increments of one time.
type adder struct {
	at   int64
	list []avail.Add
}

func (a *adder) add(g rollup.Group, measure string, n int64) {
	if n != 0 {
		a.list = append(a.list, avail.Add{At: a.at, Group: g.Key(), Measure: measure, N: n})
	}
}

func ms(micros int64) int64 { return micros / 1000 }

func groupOf(s *playback.Session) rollup.Group {
	var g rollup.Group
	g[configuration], g[protocol], g[device], g[reporting] = s.Configuration, string(s.Protocol), string(s.Class), s.Reporting
	return g
}

func ofAd(g rollup.Group, x *avail.Ad) rollup.Group {
	if x != nil {
		g[adSystem], g[advertiser], g[campaign], g[ad], g[creative] = x.System, x.Advertiser, x.Campaign, x.ID, x.CreativeID
	}
	return g
}

// Session is what a session adds when it starts.
func Session(s *playback.Session) []avail.Add {
	a := adder{at: s.Created.UnixMicro()}
	a.add(groupOf(s), "sessions", 1)
	return a.list
}

// Decision is what a decision adds when it is stored. The ads of its Breaks are
// those of later decisions.
func Decision(s *playback.Session, d *avail.Decision) []avail.Add {
	a, g := adder{at: d.Decided}, groupOf(s)
	a.add(g, "requestedMs", ms(d.Requested))
	a.asked(g, d)
	for i := range d.Items {
		x := d.Items[i].Ad
		if x == nil {
			continue
		}
		of := ofAd(g, x)
		a.add(of, "adsReturned", 1)
		a.add(of, "adsPlanned", 1)
		a.add(of, "returnedMs", ms(x.Duration))
		a.add(of, "readyMs", ms(d.Items[i].Duration))
	}
	for i := range d.Skips {
		k := &d.Skips[i]
		of := ofAd(g, &avail.Ad{System: k.System, Advertiser: k.Advertiser, Campaign: k.Campaign, ID: k.AdID, CreativeID: k.CreativeID})
		of[reason] = string(k.Reason)
		a.add(of, "adsReturned", 1)
		a.add(of, "returnedMs", ms(k.Duration))
	}
	return a.list
}

// asked adds the ad request of a decision.
func (a *adder) asked(g rollup.Group, d *avail.Decision) {
	if !d.Asked {
		return
	}
	a.add(g, "adRequests", 1)
	switch d.Reason {
	case avail.AdsTimeout:
		a.add(g, "adTimeouts", 1)
	case avail.AdsError, avail.VASTInvalid:
		a.add(g, "adErrors", 1)
	}
}

// Overlay is what the decision of an overlay avail adds when it is stored: its ad request.
// No time of an avail is filled by it, and no ad of it is stitched.
func Overlay(s *playback.Session, d *avail.Decision) []avail.Add {
	a := adder{at: d.Decided}
	a.asked(groupOf(s), d)
	return a.list
}

// Account is what a closed account adds at a time.
func Account(s *playback.Session, x *avail.Account, at time.Time) []avail.Add {
	a, g := adder{at: at.UnixMicro()}, groupOf(s)
	a.add(g, "avails", 1)
	a.add(g, "availMs", ms(x.Duration))
	a.add(g, "filledMs", ms(x.Filled))
	a.add(g, "slateMs", ms(x.Slate))
	a.add(g, "adsServed", int64(x.Shown+x.Cut))
	for _, u := range x.Unfilled {
		of := g
		of[reason] = string(u.Reason)
		a.add(of, "unfilledMs", ms(u.Duration))
	}
	return a.list
}

// Event is what an event of an ad adds when it is delivered; other events than those
// of measures add nothing.
func Event(s *playback.Session, x *avail.Ad, event avail.Events, at time.Time) []avail.Add {
	a := adder{at: at.UnixMicro()}
	if m := measure(event.Name()); m >= 0 {
		a.add(ofAd(groupOf(s), x), measures[m].Name, 1)
	}
	return a.list
}

// Beacon is what happened to a tracking URL.
type Beacon struct {
	// Host is the URL's.
	Host string
	// Fired is whether it was called, Recovered whether an earlier call failed.
	Fired, Delivered, Retried, Recovered, GaveUp bool
}

// Adds is what a beacon of an ad adds at a time.
func (b Beacon) Adds(s *playback.Session, x *avail.Ad, at time.Time) []avail.Add {
	a, g := adder{at: at.UnixMicro()}, ofAd(groupOf(s), x)
	g[host] = b.Host
	for _, m := range []struct {
		name string
		is   bool
	}{
		{"beaconsFired", b.Fired}, {"beaconsDelivered", b.Delivered}, {"beaconsRetried", b.Retried},
		{"beaconsRecovered", b.Recovered}, {"beaconsGaveUp", b.GaveUp},
	} {
		if m.is {
			a.add(g, m.name, 1)
		}
	}
	return a.list
}
