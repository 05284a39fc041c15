package check

import (
	"maps"
	"slices"

	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

// checkDateRanges holds DATERANGEs over an update: an ID keeps its meaning,
// attributes are only added, and a range that overlaps a listed segment stays
// (RFC 8216bis §4.4.5.1, §6.2.1; field failure B-9).
func checkDateRanges(found *rule.Found, prev, next *listing.Listing) {
	for _, id := range slices.Sorted(maps.Keys(prev.DateRanges)) {
		old := prev.DateRanges[id]
		d, ok := next.DateRanges[id]
		if !ok {
			if s := checkOverlapped(next, old); s != nil && next.Skipped == 0 {
				found.Add(rule.DateRangeRemoved, s.Sequence, s.Line,
					"DATERANGE %q went while it overlaps the listed segment %d", id, s.Sequence)
			}
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(old.Attributes)) {
			was := old.Attributes[name]
			switch is, ok := d.Attributes[name]; {
			case !ok:
				found.Add(rule.DateRangeChanged, -1, d.Line, "DATERANGE %q lost %s=%s", id, name, was)
			case !listing.SameValue(is, was):
				found.Add(rule.DateRangeChanged, -1, d.Line, "DATERANGE %q had %s=%s and has %s", id, name, was, is)
			}
		}
	}
}

// checkOverlapped is the first listed segment with an instant in the range. A
// range whose end is unknown is taken as its start: no more is certain.
func checkOverlapped(l *listing.Listing, d listing.DateRange) *listing.Segment {
	for i := range l.Segments {
		s := &l.Segments[i]
		if s.Timed() && d.Start < s.Time+s.Duration && (d.End > s.Time || d.End == d.Start && d.Start >= s.Time) {
			return s
		}
	}
	return nil
}

// checkSameDateRanges holds two renditions to equal sets of DATERANGEs with
// equal attributes (§6.2.4), as far as a range starts in both windows. A
// rendition may also have none at all.
func checkSameDateRanges(found *rule.Found, a, b *listing.Listing, nameA, nameB int) {
	if len(a.DateRanges) == 0 || len(b.DateRanges) == 0 {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(a.DateRanges)) {
		inA := a.DateRanges[id]
		start := listing.DateRange{Start: inA.Start, End: inA.Start}
		if checkOverlapped(a, start) == nil || checkOverlapped(b, start) == nil {
			continue
		}
		inB, ok := b.DateRanges[id]
		if !ok {
			found.Add(rule.DateRangeDiffers, -1, inA.Line, "DATERANGE %q is in rendition %d, not in rendition %d", id, nameA, nameB)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(inA.Attributes)) {
			if !listing.SameValue(inA.Attributes[name], inB.Attributes[name]) {
				found.Add(rule.DateRangeDiffers, -1, inA.Line, "DATERANGE %q has %s=%s in rendition %d, %q in rendition %d",
					id, name, inA.Attributes[name], nameA, inB.Attributes[name], nameB)
			}
		}
	}
}
