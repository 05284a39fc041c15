package main

import (
	"cmp"
	"math/rand/v2"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/vast/macro"
)

// macros fill the macros of tracking URLs in; it is where tracking meets vast.
type macros struct{ agent string }

func newMacros(agent string) macros { return macros{agent} }

// Tracking implements tracking.Macros: the event was inferred from a segment's
// request, so SERVERSIDE is 2 (VAST 4.3 §6).
func (m macros) Tracking(url, event string, ad *avail.Ad, s *playback.Session, at int64) string {
	v := m.values(s, time.UnixMicro(at))
	v.PodSequence, v.AdServingID, v.UniversalAdID = ad.Sequence, ad.ServingID, ad.UniversalID
	v.AdType = cmp.Or(ad.Type, v.AdType)
	v.AssetURI, v.TransactionID, v.AdCount, v.BreakMaxDuration = ad.MediaURL, ad.TransactionID, ad.Count, ad.BreakMaxDuration
	v.BreakPosition = cmp.Or(macro.BreakPosition(ad.BreakPosition), v.BreakPosition)
	if head, ok := ad.Playhead(event); ok {
		v.AdPlayhead = &head
	}
	return macro.Replace(url, v)
}

// Error implements tracking.Macros.
func (m macros) Error(url string, e *avail.AdError, s *playback.Session) string {
	v := m.values(s, time.Now())
	v.ErrorCode, v.TransactionID, v.BreakMaxDuration = e.Code, e.TransactionID, e.BreakMaxDuration
	v.BreakPosition = cmp.Or(macro.BreakPosition(e.BreakPosition), v.BreakPosition)
	return macro.Replace(url, v)
}

func (m macros) values(s *playback.Session, at time.Time) *macro.Values {
	ip, agent := s.Device()
	return &macro.Values{
		Now: at, CacheBuster: rand.Uint64(), ServerSide: macro.ByServer, BreakPosition: macro.MidRoll, AdType: "video",
		DeviceIP: ip, DeviceUA: agent, ServerUA: m.agent, Known: macro.Known(s.AdsParams),
	}
}
