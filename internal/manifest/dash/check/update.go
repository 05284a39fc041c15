package check

import (
	"slices"
	"strings"
)

// Update holds two versions of one MPD, prev before next, to what never changes
// once it is published. After a leap (the client paused) it checks what can be checked.
func Update(prev, next *Listing) []Violation {
	var found findings
	checkPresentation(&found, prev, next)
	checkPeriods(&found, prev, next)
	checkEdge(&found, prev, next)
	protected := func(l *Listing) bool {
		return l.Protected || slices.ContainsFunc(l.Periods, func(p Period) bool { return p.protected() })
	}
	if protected(prev) && !protected(next) {
		found.add(RuleProtectionVanished, checkWhole, "no Period is encrypted any more: a player with keys has nothing to start with")
	}
	return found
}

// checkEdge holds that what is listed does not end earlier than before, but for a Period
// that a new one cuts short (P10).
func checkEdge(found *findings, prev, next *Listing) {
	was, is := prev.Edge(), next.Edge()
	if was == Unknown || is == Unknown {
		return
	}
	for i := range next.Periods {
		if p := &next.Periods[i]; prev.period(p.ID) == nil {
			was = min(was, p.Start)
		}
	}
	if is < was-checkFrame {
		found.add(RuleEdgeFell, checkWhole, "segments were listed up to %s s, and are up to %s s", checkSeconds(was), checkSeconds(is))
	}
}

// Gap holds a dynamic MPD to its time: a new segment is listed within one and a
// half times the longest, and minimumUpdatePeriod. Both times are Unix microseconds.
func Gap(lastChange, now int64, l *Listing) []Violation {
	var found findings
	longest := l.longest()
	if !l.Dynamic || l.nominal() || l.Edge() == Unknown || l.UpdatePeriod == Unknown || longest == 0 {
		return found
	}
	if gap, most := now-lastChange, longest+longest/2+l.UpdatePeriod; gap > most {
		found.add(RuleUpdateLate, checkWhole.moment(l.Edge()), "no new segment for %s s, and one is due within %s s", checkSeconds(gap), checkSeconds(most))
	}
	return found
}

// checkPresentation holds what is said about the presentation as a whole.
func checkPresentation(found *findings, prev, next *Listing) {
	if prev.AvailabilityStart != next.AvailabilityStart && prev.Dynamic && (next.Dynamic || next.AvailabilityStart != Unknown) {
		found.add(RuleAvailabilityStart, checkWhole, "availabilityStartTime moved by %s s", checkSeconds(next.AvailabilityStart-prev.AvailabilityStart))
	}
	if prev.ID != next.ID {
		found.add(RuleMPDID, checkWhole, "MPD@id was %q and is %q", prev.ID, next.ID)
	}
	switch {
	case prev.Published == Unknown || next.Published == Unknown:
	case next.Published < prev.Published:
		found.add(RulePublishTimeFell, checkWhole, "publishTime went back by %s s", checkSeconds(prev.Published-next.Published))
	case next.Published == prev.Published && next.text != prev.text:
		found.add(RulePublishTimeSame, checkWhole, "the MPD changed, and publishTime did not")
	}
	if prev.Dynamic && !next.Dynamic && next.UpdatePeriod != Unknown {
		found.add(RuleStaticUpdates, checkWhole, "the MPD is static now and has a minimumUpdatePeriod")
	}
	if !prev.Dynamic && next.Dynamic {
		found.add(RuleStaticRetracted, checkWhole, "a static MPD became dynamic")
	}
	if !prev.Dynamic || !next.Dynamic {
		return
	}
	if !slices.Equal(prev.Clocks, next.Clocks) {
		found.add(RuleClockChanged, checkWhole, "the UTCTimings were %q and are %q", prev.Clocks, next.Clocks)
	}
	if prev.Delay != next.Delay || prev.Window != next.Window || prev.Buffer != next.Buffer {
		found.add(RuleDelayChanged, checkWhole, "suggestedPresentationDelay, timeShiftBufferDepth, minBufferTime were %s, %s, %s s and are %s, %s, %s s",
			checkSeconds(prev.Delay), checkSeconds(prev.Window), checkSeconds(prev.Buffer),
			checkSeconds(next.Delay), checkSeconds(next.Window), checkSeconds(next.Buffer))
	}
}

