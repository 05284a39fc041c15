package check

import (
	"slices"
	"strings"

	"stitcher/internal/manifest/dash/check/listing"
	"stitcher/internal/manifest/dash/check/quantity"
	"stitcher/internal/manifest/dash/check/rule"
)

// Update holds two versions of one MPD, prev before next, to what never changes
// once it is published. After a leap (the client paused) it checks what can be checked.
func Update(prev, next *listing.Listing) []rule.Violation {
	var found rule.Found
	checkPresentation(&found, prev, next)
	checkPeriods(&found, prev, next)
	checkEdge(&found, prev, next)
	protected := func(l *listing.Listing) bool {
		return l.Protected || slices.ContainsFunc(l.Periods, func(p listing.Period) bool { return p.Protected() })
	}
	if protected(prev) && !protected(next) {
		found.Add(rule.ProtectionVanished, rule.Whole(), "no Period is encrypted any more: a player with keys has nothing to start with")
	}
	return found
}

// checkEdge holds that what is listed does not end earlier than before, but for a Period
// that a new one cuts short (P10).
func checkEdge(found *rule.Found, prev, next *listing.Listing) {
	was, is := prev.Edge(), next.Edge()
	if was == quantity.Unknown || is == quantity.Unknown {
		return
	}
	for i := range next.Periods {
		if p := &next.Periods[i]; prev.Period(p.ID) == nil {
			was = min(was, p.Start)
		}
	}
	if is < was-quantity.Frame {
		found.Add(rule.EdgeFell, rule.Whole(), "segments were listed up to %s s, and are up to %s s", quantity.Seconds(was), quantity.Seconds(is))
	}
}

// Gap holds a dynamic MPD to its time: a new segment is listed within one and a
// half times the longest, and minimumUpdatePeriod. Both times are Unix microseconds.
func Gap(lastChange, now int64, l *listing.Listing) []rule.Violation {
	var found rule.Found
	longest := l.Longest()
	if !l.Dynamic || nominal(l) || l.Edge() == quantity.Unknown || l.UpdatePeriod == quantity.Unknown || longest == 0 {
		return found
	}
	if gap, most := now-lastChange, longest+longest/2+l.UpdatePeriod; gap > most {
		found.Add(rule.UpdateLate, rule.Whole().Moment(l.Edge()), "no new segment for %s s, and one is due within %s s", quantity.Seconds(gap), quantity.Seconds(most))
	}
	return found
}

// checkPresentation holds what is said about the presentation as a whole.
func checkPresentation(found *rule.Found, prev, next *listing.Listing) {
	if prev.AvailabilityStart != next.AvailabilityStart && prev.Dynamic && (next.Dynamic || next.AvailabilityStart != quantity.Unknown) {
		found.Add(rule.AvailabilityStart, rule.Whole(), "availabilityStartTime moved by %s s", quantity.Seconds(next.AvailabilityStart-prev.AvailabilityStart))
	}
	if prev.ID != next.ID {
		found.Add(rule.MPDID, rule.Whole(), "MPD@id was %q and is %q", prev.ID, next.ID)
	}
	switch {
	case prev.Published == quantity.Unknown || next.Published == quantity.Unknown:
	case next.Published < prev.Published:
		found.Add(rule.PublishTimeFell, rule.Whole(), "publishTime went back by %s s", quantity.Seconds(prev.Published-next.Published))
	case next.Published == prev.Published && next.Sum != prev.Sum:
		found.Add(rule.PublishTimeSame, rule.Whole(), "the MPD changed, and publishTime did not")
	}
	if prev.Dynamic && !next.Dynamic && next.UpdatePeriod != quantity.Unknown {
		found.Add(rule.StaticUpdates, rule.Whole(), "the MPD is static now and has a minimumUpdatePeriod")
	}
	if !prev.Dynamic && next.Dynamic {
		found.Add(rule.StaticRetracted, rule.Whole(), "a static MPD became dynamic")
	}
	if !prev.Dynamic || !next.Dynamic {
		return
	}
	if !slices.Equal(prev.Clocks, next.Clocks) {
		found.Add(rule.ClockChanged, rule.Whole(), "the UTCTimings were %q and are %q", prev.Clocks, next.Clocks)
	}
	if prev.Delay != next.Delay || prev.Window != next.Window || prev.Buffer != next.Buffer {
		found.Add(rule.DelayChanged, rule.Whole(), "suggestedPresentationDelay, timeShiftBufferDepth, minBufferTime were %s, %s, %s s and are %s, %s, %s s",
			quantity.Seconds(prev.Delay), quantity.Seconds(prev.Window), quantity.Seconds(prev.Buffer),
			quantity.Seconds(next.Delay), quantity.Seconds(next.Window), quantity.Seconds(next.Buffer))
	}
}

