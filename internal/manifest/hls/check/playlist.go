package check

import (
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

// checkTolerance is how far dates may be apart and still be the same: EXTINF
// and EXT-X-PROGRAM-DATE-TIME have milliseconds (RFC 8216bis §4.4.4.6).
const checkTolerance = 1000

// Playlist applies the rules that one playlist must keep as a timeline.
// Read applies those of its text.
func Playlist(l *listing.Listing) []rule.Violation {
	var found rule.Found
	checkWindow(&found, l)
	checkDates(&found, l)
	for i := 1; i < len(l.Segments); i++ {
		s, before := &l.Segments[i], &l.Segments[i-1]
		// A looped slate may list one file over and over, but its timestamps
		// start again each time, so it says DISCONTINUITY.
		if s.URI == before.URI && !s.Discontinuity && checkSameRange(s.Range, before.Range) {
			found.Add(rule.SegmentRepeated, s.Sequence, s.Line, "%q is listed as %d and as %d", s.URI, before.Sequence, s.Sequence)
		}
	}
	return found
}

// checkWindow holds a live window to three target durations. A playlist at its
// first numbers may have just begun.
func checkWindow(found *rule.Found, l *listing.Listing) {
	if l.Ended || l.Type != "" || l.Skipped > 0 || l.Sequence < 2 {
		return
	}
	if d := l.Duration(); d < 3*l.Target {
		found.Add(rule.WindowTooShort, -1, 0, "%s s are listed, less than three target durations of %d s",
			listing.Seconds(d), l.Target/1e6)
	}
}

// checkDates holds the dates to law 5: one at every discontinuity, steps
// nowhere else, never back by more than a splice can step.
func checkDates(found *rule.Found, l *listing.Listing) {
	if !l.Dated {
		return
	}
	since := int64(0) // segments since an explicit date
	for i := range l.Segments {
		s := &l.Segments[i]
		if s.Discontinuity && !s.HasTime {
			found.Add(rule.PDTMissing, s.Sequence, s.Line, "DISCONTINUITY without EXT-X-PROGRAM-DATE-TIME")
		}
		if i > 0 {
			since++
			before := &l.Segments[i-1]
			step := s.Time - (before.Time + before.Duration)
			switch {
			case !s.HasTime || !before.Timed():
			// Every EXTINF since the last date may be off by half a millisecond.
			case !s.Discontinuity && checkApart(step) > checkTolerance+500*(since-1):
				found.Add(rule.PDTStep, s.Sequence, s.Line, "the date steps by %s s without DISCONTINUITY", listing.Seconds(step))
			// §6.2.1 lets a later segment overlap the one before it in part; a
			// return to content may reach back past a short ad segment: by what the
			// break changes the drift, which is a segment of the reference at most
			// (from half a segment behind to half a segment ahead), and by half a
			// segment more in renditions whose boundaries lie elsewhere.
			case s.Discontinuity && step < -max(l.Target*3/2, before.Duration):
				found.Add(rule.PDTBackwards, s.Sequence, s.Line,
					"the date goes back by %s s, more than 1.5 target durations", listing.Seconds(-step))
			}
		}
		if s.HasTime {
			since = 0
		}
	}
}

func checkApart(us int64) int64 {
	if us < 0 {
		return -us
	}
	return us
}

func checkSameRange(a, b *listing.Range) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
