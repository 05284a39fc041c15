package imported

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
	"stitcher/internal/transcodecache/encode"
	"stitcher/internal/transcodecache/ffmpeg"
	"stitcher/internal/transcodecache/profile"
)

// frameSlack is by how much, in microseconds, cuts of a creative's renditions
// may be apart and segments exceed the profile's: a frame. The longest usual
// ones are a picture of 24 a second (41.7 ms) and a HE-AAC frame at 24 kHz
// (42.7 ms); the rest is for lengths that are rounded to a millisecond.
const frameSlack = 50_000

// track is one media playlist or Representation of a streaming creative, of a shape
// that can be spliced as it is.
type track struct {
	container profile.Container
	// begin is when the first segment begins after the creative does, in microseconds;
	// 0 is what playlists have.
	begin int64
	// loose is whether the cuts are only about those of the reference, as those of sound
	// in an MPD are.
	loose bool
	// init is the initialization section; nil where there is none.
	init     *piece
	segments []piece
	// found is what ffprobe says of the first segment; set by verify.
	found *ffmpeg.Info
}

// piece is a file of a creative, or a part of one.
type piece struct {
	url string
	// part is nil for the whole file.
	part *listing.Range
	// duration is in microseconds.
	duration int64
}

// duration is the playing time in microseconds.
func (t *track) duration() int64 {
	var sum int64
	for i := range t.segments {
		sum += t.segments[i].duration
	}
	return sum
}

// unreadable are the rules without which a playlist doesn't say which bytes are
// played for how long. Others (an EXT-X-VERSION that is too low, a missing
// EXT-X-TARGETDURATION) are between the ad server and its other clients: no
// player is given the playlist itself.
var unreadable = map[string]bool{
	rule.HeaderMissing: true, rule.NotUTF8: true, rule.MixedPlaylist: true,
	rule.TagMalformed: true, rule.AttributeMalformed: true, rule.AttributeMissing: true,
	rule.URIEmpty: true, rule.ExtinfMissing: true, rule.ExtinfOrphan: true,
	rule.ByteRangeOffsetMissing: true,
}

// readTrack reads a media playlist that was fetched at base and holds it to the
// shape that can stand in a content with ad segments of up to longest
// microseconds: whole, in the clear, in one piece.
func readTrack(src []byte, base *url.URL, variables map[string]string, longest int64) (*track, error) {
	l, violations := listing.ReadOf(&listing.Presentation{Variables: variables}, base, src)
	for _, v := range violations {
		if unreadable[v.Rule] {
			return nil, refuse(avail.CreativeUnfetchable, "it can't be read: %s", v)
		}
	}
	switch {
	case len(l.Segments) == 0:
		return nil, refuse(avail.CreativeUnfetchable, "it lists no segment")
	case !l.Ended:
		return nil, refuse(avail.CreativeUnfetchable, "it has no EXT-X-ENDLIST: it is live")
	case l.IFramesOnly || l.Skipped > 0:
		return nil, refuse(avail.CreativeUnfetchable, "it lists only a part of the segments")
	}
	t := &track{container: trackContainer(&l.Segments[0])}
	for i := range l.Segments {
		s := &l.Segments[i]
		if err := checkSegment(l, i, longest); err != nil {
			return nil, err
		}
		address, err := sibling(base, s.URI)
		if err != nil {
			return nil, refuse(avail.CreativeUnfetchable, "line %d: %w", s.Line, err)
		}
		t.segments = append(t.segments, piece{address, s.Range, s.Duration})
	}
	if m := l.Segments[0].Map; m != nil {
		address, err := sibling(base, m.URI)
		if err != nil {
			return nil, refuse(avail.CreativeUnfetchable, "EXT-X-MAP: %w", err)
		}
		t.init = &piece{url: address, part: m.Range}
	}
	return t, nil
}

// checkSegment applies the rules of one segment. An item has one DISCONTINUITY,
// one MAP and no key (laws 2, 7 and 8 of the HLS output).
func checkSegment(l *listing.Listing, i int, longest int64) error {
	s, first := &l.Segments[i], &l.Segments[0]
	switch {
	case s.Gap:
		return refuse(avail.CreativeUnfetchable, "line %d: the segment is a gap", s.Line)
	case len(s.Keys) > 0:
		return refuse(avail.ContainerMismatch, "line %d: the segment is encrypted with %s", s.Line, s.Keys[0].Method)
	case i > 0 && s.Discontinuity:
		return refuse(avail.ContainerMismatch, "line %d: a discontinuity within the creative", s.Line)
	case !sameMap(s.Map, first.Map):
		return refuse(avail.ContainerMismatch, "line %d: the initialization section changes within the creative", s.Line)
	}
	if err := checkLength(s.Duration, longest); err != nil {
		return fmt.Errorf("line %d: %w", s.Line, err)
	}
	return nil
}

// checkLength holds the length of a segment to what can be listed.
func checkLength(lasts, longest int64) error {
	switch {
	case lasts > longest+frameSlack:
		return refuse(avail.SegmentTooLong, "the segment lasts %d ms, and %d are the most", lasts/1000, longest/1000)
	case lasts < encode.MinSegment: // law 3 of the HLS output
		return refuse(avail.ContainerMismatch, "the segment lasts %d ms, and %d are the least", lasts/1000, encode.MinSegment/1000)
	}
	return nil
}

func sameMap(a, b *listing.Map) bool {
	if a == nil || b == nil || a == b {
		return a == b
	}
	same := a.Range == nil && b.Range == nil || a.Range != nil && b.Range != nil && *a.Range == *b.Range
	return same && a.URI == b.URI
}

// trackContainer is what a playlist says of its segments' container.
func trackContainer(s *listing.Segment) profile.Container {
	name, _, _ := strings.Cut(s.URI, "?")
	switch {
	case s.Map != nil:
		return profile.FMP4
	case strings.EqualFold(path.Ext(name), ".aac"):
		return profile.ADTS
	}
	return profile.TS
}

// align holds a track to the cuts of the reference: every item has the same
// number of segments in every rendition, cut at the same times to a frame
// (splicing.md, "Other renditions"). A loose track is listed with the cuts of the
// reference.
func (t *track) align(ref *track) error {
	if len(t.segments) != len(ref.segments) {
		return refuse(avail.RenditionMissing, "the creative has it in %d segments, and the reference in %d", len(t.segments), len(ref.segments))
	}
	most := int64(frameSlack)
	if t.loose {
		most = lengthSlack / 2 // a segment is cut off at both ends
	}
	apart := t.begin - ref.begin
	if max(apart, -apart) > frameSlack {
		return refuse(avail.RenditionMissing, "the creative's first segment begins %d ms off the reference", apart/1000)
	}
	for i := range t.segments {
		apart += t.segments[i].duration - ref.segments[i].duration
		if max(apart, -apart) > most {
			return refuse(avail.RenditionMissing, "the creative's segment %d ends %d ms off the reference", i, apart/1000)
		}
	}
	if t.loose {
		for i := range t.segments {
			t.segments[i].duration = ref.segments[i].duration
		}
	}
	return nil
}
