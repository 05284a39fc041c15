package check

import (
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

// Renditions holds the media playlists of one stream to each other
// (RFC 8216bis §6.2.4). Their order is only used to name them in Detail, from
// 0; nil ones are passed over. DATERANGE sets of playlists fetched at different instants may differ
// lawfully for a moment; all else may not.
func Renditions(ls ...*listing.Listing) []rule.Violation {
	var found rule.Found
	for i, a := range ls {
		for j := i + 1; j < len(ls); j++ {
			b := ls[j]
			if a == nil || b == nil {
				continue
			}
			if a.Target != b.Target && !checkFreeTarget(a) && !checkFreeTarget(b) {
				found.Add(rule.TargetDurationDiffers, -1, 0, "TARGETDURATION is %d in rendition %d, %d in rendition %d",
					a.Target/1e6, i, b.Target/1e6, j)
			}
			if a.Type != b.Type {
				found.Add(rule.PlaylistTypeDiffers, -1, 0, "PLAYLIST-TYPE is %q in rendition %d, %q in rendition %d", a.Type, i, b.Type, j)
			}
			if a.ServerControl != b.ServerControl {
				found.Add(rule.ServerControlDiffers, -1, 0, "SERVER-CONTROL is %q in rendition %d, %q in rendition %d",
					a.ServerControl, i, b.ServerControl, j)
			}
			if a.Dated != b.Dated && len(a.Segments) > 0 && len(b.Segments) > 0 {
				with, without := i, j
				if b.Dated {
					with, without = j, i
				}
				found.Add(rule.PDTInSome, -1, 0, "EXT-X-PROGRAM-DATE-TIME is in rendition %d, not in rendition %d", with, without)
			}
			checkSameNumbers(&found, a, b, i, j)
			checkSameDateRanges(&found, a, b, i, j)
			checkSameDateRanges(&found, b, a, j, i)
		}
	}
	return found
}

// checkFreeTarget is whether a playlist may have a target duration of its own:
// subtitles and I-frames on demand (§6.2.4).
func checkFreeTarget(l *listing.Listing) bool {
	if l.Type != "VOD" || len(l.Segments) == 0 {
		return false
	}
	switch listing.Extension(l.Segments[0].URI) {
	case ".vtt", ".webvtt":
		return true
	}
	return l.IFramesOnly
}

// run is a stretch of segments with one discontinuity number.
type run struct {
	number     int64
	start, end int64
	// whole is whether start is where the number begins, not where the window
	// does.
	whole    bool
	sequence int64
	line     int
}

// checkRuns are the dated runs of a playlist, each ended where the next starts:
// the date may step back where content returns.
func checkRuns(l *listing.Listing) (runs []run, longest int64) {
	for i := range l.Segments {
		s := &l.Segments[i]
		longest = max(longest, s.Duration)
		if !s.Timed() {
			continue
		}
		last := len(runs) - 1
		if last >= 0 && runs[last].number == s.DiscontinuityNumber {
			runs[last].end = s.Time + s.Duration
			continue
		}
		if last >= 0 {
			runs[last].end = min(runs[last].end, s.Time)
		}
		runs = append(runs, run{
			number: s.DiscontinuityNumber, start: s.Time, end: s.Time + s.Duration,
			whole: s.Discontinuity, sequence: s.Sequence, line: s.Line,
		})
	}
	return runs, longest
}

// checkSameNumbers holds two renditions to one discontinuity number at one time
// (law 2, field failure B-1): a number that begins in both begins within half
// a segment, and no two numbers share more time than that.
func checkSameNumbers(found *rule.Found, a, b *listing.Listing, nameA, nameB int) {
	runsA, longestA := checkRuns(a)
	runsB, longestB := checkRuns(b)
	tolerance := max(longestA, longestB)/2 + 2*checkTolerance
	for _, ra := range runsA {
		for _, rb := range runsB {
			if ra.number == rb.number {
				if apart := checkApart(ra.start - rb.start); ra.whole && rb.whole && apart > tolerance {
					found.Add(rule.DiscontinuityDiffers, ra.sequence, ra.line,
						"discontinuity %d begins %s s apart in renditions %d and %d", ra.number, listing.Seconds(apart), nameA, nameB)
				}
				continue
			}
			if shared := min(ra.end, rb.end) - max(ra.start, rb.start); shared > tolerance {
				found.Add(rule.DiscontinuityDiffers, ra.sequence, ra.line,
					"for %s s rendition %d has discontinuity %d and rendition %d has %d",
					listing.Seconds(shared), nameA, ra.number, nameB, rb.number)
			}
		}
	}
}
