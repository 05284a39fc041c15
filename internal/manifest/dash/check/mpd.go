package check

import (
	"fmt"
	"strings"

	"stitcher/internal/manifest/dash/check/listing"
	"stitcher/internal/manifest/dash/check/quantity"
	"stitcher/internal/manifest/dash/check/rule"
)

// MPD applies the rules that one MPD must keep. listing.Read applies those of
// its text.
func MPD(l *listing.Listing) []rule.Violation {
	var found rule.Found
	from := begin(l)
	if !l.Dynamic && l.Total == quantity.Unknown && len(l.Periods) > 0 {
		if p := &l.Periods[len(l.Periods)-1]; p.Duration == quantity.Unknown {
			found.Add(rule.StaticOpen, p.Place(), "neither mediaPresentationDuration nor the duration of the last Period says where a static MPD ends")
		}
	}
	for i := range l.Periods {
		p := &l.Periods[i]
		if i > 0 && p.Start < l.Periods[i-1].Start {
			found.Add(rule.PeriodOrder, p.Place(), "it starts at %s s, before Period %q at %s s",
				quantity.Seconds(p.Start), l.Periods[i-1].ID, quantity.Seconds(l.Periods[i-1].Start))
		}
		checkPeriod(&found, p)
		if i > 0 {
			checkBoundary(&found, &l.Periods[i-1], p, from)
			checkContinuity(&found, l, p)
		}
	}
	if l.Dynamic {
		checkEmpty(&found, l)
	}
	if l.Stitched {
		checkStitched(&found, l)
	}
	return found
}

// Start applies the rules of the first MPD of a session, next to those of any.
func Start(l *listing.Listing) []rule.Violation {
	var found rule.Found
	protected := false
	for i := range l.Periods {
		protected = protected || l.Periods[i].Protected()
	}
	if protected && !l.Protected && !l.Periods[0].Protected() && l.Periods[0].Ad {
		found.Add(rule.StartClear, l.Periods[0].Place(), "the first Period is a clear ad before encrypted content, and the MPD itself has no keys' data")
	}
	return found
}

// checkDurationSlack is how far Period@duration may be from the start of the Period
// that follows: more is a gap to players (P3).
const checkDurationSlack = 1_000_000 / 15

func checkPeriod(found *rule.Found, p *listing.Period) {
	if p.Followed && p.Duration != quantity.Unknown && quantity.Abs(p.Start+p.Duration-p.End) > checkDurationSlack {
		found.Add(rule.PeriodDuration, p.Place(), "its duration is %s s, and the next Period starts %s s after it",
			quantity.Seconds(p.Duration), quantity.Seconds(p.End-p.Start))
	}
	playable := false
	for i := range p.Sets {
		s := &p.Sets[i]
		// What is of no known kind may be anything.
		playable = playable || listing.Playable(s.Kind) || s.Kind == ""
		if listing.Playable(s.Kind) && len(s.Representations) == 0 && p.Linked == "" {
			found.Add(rule.SetEmpty, s.Place(p), "AdaptationSet %q of %s has no Representation", s.ID, s.Kind)
		}
		checkDuplicates(found, p, s)
	}
	if !playable && p.Linked == "" && p.End != p.Start {
		found.Add(rule.PeriodEmpty, p.Place(), "it has neither sound nor picture")
	}
	p.Each(func(s *listing.Set, r *listing.Representation) { checkTimeline(found, p, s, r) })
}

// checkDuplicates finds Representations that players take for one.
func checkDuplicates(found *rule.Found, p *listing.Period, s *listing.Set) {
	if s.Kind != "video" && s.Kind != "audio" {
		return
	}
	seen := map[string]string{}
	for i := range s.Representations {
		r := &s.Representations[i]
		key := fmt.Sprint(r.Width, r.Height, " ", r.FrameRate, " ", r.Codecs, " ", r.MimeType, " ", r.Bandwidth, " ", r.SampleRate, " ", r.Channels)
		if other, ok := seen[key]; ok {
			found.Add(rule.RepresentationDuplicate, r.Place(p), "it differs from %q in nothing that players choose by", other)
			continue
		}
		seen[key] = r.ID
	}
}

// checkTimeline holds the segments of a Representation to follow each other within
// their Period.
func checkTimeline(found *rule.Found, p *listing.Period, s *listing.Set, r *listing.Representation) {
	if r.Nominal || r.Single || len(r.Runs) == 0 {
		return
	}
	first, last := &r.Runs[0], &r.Runs[len(r.Runs)-1]
	if end := p.Position(r, quantity.Sum(first.Time, first.Duration)); end <= p.Start && listing.Playable(s.Kind) {
		found.Add(rule.SegmentOutside, r.Place(p).Moment(end), "its first segment ends %s s before the Period begins", quantity.Seconds(p.Start-end))
	}
	if last.Count < listing.Countless && p.End != quantity.Unknown && p.End > p.Start && listing.Playable(s.Kind) {
		if begin := p.Position(r, last.End()-last.Duration); begin >= p.End {
			found.Add(rule.SegmentOutside, r.Place(p).Moment(begin), "its last segment begins %s s after the Period has ended", quantity.Seconds(begin-p.End))
		}
	}
	for i := 1; i < len(r.Runs); i++ {
		end, begin := r.Runs[i-1].End(), r.Runs[i].Time
		if r.Runs[i-1].Count >= listing.Countless || !listing.Playable(s.Kind) {
			continue
		}
		where := r.Place(p).Moment(p.Position(r, begin))
		switch apart := quantity.Micros(begin-end, r.Timescale); {
		case apart > quantity.Frame:
			found.Add(rule.TimelineGap, where, "%s s are missing before %d", quantity.Seconds(apart), begin)
		case apart < -quantity.Frame:
			found.Add(rule.TimelineOverlap, where, "%s s before %d are listed twice", quantity.Seconds(-apart), begin)
		}
	}
}