// checkPeriods holds the Periods of two versions to each other by id. Periods without
// an id, which only static MPDs may have, are not compared.
func checkPeriods(found *rule.Found, prev, next *listing.Listing) {
	latest := int64(quantity.Unknown)
	for i := range prev.Periods {
		latest = max(latest, prev.Periods[i].Start)
	}
	common := -1 // the first Period of prev that is in next
	for i := range prev.Periods {
		if next.Period(prev.Periods[i].ID) != nil {
			common = i
			break
		}
	}
	if common < 0 && len(prev.Periods) > 0 && prev.Dynamic {
		if e := prev.Edge(); e == quantity.Unknown || len(next.Periods) == 0 || next.Periods[0].Start <= quantity.Sum(e, quantity.Frame) {
			found.Add(rule.NoOverlap, rule.Whole(), "no Period was there before")
		}
	}
	from := begin(next)
	for i := range prev.Periods {
		old := &prev.Periods[i]
		if old.ID == "" || old.Repeated {
			continue
		}
		if p := next.Period(old.ID); p != nil {
			checkSamePeriod(found, old, p, from, available(prev))
			continue
		}
		until := reach(old)
		if i > common && common >= 0 || until == quantity.Unknown || from != quantity.Unknown && until > from {
			found.Add(rule.PeriodRemoved, old.Place(), "it ends at %s s, and the window begins at %s s", quantity.Seconds(until), quantity.Seconds(from))
		}
	}
	for i := range next.Periods {
		p := &next.Periods[i]
		if p.ID == "" || prev.Period(p.ID) != nil || latest == quantity.Unknown {
			continue
		}
		if p.Start < latest {
			found.Add(rule.PeriodLate, p.Place(), "it is new and starts at %s s, before a Period that was published at %s s", quantity.Seconds(p.Start), quantity.Seconds(latest))
		}
		checkAnnounced(found, prev, p)
	}
}

// checkAnnounced holds that a new Period was announced before players reached its
// start: prev, of a later time than that, did not have it.
func checkAnnounced(found *rule.Found, prev *listing.Listing, p *listing.Period) {
	at := prev.Published
	if prev.Now != 0 {
		at = prev.Now
	}
	if !prev.Dynamic || at == quantity.Unknown || prev.AvailabilityStart == quantity.Unknown || prev.UpdatePeriod == quantity.Unknown {
		return
	}
	delay := prev.Delay
	if delay == quantity.Unknown {
		if delay = prev.Buffer; delay == quantity.Unknown {
			return
		}
		delay += delay / 2
	}
	if late := at - prev.AvailabilityStart - (p.Start + prev.UpdatePeriod + delay); late > 0 {
		found.Add(rule.PeriodAnnounced, p.Place(), "an MPD did not have it yet %s s after players could have reached it", quantity.Seconds(late))
	}
}

// reach is where a Period ends, or has been listed to.
func reach(p *listing.Period) int64 {
	end := p.End
	p.Each(func(_ *listing.Set, r *listing.Representation) {
		if _, to, ok := r.Span(p); ok && p.End == quantity.Unknown {
			end = max(end, to)
		}
	})
	return end
}

// begin is where the window begins at the latest; Unknown where now is not known. A
// segment may leave while it is in the window by less than its own length, because
// packagers count whole segments.
func begin(l *listing.Listing) int64 {
	if l.Window == quantity.Unknown || !l.Dynamic {
		return quantity.Unknown
	}
	now := int64(quantity.Unknown)
	switch {
	case l.Now != 0 && l.AvailabilityStart != quantity.Unknown:
		now = l.Now - l.AvailabilityStart
	case !nominal(l):
		// What is listed, and publishTime, follow the clock closely enough.
		if now = l.Edge(); l.Published != quantity.Unknown && l.AvailabilityStart != quantity.Unknown {
			now = max(now, l.Published-l.AvailabilityStart)
		}
	}
	if now == quantity.Unknown {
		return quantity.Unknown
	}
	return now - l.Window + l.Longest()
}

