package listing

import (
	"bytes"
	"net/url"
	"strings"
	"unicode/utf8"

	"stitcher/internal/manifest/hls/check/rule"
)

// Read reads a media playlist strictly and reports what breaks the
// rules of RFC 8216bis §4. It reads on after every fault, so the Listing is
// never nil; it is to be compared with others only where it makes sense.
func Read(src []byte) (*Listing, []rule.Violation) {
	return ReadOf(nil, nil, src)
}

// ReadOf is Read for a playlist of a presentation: p has the
// variables to import and address, where it was fetched, those that name a
// query parameter. Both may be nil; such variables then stay as written.
func ReadOf(p *Presentation, address *url.URL, src []byte) (*Listing, []rule.Violation) {
	r := reader{
		out:     &Listing{Version: 1, DateRanges: map[string]DateRange{}},
		seen:    map[string]bool{},
		defined: map[string]string{},
		address: address,
	}
	if p != nil {
		r.imports = p.Variables
	}
	r.lines(src, r.tag, r.uri)
	r.finish()
	return r.out, r.found
}

// lines checks what holds for every playlist (§4.1, §4.4.1.1) and hands out
// tags and URI lines.
func (r *reader) lines(src []byte, tag func(name, value string), uri func(text string)) {
	if rest, found := bytes.CutPrefix(src, []byte("\xef\xbb\xbf")); found {
		r.found.Add(rule.ByteOrderMark, -1, 1, "the playlist begins with a byte order mark")
		src = rest
	}
	if !utf8.Valid(src) {
		r.found.Add(rule.NotUTF8, -1, 0, "the playlist is not UTF-8")
	}
	for text := range strings.Lines(string(src)) {
		r.line++
		text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
		if r.line == 1 && text != "#EXTM3U" {
			r.found.Add(rule.HeaderMissing, -1, 1, "the first line is not #EXTM3U")
		}
		switch {
		case text == "":
		case strings.HasPrefix(text, "#EXT"):
			name, value, _ := strings.Cut(text, ":")
			tag(name, value)
		case text[0] == '#': // a comment
		default:
			uri(text)
		}
	}
	if r.line == 0 {
		r.found.Add(rule.HeaderMissing, -1, 0, "the playlist is empty")
	}
}

// shortestSegment is the floor of segment lengths in microseconds; players
// stall on slivers (field failure B-11).
const shortestSegment = 500_000

// maxSubstituted bounds, in bytes, what variables add to a playlist: a
// long value named often would grow without end.
const maxSubstituted = 1 << 20

// reader is the state of Read.
type reader struct {
	out   *Listing
	found rule.Found
	line  int
	// seen are the tags met that may be there once.
	seen map[string]bool
	// defined are the variables that EXT-X-DEFINE gives a value to.
	defined map[string]string
	// imports and address are where values come from that are not written here.
	imports map[string]string
	address *url.URL
	// substituted counts the bytes that variables added.
	substituted int
	// next gathers what stands before a segment.
	next pending
	// tags counts EXT-X-DISCONTINUITY.
	tags int64
	// keys and segmentMap are in force; both are replaced, never written to.
	keys       []Key
	segmentMap *Map
	// mapped is the last EXT-X-MAP whose name tells no format, and mappedFormat
	// that of its segments.
	mapped       *Map
	mappedFormat string
	// rangeURI and rangeEnd are where a BYTERANGE without offset continues.
	rangeURI string
	rangeEnd int64
	// needs is the version that the features met need, because of feature.
	needs   int
	feature string
	// lowLatency is the line of the first tag that only makes sense with
	// EXT-X-PART-INF, and its name.
	lowLatency     int
	lowLatencyName string
	partHoldBack   bool
	dateRanges     int
}

// pending is what stands before a segment's URI.
type pending struct {
	segment Segment
	// extinf is whether EXTINF is there, timed whether it could be read.
	extinf, timed bool
	byteRange     *Range
	noOffset      bool
}

// sequence is the number of the segment that would come next.
func (r *reader) sequence() int64 { return r.out.End() }

// need notes that a feature is not in the protocol below a version.
func (r *reader) need(version int, feature string) {
	if version > r.needs {
		r.needs, r.feature = version, feature
	}
}

// uri ends a segment.
func (r *reader) uri(text string) {
	number := r.sequence()
	s := r.next.segment
	s.URI, s.Line, s.Sequence = r.substitute(text), r.line, number
	if strings.TrimSpace(text) == "" {
		r.found.Add(rule.URIEmpty, number, r.line, "a URI line holds only spaces")
	}
	if !r.next.extinf {
		r.found.Add(rule.ExtinfMissing, number, r.line, "no EXTINF before %q", text)
	}
	if r.next.timed && s.Duration < shortestSegment && !r.out.IFramesOnly {
		r.found.Add(rule.SegmentTooShort, number, r.line, "EXTINF is %s s, below 0.5 s", Seconds(s.Duration))
	}
	s.Keys, s.Map = r.keys, r.segmentMap
	s.Range = r.next.byteRange
	if s.Range != nil && r.next.noOffset {
		// §4.4.4.2: it continues the previous segment of the same resource,
		// which after a splice is not the one it was (field failure B-21).
		if r.rangeURI == s.URI {
			s.Range.Offset = r.rangeEnd
		} else {
			r.found.Add(rule.ByteRangeOffsetMissing, number, r.line,
				"BYTERANGE has no offset and the segment before is not of the same resource")
		}
	}
	r.rangeURI, r.rangeEnd = "", 0
	if s.Range != nil {
		r.rangeURI, r.rangeEnd = s.URI, min(s.Range.Offset+s.Range.Length, maxNumber)
	}
	s.DiscontinuityNumber = r.out.Discontinuity + r.tags
	r.out.Segments = append(r.out.Segments, s)
	r.next = pending{}
}

// substitute puts the values of variables in (RFC 8216bis §4.3).
func (r *reader) substitute(s string) string {
	if len(r.defined) == 0 || !strings.Contains(s, "{$") {
		return s
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "{$")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, rest, closed := strings.Cut(after, "}")
		value, known := r.defined[name]
		if r.substituted += len(value); !closed || !known || r.substituted > maxSubstituted {
			b.WriteString("{$")
			s = after
			continue
		}
		b.WriteString(value)
		s = rest
	}
}
