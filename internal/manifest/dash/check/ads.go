package check

import (
	"strconv"
	"strings"
)

// checkShortAd is the shortest Period of an ad (P6).
const checkShortAd = 2_000_000

// checkAds holds the Periods of ads to the rules of their own, and to the content
// beside them.
func checkAds(found *findings, l *Listing) {
	var content *Period
	for i := range l.Periods {
		if p := &l.Periods[i]; !p.Ad && len(p.Sets) > 0 {
			content = p
			break
		}
	}
	for i := range l.Periods {
		p := &l.Periods[i]
		if !p.Ad {
			if len(p.Sets) > 0 {
				content = p
			}
			continue
		}
		checkAd(found, l, p)
		if content != nil {
			checkTwins(found, content, p)
		}
	}
}

func checkAd(found *findings, l *Listing, p *Period) {
	if p.Asset {
		found.add(RuleAdAsset, p.place(), "an ad has an AssetIdentifier")
	}
	if l.Dynamic && p.Duration != Unknown && !p.followed {
		found.add(RuleAdDurationEarly, p.place(), "it has a duration before its successor is listed")
	}
	var starts, ends [2]int64
	begun, longest := false, int64(0)
	p.each(func(s *Set, r *Representation) {
		if l.Dynamic && r.Nominal {
			found.add(RuleAdNotTimeline, r.place(p), "a live ad has no SegmentTimeline")
		}
		for k := range r.Runs {
			if l.Dynamic && !r.Nominal && r.Runs[k].Count >= checkCountless {
				found.add(RuleAdTimelineOpen, r.place(p), "the SegmentTimeline of a live ad has no end")
			}
		}
		from, to, ok := r.span(p)
		if !ok || !checkPlayable(s.Kind) {
			return
		}
		longest = max(longest, to-from)
		to = p.clip(to)
		if !begun {
			starts, ends, begun = [2]int64{from, from}, [2]int64{to, to}, true
		}
		starts = [2]int64{min(starts[0], from), max(starts[1], from)}
		ends = [2]int64{min(ends[0], to), max(ends[1], to)}
	})
	if apart := starts[1] - starts[0]; begun && apart > checkFrame {
		found.add(RuleAdStartsDiffer, p.place(), "its Representations start %s s apart", checkSeconds(apart))
	}
	if apart := ends[1] - ends[0]; begun && (p.followed || !l.Dynamic) && apart > checkFrame {
		found.add(RuleAdEndsDiffer, p.place(), "its Representations end %s s apart", checkSeconds(apart))
	}
	// One that was cut short by an early return had begun before that was known.
	if p.followed && p.End-p.Start < checkShortAd && longest <= p.End-p.Start+checkFrame {
		found.add(RuleAdPeriodShort, p.place(), "it is %s s long", checkSeconds(p.End-p.Start))
	}
	for i := range p.Sets {
		s := &p.Sets[i]
		where := checkPlace{period: p, at: Unknown, line: s.Line}
		if s.Continuity != "" {
			found.add(RuleAdContinuity, where, "AdaptationSet %q of an ad says that it is continuous with Period %q", s.ID, s.Continuity)
		}
		if len(s.Foreign) > 0 {
			found.add(RuleAdForeignElement, where, "AdaptationSet %q of an ad has %s of the content", s.ID, strings.Join(s.Foreign, ", "))
		}
	}
}

