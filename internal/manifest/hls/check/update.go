package check

import (
	"fmt"
	"slices"
	"strings"

	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

// Update holds two versions of one media playlist, prev before next, to
// the rules of RFC 8216bis §6.2: laws 1 and 2 of the output among them. After a
// leap without overlap (the client paused) it checks what can be checked.
func Update(prev, next *listing.Listing) []rule.Violation {
	var found rule.Found
	checkHeader(&found, prev, next)
	if next.Sequence < prev.Sequence {
		// What follows would only say the same again, once a segment.
		found.Add(rule.MediaSequenceFell, -1, 0, "MEDIA-SEQUENCE went back from %d to %d", prev.Sequence, next.Sequence)
		return found
	}
	checkRemoval(&found, prev, next)
	checkDiscontinuitySequence(&found, prev, next)
	for i := range next.Segments {
		s := &next.Segments[i]
		if old := prev.At(s.Sequence); old != nil {
			checkSegment(&found, old, s, i == 0, prev.Skipped > 0 || next.Skipped > 0)
		}
	}
	checkDateRanges(&found, prev, next)
	return found
}

// Gap holds an update to its time: a playlist that isn't ended must be
// seen changed within 1.5 × TARGETDURATION of its last change (§6.2.1). Both
// times are Unix microseconds.
func Gap(lastChange, now int64, l *listing.Listing) []rule.Violation {
	var found rule.Found
	if gap := now - lastChange; !l.Ended && l.Target > 0 && gap > l.Target*3/2 {
		found.Add(rule.UpdateLate, -1, 0, "no change for %s s, more than one and a half target durations of %d s",
			listing.Seconds(gap), l.Target/1e6)
	}
	return found
}

// checkHeader holds what never changes in a playlist's header.
func checkHeader(found *rule.Found, prev, next *listing.Listing) {
	if prev.Target != next.Target {
		found.Add(rule.TargetDurationChanged, -1, 0, "TARGETDURATION changed from %d to %d", prev.Target/1e6, next.Target/1e6)
	}
	if prev.Version != next.Version {
		found.Add(rule.VersionChanged, -1, 0, "VERSION changed from %d to %d", prev.Version, next.Version)
	}
	if prev.Type != next.Type {
		found.Add(rule.PlaylistTypeChanged, -1, 0, "PLAYLIST-TYPE changed from %q to %q", prev.Type, next.Type)
	}
	if prev.Ended && !next.Ended {
		found.Add(rule.EndlistRetracted, -1, 0, "EXT-X-ENDLIST was taken back")
	}
	if prev.Ended && next.End() > prev.End() {
		found.Add(rule.AppendedAfterEndlist, prev.End(), 0, "segments were appended after EXT-X-ENDLIST")
	}
}

// checkRemoval lets segments leave at the head only, and only while three
// target durations remain.
func checkRemoval(found *rule.Found, prev, next *listing.Listing) {
	if next.End() < prev.End() {
		found.Add(rule.SegmentRetracted, next.End(), 0, "the playlist ended before %d and now ends before %d",
			prev.End(), next.End())
	}
	if next.Sequence == prev.Sequence {
		return
	}
	if t := prev.Type; t != "" {
		found.Add(rule.EventRemoved, prev.Sequence, 0, "segments left a playlist of PLAYLIST-TYPE %s", t)
		return
	}
	if d := next.Duration(); !next.Ended && next.Skipped == 0 && next.Sequence < 2 && d < 3*next.Target {
		found.Add(rule.WindowTooShort, -1, 0, "a segment left, and %s s remain, less than three target durations of %d s",
			listing.Seconds(d), next.Target/1e6)
	}
}

// checkDiscontinuitySequence holds law 2: DISCONTINUITY-SEQUENCE rises by the
// tags that left, when they leave (field failure B-2). A tag left out at the
// head of the window while its segment stays counts as having left. With this
// and with tags that stay, no segment's discontinuity number can change.
func checkDiscontinuitySequence(found *rule.Found, prev, next *listing.Listing) {
	if prev.Skipped > 0 || next.Skipped > 0 {
		return // the tags that were skipped are unknown
	}
	left := int64(0)
	for i := range prev.Segments {
		s := &prev.Segments[i]
		if s.Discontinuity && s.Sequence < next.Sequence {
			left++
		}
	}
	unseen := max(next.Sequence-prev.End(), 0)
	if len(next.Segments) > 0 && !next.Segments[0].Discontinuity {
		switch head := prev.At(next.Sequence); {
		case head == nil:
			unseen++
		case head.Discontinuity:
			left++
		}
	}
	rise := next.Discontinuity - prev.Discontinuity
	if rise < left || rise > left+unseen {
		found.Add(rule.DiscontinuitySequenceStep, next.Sequence, 0,
			"DISCONTINUITY-SEQUENCE rose by %d, but %d tags left", rise, left)
	}
}

// checkSegment holds what never changes in a listed segment.
func checkSegment(found *rule.Found, old, s *listing.Segment, head, skipped bool) {
	n := s.Sequence
	if old.URI != s.URI {
		// A token in the query may be renewed at every fetch; the resource is
		// the same, but a client that compares the whole URI halts.
		before, _, _ := strings.Cut(old.URI, "?")
		after, _, _ := strings.Cut(s.URI, "?")
		if before != after {
			found.Add(rule.URIChanged, n, s.Line, "%d was %q and is %q", n, old.URI, s.URI)
			return
		}
		found.Add(rule.URIQueryChanged, n, s.Line, "the query of %q changed to that of %q", old.URI, s.URI)
	}
	if old.Duration != s.Duration {
		found.Add(rule.ExtinfChanged, n, s.Line, "EXTINF was %s and is %s", listing.Seconds(old.Duration), listing.Seconds(s.Duration))
	}
	if !skipped {
		if old.Discontinuity != s.Discontinuity && !(head && old.Discontinuity) {
			found.Add(rule.DiscontinuityTagChanged, n, s.Line, "EXT-X-DISCONTINUITY was %t and is %t", old.Discontinuity, s.Discontinuity)
		}
		checkMedia(found, old, s)
	}
	if old.Gap != s.Gap {
		found.Add(rule.GapChanged, n, s.Line, "EXT-X-GAP was %t and is %t", old.Gap, s.Gap)
	}
	if !checkSameRange(old.Range, s.Range) {
		found.Add(rule.ByteRangeChanged, n, s.Line, "the byte range changed")
	}
	tolerance := int64(checkTolerance)
	if old.Counted || s.Counted {
		tolerance *= 2 // counted from another date, itself a millisecond off
	}
	if old.Timed() && s.Timed() && checkApart(old.Time-s.Time) > tolerance {
		found.Add(rule.PDTChanged, n, s.Line, "the date moved by %s s", listing.Seconds(s.Time-old.Time))
	}
}

// checkMedia compares what is in force at a segment. It is unknown where the
// tags may have been skipped by a delta update.
func checkMedia(found *rule.Found, old, s *listing.Segment) {
	if !slices.Equal(checkKeys(old), checkKeys(s)) {
		found.Add(rule.KeyChanged, s.Sequence, s.Line, "the keys in force changed")
	}
	switch {
	case old.Map == nil && s.Map == nil:
	case old.Map == nil || s.Map == nil || old.Map.URI != s.Map.URI || !checkSameRange(old.Map.Range, s.Map.Range):
		found.Add(rule.MapChanged, s.Sequence, s.Line, "the EXT-X-MAP in force changed")
	}
}

// checkKeys are the keys in force in the order of their formats, with the IV
// that is used.
func checkKeys(s *listing.Segment) []listing.Key {
	keys := slices.Clone(s.Keys)
	for i := range keys {
		if keys[i].Method == "AES-128" && keys[i].IV == "" {
			keys[i].IV = checkImplicitIV(s.Sequence)
		}
	}
	slices.SortFunc(keys, func(a, b listing.Key) int { return strings.Compare(a.Format, b.Format) })
	return keys
}

// checkImplicitIV is the IV of a segment whose key has none: its number as 128
// bits (RFC 8216bis §5.2).
func checkImplicitIV(sequence int64) string {
	return fmt.Sprintf("%032x", sequence)
}
