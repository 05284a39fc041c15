package check

import (
	"fmt"
	"strings"
)

// MPD applies the rules that one MPD must keep. Read applies those of
// its text.
func MPD(l *Listing) []Violation {
	var found findings
	from := l.from()
	if !l.Dynamic && l.Total == Unknown && len(l.Periods) > 0 {
		if p := &l.Periods[len(l.Periods)-1]; p.Duration == Unknown {
			found.add(RuleStaticOpen, p.place(), "neither mediaPresentationDuration nor the duration of the last Period says where a static MPD ends")
		}
	}
	for i := range l.Periods {
		p := &l.Periods[i]
		if i > 0 && p.Start < l.Periods[i-1].Start {
			found.add(RulePeriodOrder, p.place(), "it starts at %s s, before Period %q at %s s",
				checkSeconds(p.Start), l.Periods[i-1].ID, checkSeconds(l.Periods[i-1].Start))
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
func Start(l *Listing) []Violation {
	var found findings
	protected := false
	for i := range l.Periods {
		protected = protected || l.Periods[i].protected()
	}
	if protected && !l.Protected && !l.Periods[0].protected() && l.Periods[0].Ad {
		found.add(RuleStartClear, l.Periods[0].place(), "the first Period is a clear ad before encrypted content, and the MPD itself has no keys' data")
	}
	return found
}

// protected is whether any set of a Period is encrypted.
func (p *Period) protected() bool {
	for i := range p.Sets {
		if p.Sets[i].Protection != "" {
			return true
		}
	}
	return false
}

// checkDurationSlack is how far Period@duration may be from the start of the Period
// that follows: more is a gap to players (P3).
const checkDurationSlack = 1_000_000 / 15

func checkPeriod(found *findings, p *Period) {
	if p.followed && p.Duration != Unknown && checkAbs(p.Start+p.Duration-p.End) > checkDurationSlack {
		found.add(RulePeriodDuration, p.place(), "its duration is %s s, and the next Period starts %s s after it",
			checkSeconds(p.Duration), checkSeconds(p.End-p.Start))
	}
	playable := false
	for i := range p.Sets {
		s := &p.Sets[i]
		// What is of no known kind may be anything.
		playable = playable || checkPlayable(s.Kind) || s.Kind == ""
		if checkPlayable(s.Kind) && len(s.Representations) == 0 && p.Linked == "" {
			found.add(RuleSetEmpty, checkPlace{period: p, at: Unknown, line: s.Line}, "AdaptationSet %q of %s has no Representation", s.ID, s.Kind)
		}
		checkDuplicates(found, p, s)
	}
	if !playable && p.Linked == "" && p.End != p.Start {
		found.add(RulePeriodEmpty, p.place(), "it has neither sound nor picture")
	}
	p.each(func(s *Set, r *Representation) { checkTimeline(found, p, s, r) })
}

// checkDuplicates finds Representations that players take for one.
func checkDuplicates(found *findings, p *Period, s *Set) {
	if s.Kind != "video" && s.Kind != "audio" {
		return
	}
	seen := map[string]string{}
	for i := range s.Representations {
		r := &s.Representations[i]
		key := fmt.Sprint(r.Width, r.Height, " ", r.FrameRate, " ", r.Codecs, " ", r.MimeType, " ", r.Bandwidth, " ", r.SampleRate, " ", r.Channels)
		if other, ok := seen[key]; ok {
			found.add(RuleRepresentationDuplicate, r.place(p), "it differs from %q in nothing that players choose by", other)
			continue
		}
		seen[key] = r.ID
	}
}

// checkTimeline holds the segments of a Representation to follow each other within
// their Period.
func checkTimeline(found *findings, p *Period, s *Set, r *Representation) {
	if r.Nominal || r.Single || len(r.Runs) == 0 {
		return
	}
	first, last := &r.Runs[0], &r.Runs[len(r.Runs)-1]
	if end := p.Position(r, checkSum(first.Time, first.Duration)); end <= p.Start && checkPlayable(s.Kind) {
		found.add(RuleSegmentOutside, r.place(p).moment(end), "its first segment ends %s s before the Period begins", checkSeconds(p.Start-end))
	}
	if last.Count < checkCountless && p.End != Unknown && p.End > p.Start && checkPlayable(s.Kind) {
		if begin := p.Position(r, last.End()-last.Duration); begin >= p.End {
			found.add(RuleSegmentOutside, r.place(p).moment(begin), "its last segment begins %s s after the Period has ended", checkSeconds(begin-p.End))
		}
	}
	for i := 1; i < len(r.Runs); i++ {
		end, begin := r.Runs[i-1].End(), r.Runs[i].Time
		if r.Runs[i-1].Count >= checkCountless || !checkPlayable(s.Kind) {
			continue
		}
		where := r.place(p).moment(p.Position(r, begin))
		switch apart := checkMicros(begin-end, r.Timescale); {
		case apart > checkFrame:
			found.add(RuleTimelineGap, where, "%s s are missing before %d", checkSeconds(apart), begin)
		case apart < -checkFrame:
			found.add(RuleTimelineOverlap, where, "%s s before %d are listed twice", checkSeconds(-apart), begin)
		}
	}
}

// checkBoundary holds that nothing is missing where one Period follows another: sound
// and picture reach to the end of the one and from the start of the other, to a frame.
// What has left the window, which begins at from, or was not published yet, is not
// missing.
func checkBoundary(found *findings, before, p *Period, from int64) {
	if before.End == Unknown || before.Start >= before.End {
		return
	}
	if before.listsPlayable() && p.listsPlayable() {
		before.each(func(s *Set, r *Representation) {
			if _, end, ok := r.span(before); ok && checkPlayable(s.Kind) && before.End-end > checkFrame {
				found.add(RuleTailMissing, r.place(before).moment(end), "its segments end %s s before the next Period starts", checkSeconds(before.End-end))
			}
		})
		p.each(func(s *Set, r *Representation) {
			if begin, _, ok := r.span(p); ok && checkPlayable(s.Kind) && begin-p.Start > checkFrame && (from == Unknown || begin > from) {
				found.add(RuleHeadMissing, r.place(p).moment(begin), "its segments begin %s s after the Period", checkSeconds(begin-p.Start))
			}
		})
	}
}

// listsPlayable is whether segments of sound or picture are listed.
func (p *Period) listsPlayable() bool {
	listed := false
	p.each(func(s *Set, r *Representation) {
		listed = listed || checkPlayable(s.Kind) && (len(r.Runs) > 0 || r.Single)
	})
	return listed
}

// checkContinuity holds period continuity to what it says: the media time of the Period
// goes on where that of the other one ends.
func checkContinuity(found *findings, l *Listing, p *Period) {
	for i := range p.Sets {
		s := &p.Sets[i]
		other := l.period(s.Continuity)
		if s.Continuity == "" || other == nil || other.End == Unknown {
			continue
		}
		for k := range s.Representations {
			r := &s.Representations[k]
			_, was := other.Representation(r.ID)
			if was == nil || was.Timescale != r.Timescale {
				continue
			}
			if d := checkMicros(r.Offset-was.Offset, r.Timescale) - (other.End - other.Start); checkAbs(d) > checkMicros(1, r.Timescale)+1 {
				found.add(RuleContinuityFalse, r.place(p), "it says that it is continuous with Period %q, and its media time is off by %s s", other.ID, checkSeconds(d))
			}
		}
	}
}

// checkEmpty finds Representations of a live MPD that have no segment in any Period.
func checkEmpty(found *findings, l *Listing) {
	type place struct {
		p *Period
		r *Representation
	}
	listed := map[string]bool{}
	var empty []place
	for i := range l.Periods {
		p := &l.Periods[i]
		p.each(func(_ *Set, r *Representation) {
			if r.Single || r.count() > 0 {
				listed[r.ID] = true
			} else {
				empty = append(empty, place{p, r})
			}
		})
	}
	for _, x := range empty {
		if !listed[x.r.ID] {
			found.add(RuleRepresentationEmpty, x.r.place(x.p), "it has no segment in any Period")
			listed[x.r.ID] = true
		}
	}
}

// checkStitched holds what a stitcher takes out of MPDs, or must write in them.
func checkStitched(found *findings, l *Listing) {
	if l.Patched {
		found.add(RulePatchLocation, checkWhole, "a PatchLocation leads to MPDs without ads")
	}
	for _, location := range l.Locations {
		if !strings.Contains(location, "://") {
			found.add(RuleLocationRelative, checkWhole, "Location is %q, which is not absolute", location)
		}
	}
	protection := map[string]*Set{}
	ads := false
	for i := range l.Periods {
		p := &l.Periods[i]
		ads = ads || p.Ad
		if p.Linked != "" {
			found.add(RuleXlink, p.place(), "%q is not resolved", p.Linked)
		}
		for k := range p.Sets {
			s := &p.Sets[k]
			where := checkPlace{period: p, at: Unknown, line: s.Line}
			if s.MPDEvents {
				found.add(RuleInbandMPDEvents, where, "AdaptationSet %q announces inband events about the origin's MPD", s.ID)
			}
			if p.Ad {
				continue
			}
			if first := protection[s.ID]; first != nil && first.Kind == s.Kind && first.Protection != s.Protection {
				found.add(RuleProtectionDiffers, where, "the ContentProtection of AdaptationSet %q is not that of the Periods before", s.ID)
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
	case l.UpdatePeriod == Unknown:
		found.add(RuleUpdatePeriod, checkWhole, "there is no minimumUpdatePeriod")
	case ads && l.UpdatePeriod == 0:
		found.add(RuleUpdatePeriod, checkWhole, "minimumUpdatePeriod is 0 while ads are listed")
	case len(l.Periods) > 0:
		p := &l.Periods[len(l.Periods)-1]
		if d := p.longest(); p.Ad && d > 0 && l.UpdatePeriod > d {
			found.add(RuleUpdatePeriod, p.place(), "minimumUpdatePeriod is %s s in an open break, longer than its segments of %s s", checkSeconds(l.UpdatePeriod), checkSeconds(d))
		}
	}
}