// checkTwins holds an ad to the content beside it: players choose and go on with tracks
// by what is compared here.
func checkTwins(found *findings, content, p *Period) {
	last := -1
	for i := range content.Sets {
		s := &content.Sets[i]
		if len(s.Representations) == 0 {
			continue
		}
		place := -1
		for k := range p.Sets {
			t := &p.Sets[k]
			if t.Kind == s.Kind && t.Language == s.Language && t.Roles == s.Roles && t.ID == s.ID {
				place = k
				break
			}
			if place < 0 && t.Kind == s.Kind && t.Language == s.Language && t.Roles == s.Roles {
				place = k
			}
		}
		switch {
		case place >= 0:
		case s.Kind == "trick" || s.Kind == "image":
			found.add(RuleTrickInSome, p.place(), "AdaptationSet %q of %s has no twin", s.ID, s.Kind)
			continue
		default:
			found.add(RuleTrackMissing, p.place(), "no AdaptationSet is of %s, language %q and roles %q, as %q of Period %q",
				s.Kind, s.Language, s.Roles, s.ID, content.ID)
			continue
		}
		t := &p.Sets[place]
		where := checkPlace{period: p, at: Unknown, line: t.Line}
		if place < last || t.ID != s.ID || t.Priority != s.Priority {
			found.add(RuleSetOrder, where, "AdaptationSet %q, priority %q, stands for %q, priority %q, or stands elsewhere", t.ID, t.Priority, s.ID, s.Priority)
		}
		last = max(last, place)
		if t.BitstreamSwitching {
			found.add(RuleBitstreamSwitching, where, "AdaptationSet %q of an ad says bitstreamSwitching", t.ID)
		}
		if t.Transfer != s.Transfer {
			found.add(RuleTwinDynamicRange, where, "the transfer characteristics of AdaptationSet %q are %q, the content's %q", t.ID, t.Transfer, s.Transfer)
		}
		if !checkPlayable(s.Kind) && s.Kind != "text" {
			continue
		}
		for k := range s.Representations {
			checkTwin(found, p, t, s, &s.Representations[k])
		}
	}
}

// checkTwin holds a Representation of an ad to the content's with its id.
func checkTwin(found *findings, p *Period, t, s *Set, r *Representation) {
	var twin *Representation
	for k := range t.Representations {
		if t.Representations[k].ID == r.ID {
			twin = &t.Representations[k]
		}
	}
	if twin == nil {
		found.add(RuleTwinMissing, checkPlace{period: p, at: Unknown, line: t.Line}, "Representation %q of AdaptationSet %q has no twin", r.ID, s.ID)
		return
	}
	where := twin.place(p)
	if twin.Base != r.Base || twin.Services != r.Services {
		found.add(RuleTwinBase, where, "its base is %q%s, the content's %q%s", twin.Base, twin.Services, r.Base, r.Services)
	}
	if checkFamily(twin.Codecs) != checkFamily(r.Codecs) || twin.MimeType != r.MimeType {
		found.add(RuleTwinCodecs, where, "it is %s %q, the content %s %q", twin.MimeType, twin.Codecs, r.MimeType, r.Codecs)
	}
	if s.Kind == "audio" && (checkDiffer(twin.Channels, r.Channels) || checkDiffer(twin.SampleRate, r.SampleRate)) {
		found.add(RuleTwinAudio, where, "its channels are %q at %s Hz, the content's %q at %s Hz", twin.Channels, twin.SampleRate, r.Channels, r.SampleRate)
	}
	if a, b := checkRate(twin.FrameRate), checkRate(r.FrameRate); a != 0 && b != 0 && a != b {
		found.add(RuleTwinFrameRate, where, "its frame rate is %s, the content's %s", twin.FrameRate, r.FrameRate)
	}
}

// checkDiffer is whether two values differ that are both said.
func checkDiffer(a, b string) bool { return a != "" && b != "" && a != b }

// checkFamily is a codecs string down to the four-character codes, and with the object
// type of mp4a: profiles and levels may differ.
func checkFamily(codecs string) string {
	var out []string
	for c := range strings.SplitSeq(codecs, ",") {
		c = strings.TrimSpace(c)
		family, _, _ := strings.Cut(c, ".")
		if family == "mp4a" {
			family = c
		}
		out = append(out, family)
	}
	return strings.Join(out, ",")
}

// checkRate is the family of a frame rate: 24, 25 or 30, whatever multiple; 0 is
// another or none.
func checkRate(s string) int {
	above, below, ok := strings.Cut(s, "/")
	a, err := strconv.ParseFloat(above, 64)
	b := 1.0
	if ok && err == nil {
		b, err = strconv.ParseFloat(below, 64)
	}
	if err != nil || b <= 0 {
		return 0
	}
	for _, family := range []float64{24, 25, 30} {
		for _, times := range []float64{0.5, 1, 2, 4} {
			// 1000/1001 of it counts as the same.
			if rate := a / b / family / times; rate > 0.998 && rate < 1.001 {
				return int(family)
			}
		}
	}
	return 0
}