// checkPeriods holds the Periods of two versions to each other by id. Periods without
// an id, which only static MPDs may have, are not compared.
func checkPeriods(found *findings, prev, next *Listing) {
	latest := int64(Unknown)
	for i := range prev.Periods {
		latest = max(latest, prev.Periods[i].Start)
	}
	common := -1 // the first Period of prev that is in next
	for i := range prev.Periods {
		if next.period(prev.Periods[i].ID) != nil {
			common = i
			break
		}
	}
	if common < 0 && len(prev.Periods) > 0 && prev.Dynamic {
		if e := prev.Edge(); e == Unknown || len(next.Periods) == 0 || next.Periods[0].Start <= checkSum(e, checkFrame) {
			found.add(RuleNoOverlap, checkWhole, "no Period was there before")
		}
	}
	from := next.from()
	for i := range prev.Periods {
		old := &prev.Periods[i]
		if old.ID == "" || old.again {
			continue
		}
		if p := next.period(old.ID); p != nil {
			checkSamePeriod(found, old, p, from, prev.available())
			continue
		}
		until := prev.reach(old)
		if i > common && common >= 0 || until == Unknown || from != Unknown && until > from {
			found.add(RulePeriodRemoved, old.place(), "it ends at %s s, and the window begins at %s s", checkSeconds(until), checkSeconds(from))
		}
	}
	for i := range next.Periods {
		p := &next.Periods[i]
		if p.ID == "" || prev.period(p.ID) != nil || latest == Unknown {
			continue
		}
		if p.Start < latest {
			found.add(RulePeriodLate, p.place(), "it is new and starts at %s s, before a Period that was published at %s s", checkSeconds(p.Start), checkSeconds(latest))
		}
		checkAnnounced(found, prev, p)
	}
}

// checkAnnounced holds that a new Period was announced before players reached its
// start: prev, of a later time than that, did not have it.
func checkAnnounced(found *findings, prev *Listing, p *Period) {
	at := prev.Published
	if prev.Now != 0 {
		at = prev.Now
	}
	if !prev.Dynamic || at == Unknown || prev.AvailabilityStart == Unknown || prev.UpdatePeriod == Unknown {
		return
	}
	delay := prev.Delay
	if delay == Unknown {
		if delay = prev.Buffer; delay == Unknown {
			return
		}
		delay += delay / 2
	}
	if late := at - prev.AvailabilityStart - (p.Start + prev.UpdatePeriod + delay); late > 0 {
		found.add(RulePeriodAnnounced, p.place(), "an MPD did not have it yet %s s after players could have reached it", checkSeconds(late))
	}
}

// reach is where a Period ends, or has been listed to.
func (l *Listing) reach(p *Period) int64 {
	end := p.End
	p.each(func(_ *Set, r *Representation) {
		if _, to, ok := r.span(p); ok && p.End == Unknown {
			end = max(end, to)
		}
	})
	return end
}

// from is where the window begins at the latest; Unknown where now is not known. A
// segment may leave while it is in the window by less than its own length, because
// packagers count whole segments.
func (l *Listing) from() int64 {
	if l.Window == Unknown || !l.Dynamic {
		return Unknown
	}
	now := int64(Unknown)
	switch {
	case l.Now != 0 && l.AvailabilityStart != Unknown:
		now = l.Now - l.AvailabilityStart
	case !l.nominal():
		// What is listed, and publishTime, follow the clock closely enough.
		if now = l.Edge(); l.Published != Unknown && l.AvailabilityStart != Unknown {
			now = max(now, l.Published-l.AvailabilityStart)
		}
	}
	if now == Unknown {
		return Unknown
	}
	return now - l.Window + l.longest()
}

// nominal is whether the newest segments are not listed one by one.
func (l *Listing) nominal() bool {
	nominal := false
	if n := len(l.Periods); n > 0 {
		l.Periods[n-1].each(func(_ *Set, r *Representation) { nominal = nominal || r.Nominal })
	}
	return nominal
}

