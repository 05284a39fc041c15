package listing

import (
	"maps"
	"path"
	"slices"
	"strings"

	"stitcher/internal/manifest/hls/check/rule"
)

// finish applies the rules that need the whole playlist.
func (r *reader) finish() {
	l := r.out
	if r.next.extinf {
		r.found.Add(rule.ExtinfOrphan, -1, r.line, "the last EXTINF has no URI")
	}
	if !r.seen["#EXT-X-TARGETDURATION"] {
		r.found.Add(rule.TargetDurationMissing, -1, 0, "EXT-X-TARGETDURATION is missing")
	}
	if l.Version < r.needs {
		r.found.Add(rule.VersionTooLow, -1, 0, "EXT-X-VERSION is %d, %s needs %d", l.Version, r.feature, r.needs)
	}
	if l.Type == "VOD" && !l.Ended {
		r.found.Add(rule.PlaylistTypeContradiction, -1, 0, "PLAYLIST-TYPE is VOD, but there is no EXT-X-ENDLIST")
	}
	if r.lowLatency > 0 && !r.seen["#EXT-X-PART-INF"] {
		r.found.Add(rule.PartInfMissing, -1, r.lowLatency, "%s without EXT-X-PART-INF", r.lowLatencyName)
	}
	if r.seen["#EXT-X-PART-INF"] && !r.partHoldBack {
		r.found.Add(rule.PartHoldBackMissing, -1, 0, "EXT-X-PART-INF without PART-HOLD-BACK in EXT-X-SERVER-CONTROL")
	}
	if r.dateRanges > 0 && !l.Dated {
		r.found.Add(rule.DateRangeWithoutPDT, -1, 0, "DATERANGE without any EXT-X-PROGRAM-DATE-TIME")
	}
	for _, id := range slices.Sorted(maps.Keys(l.DateRanges)) {
		if _, ok := l.DateRanges[id].Attributes["START-DATE"]; !ok {
			r.found.Add(rule.DateRangeInvalid, -1, l.DateRanges[id].Line, "DATERANGE %q has no START-DATE", id)
		}
	}
	for i := range l.Segments {
		r.segment(&l.Segments[i])
	}
	countSegments(l.Segments)
}

// segment applies the rules of one segment.
func (r *reader) segment(s *Segment) {
	// Rounded below version 6 too: §8 asks for less than that there, but no
	// packager does it and no player minds (field failure B-14).
	if t := r.out.Target; t > 0 && (s.Duration+500_000)/1e6*1e6 > t {
		r.found.Add(rule.ExtinfTooLong, s.Sequence, s.Line,
			"EXTINF is %s s, TARGETDURATION %d s", Seconds(s.Duration), t/1e6)
	}
	if s.Gap {
		return // it is not loaded, so no initialization section is read with it
	}
	is := formatOf(s.URI)
	if s.Map == nil && is == fragmented {
		r.found.Add(rule.MapMissing, s.Sequence, s.Line, "a fragmented MP4 segment without EXT-X-MAP")
	}
	if s.Map == nil || is == "" {
		return
	}
	of := formatOf(s.Map.URI)
	if of == "" { // then it is of the format of its first segment
		if r.mapped != s.Map {
			r.mapped, r.mappedFormat = s.Map, is
		}
		of = r.mappedFormat
	}
	if is != of {
		r.found.Add(rule.MapForeign, s.Sequence, s.Line, "a segment of %s below an EXT-X-MAP of %s", is, of)
	}
}

// fragmented is the format of segments that need an EXT-X-MAP.
const fragmented = "fragmented MP4"

// formatOf is the segment format (RFC 8216bis §3.1) that a URI's file name
// tells; "" where it tells none.
func formatOf(uri string) string {
	switch Extension(uri) {
	case ".m4s", ".mp4", ".m4v", ".cmfv", ".cmfa", ".cmft":
		return fragmented
	case ".ts":
		return "MPEG-2 TS"
	case ".aac", ".ac3", ".ec3", ".mp3":
		return "packed audio"
	case ".vtt", ".webvtt":
		return "WebVTT"
	}
	return ""
}

// Extension is the extension of a URI's file name, in lower case.
func Extension(uri string) string {
	uri, _, _ = strings.Cut(uri, "#")
	uri, _, _ = strings.Cut(uri, "?")
	return strings.ToLower(path.Ext(uri))
}

// countSegments gives every segment a date that shares its discontinuity number
// with one that has a date: forward from the nearest earlier one, else
// backward from the next.
func countSegments(segments []Segment) {
	for i := 1; i < len(segments); i++ {
		s, before := &segments[i], &segments[i-1]
		if !s.HasTime && before.Timed() && !s.Discontinuity {
			s.Time, s.Counted = before.Time+before.Duration, true
		}
	}
	for i := len(segments) - 2; i >= 0; i-- {
		s, after := &segments[i], &segments[i+1]
		if !s.Timed() && after.Timed() && !after.Discontinuity {
			s.Time, s.Counted = after.Time-s.Duration, true
		}
	}
}
