package check

import (
	"strconv"
	"strings"

	"stitcher/internal/manifest/dash/check/listing"
	"stitcher/internal/manifest/dash/check/quantity"
	"stitcher/internal/manifest/dash/check/rule"
)

// checkShortAd is the shortest Period of an ad (P6).
const checkShortAd = 2_000_000

// checkAds holds the Periods of ads to the rules of their own, and to the content
// beside them.
func checkAds(found *rule.Found, l *listing.Listing) {
	var content *listing.Period
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

func checkAd(found *rule.Found, l *listing.Listing, p *listing.Period) {
	if p.Asset {
		found.Add(rule.AdAsset, p.Place(), "an ad has an AssetIdentifier")
	}
	if l.Dynamic && p.Duration != quantity.Unknown && !p.Followed {
		found.Add(rule.AdDurationEarly, p.Place(), "it has a duration before its successor is listed")
	}
	var starts, ends [2]int64
	begun, longest := false, int64(0)
	p.Each(func(s *listing.Set, r *listing.Representation) {
		if l.Dynamic && r.Nominal {
			found.Add(rule.AdNotTimeline, r.Place(p), "a live ad has no SegmentTimeline")
		}
		for k := range r.Runs {
			if l.Dynamic && !r.Nominal && r.Runs[k].Count >= listing.Countless {
				found.Add(rule.AdTimelineOpen, r.Place(p), "the SegmentTimeline of a live ad has no end")
			}
		}
		from, to, ok := r.Span(p)
		if !ok || !listing.Playable(s.Kind) {
			return
		}
		longest = max(longest, to-from)
		to = p.Clip(to)
		if !begun {
			starts, ends, begun = [2]int64{from, from}, [2]int64{to, to}, true
		}
		starts = [2]int64{min(starts[0], from), max(starts[1], from)}
		ends = [2]int64{min(ends[0], to), max(ends[1], to)}
	})
	if apart := starts[1] - starts[0]; begun && apart > quantity.Frame {
		found.Add(rule.AdStartsDiffer, p.Place(), "its Representations start %s s apart", quantity.Seconds(apart))
	}
	if apart := ends[1] - ends[0]; begun && (p.Followed || !l.Dynamic) && apart > quantity.Frame {
		found.Add(rule.AdEndsDiffer, p.Place(), "its Representations end %s s apart", quantity.Seconds(apart))
	}
	// One that was cut short by an early return had begun before that was known.
	if p.Followed && p.End-p.Start < checkShortAd && longest <= p.End-p.Start+quantity.Frame {
		found.Add(rule.AdPeriodShort, p.Place(), "it is %s s long", quantity.Seconds(p.End-p.Start))
	}
	for i := range p.Sets {
		s := &p.Sets[i]
		where := s.Place(p)
		if s.Continuity != "" {
			found.Add(rule.AdContinuity, where, "AdaptationSet %q of an ad says that it is continuous with Period %q", s.ID, s.Continuity)
		}
		if len(s.Foreign) > 0 {
			found.Add(rule.AdForeignElement, where, "AdaptationSet %q of an ad has %s of the content", s.ID, strings.Join(s.Foreign, ", "))
		}
	}
}

// checkTwins holds an ad to the content beside it: players choose and go on with tracks
// by what is compared here.
func checkTwins(found *rule.Found, content, p *listing.Period) {
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
			found.Add(rule.TrickInSome, p.Place(), "AdaptationSet %q of %s has no twin", s.ID, s.Kind)
			continue
		default:
			found.Add(rule.TrackMissing, p.Place(), "no AdaptationSet is of %s, language %q and roles %q, as %q of Period %q",
				s.Kind, s.Language, s.Roles, s.ID, content.ID)
			continue
		}
		t := &p.Sets[place]
		where := t.Place(p)
		if place < last || t.ID != s.ID || t.Priority != s.Priority {
			found.Add(rule.SetOrder, where, "AdaptationSet %q, priority %q, stands for %q, priority %q, or stands elsewhere", t.ID, t.Priority, s.ID, s.Priority)
		}
		last = max(last, place)
		if t.BitstreamSwitching {
			found.Add(rule.BitstreamSwitching, where, "AdaptationSet %q of an ad says bitstreamSwitching", t.ID)
		}
		if t.Transfer != s.Transfer {
			found.Add(rule.TwinDynamicRange, where, "the transfer characteristics of AdaptationSet %q are %q, the content's %q", t.ID, t.Transfer, s.Transfer)
		}
		if !listing.Playable(s.Kind) && s.Kind != "text" {
			continue
		}
		for k := range s.Representations {
			checkTwin(found, p, t, s, &s.Representations[k])
		}
	}
}

// checkTwin holds a Representation of an ad to the content's with its id.
func checkTwin(found *rule.Found, p *listing.Period, t, s *listing.Set, r *listing.Representation) {
	var twin *listing.Representation
	for k := range t.Representations {
		if t.Representations[k].ID == r.ID {
			twin = &t.Representations[k]
		}
	}
	if twin == nil {
		found.Add(rule.TwinMissing, t.Place(p), "Representation %q of AdaptationSet %q has no twin", r.ID, s.ID)
		return
	}
	where := twin.Place(p)
	if twin.Base != r.Base || twin.Services != r.Services {
		found.Add(rule.TwinBase, where, "its base is %q%s, the content's %q%s", twin.Base, twin.Services, r.Base, r.Services)
	}
	if checkFamily(twin.Codecs) != checkFamily(r.Codecs) || twin.MimeType != r.MimeType {
		found.Add(rule.TwinCodecs, where, "it is %s %q, the content %s %q", twin.MimeType, twin.Codecs, r.MimeType, r.Codecs)
	}
	if s.Kind == "audio" && (checkDiffer(twin.Channels, r.Channels) || checkDiffer(twin.SampleRate, r.SampleRate)) {
		found.Add(rule.TwinAudio, where, "its channels are %q at %s Hz, the content's %q at %s Hz", twin.Channels, twin.SampleRate, r.Channels, r.SampleRate)
	}
	if a, b := checkRate(twin.FrameRate), checkRate(r.FrameRate); a != 0 && b != 0 && a != b {
		found.Add(rule.TwinFrameRate, where, "its frame rate is %s, the content's %s", twin.FrameRate, r.FrameRate)
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