// checkBoundary holds that nothing is missing where one Period follows another: sound
// and picture reach to the end of the one and from the start of the other, to a frame.
// What has left the window, which begins at from, or was not published yet, is not
// missing.
func checkBoundary(found *rule.Found, before, p *listing.Period, from int64) {
	if before.End == quantity.Unknown || before.Start >= before.End {
		return
	}
	if listsPlayable(before) && listsPlayable(p) {
		before.Each(func(s *listing.Set, r *listing.Representation) {
			if _, end, ok := r.Span(before); ok && listing.Playable(s.Kind) && before.End-end > quantity.Frame {
				found.Add(rule.TailMissing, r.Place(before).Moment(end), "its segments end %s s before the next Period starts", quantity.Seconds(before.End-end))
			}
		})
		p.Each(func(s *listing.Set, r *listing.Representation) {
			if begin, _, ok := r.Span(p); ok && listing.Playable(s.Kind) && begin-p.Start > quantity.Frame && (from == quantity.Unknown || begin > from) {
				found.Add(rule.HeadMissing, r.Place(p).Moment(begin), "its segments begin %s s after the Period", quantity.Seconds(begin-p.Start))
			}
		})
	}
}

// listsPlayable is whether segments of sound or picture are listed.
func listsPlayable(p *listing.Period) bool {
	listed := false
	p.Each(func(s *listing.Set, r *listing.Representation) {
		listed = listed || listing.Playable(s.Kind) && (len(r.Runs) > 0 || r.Single)
	})
	return listed
}

// checkContinuity holds period continuity to what it says: the media time of the Period
// goes on where that of the other one ends.
func checkContinuity(found *rule.Found, l *listing.Listing, p *listing.Period) {
	for i := range p.Sets {
		s := &p.Sets[i]
		other := l.Period(s.Continuity)
		if s.Continuity == "" || other == nil || other.End == quantity.Unknown {
			continue
		}
		for k := range s.Representations {
			r := &s.Representations[k]
			_, was := other.Representation(r.ID)
			if was == nil || was.Timescale != r.Timescale {
				continue
			}
			if d := quantity.Micros(r.Offset-was.Offset, r.Timescale) - (other.End - other.Start); quantity.Abs(d) > quantity.Micros(1, r.Timescale)+1 {
				found.Add(rule.ContinuityFalse, r.Place(p), "it says that it is continuous with Period %q, and its media time is off by %s s", other.ID, quantity.Seconds(d))
			}
		}
	}
}

// checkEmpty finds Representations of a live MPD that have no segment in any Period.
func checkEmpty(found *rule.Found, l *listing.Listing) {
	type place struct {
		p *listing.Period
		r *listing.Representation
	}
	listed := map[string]bool{}
	var empty []place
	for i := range l.Periods {
		p := &l.Periods[i]
		p.Each(func(_ *listing.Set, r *listing.Representation) {
			if r.Single || r.Count() > 0 {
				listed[r.ID] = true
			} else {
				empty = append(empty, place{p, r})
			}
		})
	}
	for _, x := range empty {
		if !listed[x.r.ID] {
			found.Add(rule.RepresentationEmpty, x.r.Place(x.p), "it has no segment in any Period")
			listed[x.r.ID] = true
		}
	}
}

// checkStitched holds what a stitcher takes out of MPDs, or must write in them.
func checkStitched(found *rule.Found, l *listing.Listing) {
	if l.Patched {
		found.Add(rule.PatchLocation, rule.Whole(), "a PatchLocation leads to MPDs without ads")
	}
	for _, location := range l.Locations {
		if !strings.Contains(location, "://") {
			found.Add(rule.LocationRelative, rule.Whole(), "Location is %q, which is not absolute", location)
		}
	}
	protection := map[string]*listing.Set{}
	ads := false
	for i := range l.Periods {
		p := &l.Periods[i]
		ads = ads || p.Ad
		if p.Linked != "" {
			found.Add(rule.Xlink, p.Place(), "%q is not resolved", p.Linked)
		}
		for k := range p.Sets {
			s := &p.Sets[k]
			where := s.Place(p)
			if s.MPDEvents {
				found.Add(rule.InbandMPDEvents, where, "AdaptationSet %q announces inband events about the origin's MPD", s.ID)
			}
			if p.Ad {
				continue
			}
			if first := protection[s.ID]; first != nil && first.Kind == s.Kind && first.Protection != s.Protection {
				found.Add(rule.ProtectionDiffers, where, "the ContentProtection of AdaptationSet %q is not that of the Periods before", s.ID)
			} else if first == nil {
				protection[s.ID] = s
			}
		}
	}
	checkAds(found, l)
	if !l.Dynamic {
		return
	}
	switch {
	case l.UpdatePeriod == quantity.Unknown:
		found.Add(rule.UpdatePeriod, rule.Whole(), "there is no minimumUpdatePeriod")
	case ads && l.UpdatePeriod == 0:
		found.Add(rule.UpdatePeriod, rule.Whole(), "minimumUpdatePeriod is 0 while ads are listed")
	case len(l.Periods) > 0:
		p := &l.Periods[len(l.Periods)-1]
		if d := p.Longest(); p.Ad && d > 0 && l.UpdatePeriod > d {
			found.Add(rule.UpdatePeriod, p.Place(), "minimumUpdatePeriod is %s s in an open break, longer than its segments of %s s", quantity.Seconds(l.UpdatePeriod), quantity.Seconds(d))
		}
	}
}