// checkSamePeriod holds what never changes in a Period.
func checkSamePeriod(found *findings, old, p *Period, from, edge int64) {
	if old.Start != p.Start {
		found.add(RulePeriodMoved, p.place(), "it started at %s s and starts at %s s", checkSeconds(old.Start), checkSeconds(p.Start))
		return // what follows would only say the same again
	}
	if old.followed && (p.End == Unknown || p.End > old.End) {
		found.add(RulePeriodReopened, p.place(), "it ended at %s s and ends at %s s", checkSeconds(old.End), checkSeconds(p.End))
	}
	checkSameSets(found, old, p)
	old.each(func(s *Set, was *Representation) {
		now, r := p.Representation(was.ID)
		if r == nil || was.again {
			return
		}
		where := r.place(p)
		if was.Offset != r.Offset || was.Timescale != r.Timescale {
			found.add(RuleOffsetChanged, where, "presentationTimeOffset/timescale was %d/%d and is %d/%d", was.Offset, was.Timescale, r.Offset, r.Timescale)
			return
		}
		if was.MimeType != r.MimeType || was.Codecs != r.Codecs || s.Kind != now.Kind {
			found.add(RuleTrackChanged, where, "it was %s %s %q and is %s %s %q", s.Kind, was.MimeType, was.Codecs, now.Kind, r.MimeType, r.Codecs)
		}
		if a, b := was.InitializationURL(), r.InitializationURL(); checkPath(a) != checkPath(b) {
			found.add(RuleInitChanged, where, "its initialization was %q and is %q", a, b)
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
func checkSameSets(found *findings, old, p *Period) {
	names := func(p *Period) (out []string) {
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
		found.add(RuleSetChanged, p.place(), "its AdaptationSets were %q and are %q", a, b)
	}
	for i := range old.Sets {
		for k := range p.Sets {
			if s, t := &old.Sets[i], &p.Sets[k]; s.ID != "" && s.ID == t.ID && !s.again && !t.again && s.Protection != t.Protection {
				found.add(RuleProtectionChanged, checkPlace{period: p, at: Unknown, line: t.Line}, "the ContentProtection of AdaptationSet %q changed", t.ID)
			}
		}
	}
}

// checkEvents holds events with an id to their time.
func checkEvents(found *findings, old, p *Period) {
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
			found.add(RuleEventChanged, checkPlace{period: p, at: e.Time, line: e.Line}, "event %q was at %s s", e.ID, checkSeconds(was))
			delete(times, key{e.Scheme, e.Value, e.ID})
		}
	}
}

// checkSegments holds the segments of a Representation: what was listed stays, leaves
// at the head when the window has passed it, or at the tail where the Period ends now.
// edge is how far segments of a list without an end were there.
func checkSegments(found *findings, kind string, was, r *Representation, p *Period, from, edge int64) {
	where := r.place(p)
	if was.Nominal != r.Nominal || was.Single != r.Single {
		found.add(RuleSegmentChanged, where, "its segments are addressed in another way")
		return
	}
	if len(was.Runs) == 0 || len(r.Runs) == 0 || r.Single {
		if len(was.Runs) > 0 && len(r.Runs) == 0 && checkPlayable(kind) {
			found.add(RuleSegmentRetracted, where, "its segments are not listed any more")
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
	if gone := was.before(begin); gone != Unknown && checkPlayable(kind) {
		if at := p.Position(r, gone); from != Unknown && at > from {
			found.add(RuleSegmentRemoved, where.moment(at), "a segment that ends at %s s left the list, and the window begins at %s s", checkSeconds(at), checkSeconds(from))
		}
	}
	// A Period that ends early loses the segments after its end (P10). A list without an
	// end goes on until the MPD is updated, but what was there of it stays.
	last := &was.Runs[len(was.Runs)-1]
	retracted := end < last.End()
	if last.Count >= checkCountless {
		retracted = retracted && edge != Unknown && checkSum(p.Position(r, end), checkMicros(last.Duration, r.Timescale)) <= edge
	}
	if at := p.Position(r, end); retracted && (p.End == Unknown || at < p.End) {
		found.add(RuleSegmentRetracted, where.moment(at), "segments were listed up to %d, and are up to %d", last.End(), end)
	}
}

// available is how far the segments of a list without an end were there when the MPD was
// answered, in the presentation; Unknown where that is not known.
func (l *Listing) available() int64 {
	if l.Now == 0 || l.AvailabilityStart == Unknown {
		return Unknown
	}
	return l.Now - l.AvailabilityStart
}

// before is the end of the last listed segment that begins before a time; Unknown
// where there is none.
func (r *Representation) before(ticks int64) int64 {
	end := int64(Unknown)
	for i := range r.Runs {
		x := &r.Runs[i]
		if x.Time < ticks && x.Duration > 0 {
			n := min((ticks-x.Time+x.Duration-1)/x.Duration, x.Count)
			end = checkSum(x.Time, checkTimes(x.Duration, n))
		}
	}
	return end
}

// checkSameRuns holds segments that are in both lists to their time, duration, number
// and URL. It compares runs, not segments: a run may be of 2^40.
func checkSameRuns(found *findings, where checkPlace, was, r *Representation, p *Period) bool {
	i, k := 0, 0
	for i < len(was.Runs) && k < len(r.Runs) {
		a, b := &was.Runs[i], &r.Runs[k]
		from, to := max(a.Time, b.Time), min(a.End(), b.End())
		if from < to {
			at := where.moment(p.Position(r, from))
			if a.Duration != b.Duration || (from-a.Time)%a.Duration != 0 || (from-b.Time)%b.Duration != 0 {
				found.add(RuleSegmentChanged, at, "the segments of %d at %d were of %d from %d", b.Duration, b.Time, a.Duration, a.Time)
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
func checkSameURL(found *findings, at checkPlace, was, r *Representation, n, m, ticks int64) bool {
	if len(r.URLs) == 0 && n != m && (strings.Contains(r.Media, "$Number") || r.Nominal) {
		found.add(RuleSegmentChanged, at, "the segment at %d had the number %d and has %d", ticks, n, m)
		return false
	}
	a, b := was.URL(n, ticks), r.URL(m, ticks)
	switch {
	case checkPath(a) != checkPath(b):
		found.add(RuleSegmentURLChanged, at, "the segment at %d was %q and is %q", ticks, a, b)
		return false
	case a != b:
		found.add(RuleSegmentURLQuery, at, "the query of %q changed to that of %q", a, b)
		return false
	}
	return true
}