// nominal is whether the newest segments are not listed one by one.
func nominal(l *listing.Listing) bool {
	nominal := false
	if n := len(l.Periods); n > 0 {
		l.Periods[n-1].Each(func(_ *listing.Set, r *listing.Representation) { nominal = nominal || r.Nominal })
	}
	return nominal
}

// checkSamePeriod holds what never changes in a Period.
func checkSamePeriod(found *rule.Found, old, p *listing.Period, from, edge int64) {
	if old.Start != p.Start {
		found.Add(rule.PeriodMoved, p.Place(), "it started at %s s and starts at %s s", quantity.Seconds(old.Start), quantity.Seconds(p.Start))
		return // what follows would only say the same again
	}
	if old.Followed && (p.End == quantity.Unknown || p.End > old.End) {
		found.Add(rule.PeriodReopened, p.Place(), "it ended at %s s and ends at %s s", quantity.Seconds(old.End), quantity.Seconds(p.End))
	}
	checkSameSets(found, old, p)
	old.Each(func(s *listing.Set, was *listing.Representation) {
		now, r := p.Representation(was.ID)
		if r == nil || was.Repeated {
			return
		}
		where := r.Place(p)
		if was.Offset != r.Offset || was.Timescale != r.Timescale {
			found.Add(rule.OffsetChanged, where, "presentationTimeOffset/timescale was %d/%d and is %d/%d", was.Offset, was.Timescale, r.Offset, r.Timescale)
			return
		}
		if was.MimeType != r.MimeType || was.Codecs != r.Codecs || s.Kind != now.Kind {
			found.Add(rule.TrackChanged, where, "it was %s %s %q and is %s %s %q", s.Kind, was.MimeType, was.Codecs, now.Kind, r.MimeType, r.Codecs)
		}
		if a, b := was.InitializationURL(), r.InitializationURL(); checkPath(a) != checkPath(b) {
			found.Add(rule.InitChanged, where, "its initialization was %q and is %q", a, b)
		}
		checkSegments(found, s.Kind, was, r, p, from, edge)
	})
	checkEvents(found, old, p)
}

func checkPath(u string) string {
	u, _, _ = strings.Cut(u, "?")
	return u
}

// checkSameSets holds the AdaptationSets of a Period and the ids in them.
func checkSameSets(found *rule.Found, old, p *listing.Period) {
	names := func(p *listing.Period) (out []string) {
		for i := range p.Sets {
			var b strings.Builder
			b.WriteString(p.Sets[i].ID + ":")
			for k := range p.Sets[i].Representations {
				b.WriteString(" " + p.Sets[i].Representations[k].ID)
			}
			out = append(out, b.String())
		}
		return out
	}
	if a, b := names(old), names(p); !slices.Equal(a, b) && old.Linked == "" {
		found.Add(rule.SetChanged, p.Place(), "its AdaptationSets were %q and are %q", a, b)
	}
	for i := range old.Sets {
		for k := range p.Sets {
			if s, t := &old.Sets[i], &p.Sets[k]; s.ID != "" && s.ID == t.ID && !s.Repeated && !t.Repeated && s.Protection != t.Protection {
				found.Add(rule.ProtectionChanged, t.Place(p), "the ContentProtection of AdaptationSet %q changed", t.ID)
			}
		}
	}
}

// checkEvents holds events with an id to their time.
func checkEvents(found *rule.Found, old, p *listing.Period) {
	type key struct{ scheme, value, id string }
	times := map[key]int64{}
	for i := range old.Events {
		if e := &old.Events[i]; e.ID != "" {
			times[key{e.Scheme, e.Value, e.ID}] = e.Time
		}
	}
	for i := range p.Events {
		e := &p.Events[i]
		if was, ok := times[key{e.Scheme, e.Value, e.ID}]; ok && was != e.Time {
			found.Add(rule.EventChanged, rule.Place{Period: p.ID, Ad: p.Ad, At: e.Time, Line: e.Line}, "event %q was at %s s", e.ID, quantity.Seconds(was))
			delete(times, key{e.Scheme, e.Value, e.ID})
		}
	}
}

