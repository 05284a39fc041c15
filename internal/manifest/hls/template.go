package hls

import (
	"bytes"
	"net/url"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/gzipped"
	"stitcher/internal/manifest/hls/keys"
	"stitcher/internal/manifest/hls/preamble"
	"stitcher/internal/manifest/hls/syntax"
)

// Template is an origin's media playlist, read once for all its viewers. It is
// immutable.
type Template struct {
	// Version is the EXT-X-VERSION of every playlist made from the template,
	// with or without ads, so that it never flaps between refreshes: at least
	// 3 (decimal EXTINF), 4 with byte ranges, 5 with SAMPLE-AES or KEYFORMAT,
	// 6 with EXT-X-MAP (5 in I-frame playlists), and never below the
	// origin's own (RFC 8216bis §8).
	Version int
	// Target is EXT-X-TARGETDURATION in whole seconds, at least 1.
	Target int64
	// Timeline is what decisions need to know: the segments, their numbers from
	// EXT-X-MEDIA-SEQUENCE on (0 where there is none), the markers, EXT-X-ENDLIST.
	manifest.Timeline
	// Discontinuity is the origin's EXT-X-DISCONTINUITY-SEQUENCE, 0 where it has none.
	Discontinuity int64
	// StartOffset is how far from the end of the playlist EXT-X-START has
	// players begin, in microseconds; 0 where it does not say.
	StartOffset int64
	// Type is EXT-X-PLAYLIST-TYPE: "EVENT", "VOD" or "".
	Type string
	// IFramesOnly is whether EXT-X-I-FRAMES-ONLY is there.
	IFramesOnly bool
	// Encrypted is whether any EXT-X-KEY other than METHOD=NONE is there.
	Encrypted bool
	// Mapped is whether any EXT-X-MAP is there.
	Mapped bool

	// head and lead are what stands before the segments: head without what
	// belongs to the first of them, lead with everything of it up to the last
	// tag of the playlist as a whole. rest is where body goes on after lead.
	head, lead preamble.Text
	rest       uint32
	// pieces are the body, deflated.
	pieces gzipped.Lazy
	// body is the rewritten text of all segments, one after another; the last
	// block only marks its end.
	body   []byte
	blocks []block
	keys   keys.Lines
	maps   []mapLine
	kept   []keptLine
	// tail stands after the last segment; bare is the same without tags that
	// wait for a segment that is not there yet.
	tail, bare []byte
	// unended is set where the origin's last line has no line end; eol is its
	// line end elsewhere.
	unended bool
	eol     string

	versionLine, sequenceLine, discontinuityLine, typeLine []byte

	// source is the playlist as it was compiled, base what its URIs are relative to.
	source []byte
	base   *url.URL
}

// Source is the playlist that the template was compiled from, and what its URIs
// are relative to; nil where that was not given. The text must not be changed.
func (t *Template) Source() (text []byte, base *url.URL) { return t.source, t.base }

// block is where a segment's text lies in the body, and what state it was
// written under.
type block struct {
	start        uint32
	uri, uriEnd  uint32
	own, ownEnd  uint32   // its EXT-X-DISCONTINUITY line; ownEnd is 0 if it has none
	offsetAt     uint32   // where "@offset" goes in its EXT-X-BYTERANGE; 0 is nowhere
	offset       int64    // of its byte range
	length       int64    // of its byte range; 0 if it has none
	keys         keys.Set // in force at the segment
	mapped       int32    // index of the MAP in force at the segment; -1 if there is none
	rate         span     // the EXT-X-BITRATE in force after the segment
	dated, inits bool     // it has its own PROGRAM-DATE-TIME, its own MAP
}

// span is a stretch of the body; it is empty where there is none.
type span struct{ from, to uint32 }

// keptLine is a line that must not vanish with the segment it stands before.
type keptLine struct {
	span
	segment int32
	// after is whether it is written after the ads that replace the segment,
	// not before them.
	after bool
}

// URI is the absolute URI of segment i as it is written out.
func (t *Template) URI(i int) string {
	b := &t.blocks[i]
	return string(t.body[b.uri:b.uriEnd])
}

// Resource is where the media of segment i lies.
func (t *Template) Resource(i int) manifest.Resource {
	b := &t.blocks[i]
	return manifest.Resource{URI: t.URI(i), Offset: b.offset, Length: b.length}
}

// Init is where the initialization section of segment i lies; its URI is ""
// where there is none.
func (t *Template) Init(i int) manifest.Resource {
	n := t.blocks[i].mapped
	if n < 0 {
		return manifest.Resource{}
	}
	var r manifest.Resource
	line := bytes.TrimRight(t.body[t.maps[n].from:t.maps[n].to], "\r\n")
	_, list, _ := bytes.Cut(line, []byte(":"))
	uri, _ := syntax.AttributeOf(list, "URI")
	r.URI = string(uri)
	if value, ok := syntax.AttributeOf(list, "BYTERANGE"); ok {
		length, offset, _ := bytes.Cut(value, []byte("@"))
		r.Length, _ = syntax.ParseNumber(length)
		r.Offset, _ = syntax.ParseNumber(offset)
	}
	return r
}

// EncryptedAt is whether a key is in force at segment i.
func (t *Template) EncryptedAt(i int) bool { return !t.blocks[i].keys.Empty() }

// Longest is the duration of the longest segment in microseconds.
func (t *Template) Longest() int64 {
	var longest int64
	for i := range t.Segments {
		longest = max(longest, t.Segments[i].Duration)
	}
	return longest
}

// Options say how a media playlist is compiled. Templates of the same bytes
// with equal options are equal, so they are shared between sessions.
type Options struct {
	// Base is the final URL of the playlist after redirects; relative URIs
	// resolve against it.
	Base *url.URL
	// ContentFrom and ContentTo replace the head of absolute segment URIs
	// (MediaTailor's ContentSegmentUrlPrefix): a URI that starts with
	// ContentFrom starts with ContentTo instead. Both empty: no change.
	ContentFrom, ContentTo string
	// Query is appended to segment, MAP and part URIs (manifest.* parameters),
	// without the leading "?" or "&".
	Query string
	// Passthrough keeps EXT-X-CUE-OUT, EXT-X-CUE-IN and
	// EXT-X-SPLICEPOINT-SCTE35 in the output (AdMarkerPassthrough). All other
	// cue tags go in either case; DATERANGE stays in either case.
	Passthrough bool
	// Variables are the multivariant playlist's EXT-X-DEFINE values, for
	// IMPORT. QUERYPARAM reads Base's query.
	Variables map[string]string
}