// checkSegments holds the segments of a Representation: what was listed stays, leaves
// at the head when the window has passed it, or at the tail where the Period ends now.
// edge is how far segments of a list without an end were there.
func checkSegments(found *rule.Found, kind string, was, r *listing.Representation, p *listing.Period, from, edge int64) {
	where := r.Place(p)
	if was.Nominal != r.Nominal || was.Single != r.Single {
		found.Add(rule.SegmentChanged, where, "its segments are addressed in another way")
		return
	}
	if len(was.Runs) == 0 || len(r.Runs) == 0 || r.Single {
		if len(was.Runs) > 0 && len(r.Runs) == 0 && listing.Playable(kind) {
			found.Add(rule.SegmentRetracted, where, "its segments are not listed any more")
		}
		return
	}
	if !checkSameRuns(found, where, was, r, p) {
		return
	}
	if r.Nominal {
		return
	}
	begin, end := r.Runs[0].Time, r.Runs[len(r.Runs)-1].End()
	if gone := before(was, begin); gone != quantity.Unknown && listing.Playable(kind) {
		if at := p.Position(r, gone); from != quantity.Unknown && at > from {
			found.Add(rule.SegmentRemoved, where.Moment(at), "a segment that ends at %s s left the list, and the window begins at %s s", quantity.Seconds(at), quantity.Seconds(from))
		}
	}
	// A Period that ends early loses the segments after its end (P10). A list without an
	// end goes on until the MPD is updated, but what was there of it stays.
	last := &was.Runs[len(was.Runs)-1]
	retracted := end < last.End()
	if last.Count >= listing.Countless {
		retracted = retracted && edge != quantity.Unknown && quantity.Sum(p.Position(r, end), quantity.Micros(last.Duration, r.Timescale)) <= edge
	}
	if at := p.Position(r, end); retracted && (p.End == quantity.Unknown || at < p.End) {
		found.Add(rule.SegmentRetracted, where.Moment(at), "segments were listed up to %d, and are up to %d", last.End(), end)
	}
}

// available is how far the segments of a list without an end were there when the MPD was
// answered, in the presentation; Unknown where that is not known.
func available(l *listing.Listing) int64 {
	if l.Now == 0 || l.AvailabilityStart == quantity.Unknown {
		return quantity.Unknown
	}
	return l.Now - l.AvailabilityStart
}

// before is the end of the last listed segment that begins before a time; Unknown
// where there is none.
func before(r *listing.Representation, ticks int64) int64 {
	end := int64(quantity.Unknown)
	for i := range r.Runs {
		x := &r.Runs[i]
		if x.Time < ticks && x.Duration > 0 {
			n := min((ticks-x.Time+x.Duration-1)/x.Duration, x.Count)
			end = quantity.Sum(x.Time, quantity.Times(x.Duration, n))
		}
	}
	return end
}

// checkSameRuns holds segments that are in both lists to their time, duration, number
// and URL. It compares runs, not segments: a run may be of 2^40.
func checkSameRuns(found *rule.Found, where rule.Place, was, r *listing.Representation, p *listing.Period) bool {
	i, k := 0, 0
	for i < len(was.Runs) && k < len(r.Runs) {
		a, b := &was.Runs[i], &r.Runs[k]
		from, to := max(a.Time, b.Time), min(a.End(), b.End())
		if from < to {
			at := where.Moment(p.Position(r, from))
			if a.Duration != b.Duration || (from-a.Time)%a.Duration != 0 || (from-b.Time)%b.Duration != 0 {
				found.Add(rule.SegmentChanged, at, "the segments of %d at %d were of %d from %d", b.Duration, b.Time, a.Duration, a.Time)
				return false
			}
			n, m := a.Number+(from-a.Time)/a.Duration, b.Number+(from-b.Time)/b.Duration
			// The URLs of a template go on alike; those of a list are each their own.
			for j := range max(min((to-from)/a.Duration, int64(len(r.URLs))), 1) {
				if !checkSameURL(found, at, was, r, n+j, m+j, from+j*a.Duration) {
					return false
				}
			}
		}
		if a.End() <= b.End() {
			i++
		} else {
			k++
		}
	}
	return true
}

// checkSameURL holds one segment to its number and its URL.
func checkSameURL(found *rule.Found, at rule.Place, was, r *listing.Representation, n, m, ticks int64) bool {
	if len(r.URLs) == 0 && n != m && (strings.Contains(r.Media, "$Number") || r.Nominal) {
		found.Add(rule.SegmentChanged, at, "the segment at %d had the number %d and has %d", ticks, n, m)
		return false
	}
	a, b := was.URL(n, ticks), r.URL(m, ticks)
	switch {
	case checkPath(a) != checkPath(b):
		found.Add(rule.SegmentURLChanged, at, "the segment at %d was %q and is %q", ticks, a, b)
		return false
	case a != b:
		found.Add(rule.SegmentURLQuery, at, "the query of %q changed to that of %q", a, b)
		return false
	}
	return true
}
