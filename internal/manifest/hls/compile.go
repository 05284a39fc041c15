package hls

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/hls/cue"
	"stitcher/internal/manifest/hls/keys"
	"stitcher/internal/manifest/hls/preamble"
	"stitcher/internal/manifest/hls/syntax"
)

// maxSegments bounds a playlist: five days of ten-second segments.
const maxSegments = 50_000

// ErrMultivariant says that a playlist is a multivariant playlist where a
// media playlist was asked for.
var ErrMultivariant = errors.New("it is a multivariant playlist")

// compiler reads one media playlist.
type compiler struct {
	o    *Options
	t    *Template
	r    syntax.Resolver
	vars syntax.Variables
	pre  preamble.Preamble
	src  []byte
	rest []byte // what of src is not read yet
	line int
	keys keys.State

	b        block // the segment being read
	s        manifest.Segment
	timed    bool // b has a valid date
	duration bool // s has a duration
	ranged   []byte
	rangeEnd int64 // end of the last segment's byte range, -1 is unknown
	clock    int64 // date at which the next segment begins
	mapped   int32
	rate     span
	media    bool   // an EXTINF was read: it is a media playlist, whatever else it has
	foreign  error  // the error to return if no EXTINF follows
	longest  int64  // the longest duration that was read
	ahead    *ahead // nil until something needs it
	skipped  int64
	target   bool
	version  int // the origin's
	needs    int // what the output uses
	endlist  []byte
	parts    bool // low-latency parts of the segment that comes were left out
	bare     []byte
	marks    cue.Reader
	scratch  []byte
	scratch2 []byte
}

// Compile reads an origin's media playlist in one pass. It forgives what
// players forgive: a line that can't be read costs one segment at most, and what
// no player would play is refused in one sentence that names the line. What each
// player makes of a fault is told where the fault is read.
//
// With a plan that changes nothing the template writes the playlist back byte
// for byte, but for: URIs made absolute, with Options' prefix and query;
// EXT-X-DEFINE values put in; cue tags left out; low-latency tags left out,
// with the tags of a last segment of which there are only parts (until they are
// supported properly they would be half true: field failure B-36); IVs written out where they follow from the sequence number;
// EXT-X-VERSION raised; EXT-X-MEDIA-SEQUENCE and EXT-X-DISCONTINUITY-SEQUENCE
// corrected where they are no decimal numbers; what stands before #EXTM3U (a BOM,
// blank lines), zero bytes, tags that belong to multivariant playlists, and
// repeated EXT-X-MEDIA-SEQUENCE, EXT-X-DISCONTINUITY-SEQUENCE, EXT-X-VERSION,
// EXT-X-PLAYLIST-TYPE and EXT-X-ENDLIST tags left out; line ends of one CR
// become LF; and tags of the playlist as a whole that stand after a segment moved to
// the head, EXT-X-ENDLIST to the end, so that neither goes with a segment.
func Compile(src []byte, o Options) (*Template, error) {
	src, line, err := syntax.Plain(src)
	if err != nil {
		return nil, err
	}
	n := bytes.Count(src, []byte("#EXTINF"))
	if n > maxSegments {
		return nil, fmt.Errorf("the playlist has more than %d segments", maxSegments)
	}
	c := &compiler{
		o: &o, t: &Template{eol: "\n", source: src, base: o.Base}, r: syntax.NewResolver(o.Base, o.ContentFrom, o.ContentTo, o.Query), src: src, rest: src, line: line,
		vars: syntax.NewVariables(o.Base, o.Variables),
		pre:  preamble.New(), rangeEnd: -1, mapped: -1, version: 1, needs: 3,
	}
	if at := bytes.IndexByte(src, '\n'); at > 0 && src[at-1] == '\r' {
		c.t.eol = "\r\n"
	}
	c.t.Segments = make([]manifest.Segment, 0, n)
	c.t.blocks = make([]block, 0, n+1)
	c.t.body = make([]byte, 0, len(src)+n*len(c.r.Dir)/2)
	for len(c.rest) > 0 {
		if err := c.readLine(); err != nil {
			return nil, err
		}
	}
	return c.finish()
}

func (c *compiler) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: "+format, append([]any{c.line}, args...)...)
}

// readLine takes one line off the source and deals with it.
func (c *compiler) readLine() error {
	c.line++
	raw := c.rest
	if end := bytes.IndexByte(raw, '\n'); end >= 0 {
		raw, c.rest = raw[:end+1], raw[end+1:]
	} else {
		c.rest = nil
		c.t.unended = true
		raw = append(append([]byte(nil), raw...), c.t.eol...)
	}
	if len(raw) > syntax.MaxLine {
		return c.errorf("longer than %d bytes", syntax.MaxLine)
	}
	if len(c.t.body) > syntax.MaxBody {
		return c.errorf("the playlist becomes larger than %d bytes", syntax.MaxBody)
	}
	text := syntax.Trim(raw)
	switch {
	case !c.pre.Begun():
		c.global(raw)
	case len(text) == 0:
		c.free(raw)
	case text[0] != '#':
		return c.segment(raw, text)
	case bytes.HasPrefix(text, []byte("#EXTINF:")):
		c.tagInf(raw, text[len("#EXTINF:"):]) // half of all lines
	case bytes.HasPrefix(text, []byte("#EXT")):
		if len(c.vars.Values) > 0 {
			raw = c.vars.Substitute(raw)
			text = syntax.Trim(raw)
		}
		name, value, _ := bytes.Cut(text, []byte(":"))
		return c.tag(raw, name, syntax.Trim(value))
	default:
		c.free(raw)
	}
	return nil
}

// scoped writes a line of the segment that comes.
func (c *compiler) scoped(line []byte) span {
	from := uint32(len(c.t.body))
	c.t.body = append(c.t.body, line...)
	c.pre.Scoped(line)
	return span{from, uint32(len(c.t.body))}
}

// free writes a line that belongs to nothing: comments, blank lines, tags
// that are not known. It stays at its place.
func (c *compiler) free(line []byte) (at span) {
	if c.pre.Pure() {
		c.global(line)
		return span{}
	}
	at = c.scoped(line)
	c.bare = append(c.bare, line...)
	return at
}

// global writes a tag of the playlist as a whole.
func (c *compiler) global(line []byte) { c.pre.Add(line, len(c.t.body)) }

// need raises the version that the output uses.
func (c *compiler) need(version int) { c.needs = max(c.needs, version) }

// segment deals with a URI line: it ends a segment.
func (c *compiler) segment(raw, uri []byte) error {
	if len(c.vars.Values) > 0 {
		uri = syntax.Trim(c.vars.Substitute(uri))
		if len(uri) == 0 || uri[0] == '#' {
			c.free([]byte(c.t.eol)) // the value names nothing
			return nil
		}
	}
	if len(c.t.Segments) == maxSegments {
		return c.errorf("more than %d segments", maxSegments)
	}
	if !c.duration {
		// m3u8-parser and hls.js count it as a segment, so that its number is
		// used up; shaka-player refuses the playlist, FFmpeg the segment.
		c.refuse("segment %q has no EXTINF", syntax.Clip(uri))
		c.implicitKeys()
		c.s.Duration = c.usual()
	}
	t, b, s := c.t, &c.b, &c.s
	c.pre.Pass()
	indent := 0
	for syntax.Blank(raw[indent]) {
		indent++
	}
	t.body = append(t.body, raw[:indent]...)
	b.uri = uint32(len(t.body))
	t.body = c.r.Content(t.body, uri)
	b.uriEnd = uint32(len(t.body))
	t.body = append(t.body, raw[len(syntax.TrimEnd(raw)):]...)
	s.Identity = xxhash.Sum64(syntax.Identity(t.body[b.uri:b.uriEnd]))
	if c.ranged != nil {
		s.Identity ^= xxhash.Sum64(c.ranged)
		c.ranged = nil
	} else {
		c.rangeEnd = -1
	}
	b.keys, b.mapped, b.rate = c.keySet(), c.mapped, c.rate
	if !c.timed {
		s.Time = c.clock
	}
	c.clock = s.Time + s.Duration
	t.Segments = append(t.Segments, *s)
	t.blocks = append(t.blocks, *b)
	*b = block{start: uint32(len(t.body))}
	number := s.Number
	*s = manifest.Segment{Number: number}
	c.duration, c.timed, c.parts = false, false, false
	c.bare = c.bare[:0]
	c.marks.Segment(len(t.Segments), t.Segments[len(t.Segments)-1].Duration)
	return nil
}

// refuse notes why a playlist that has no EXTINF at all is refused: it has no
// segment that all players know for one.
func (c *compiler) refuse(format string, args ...any) {
	if !c.media && c.foreign == nil {
		c.foreign = c.errorf(format, args...)
	}
}

// usual is the duration of a segment that does not tell its own: the target
// duration, as m3u8-parser has it.
func (c *compiler) usual() int64 {
	if target := c.lookAhead().target; target > 0 {
		return target
	}
	if c.longest > 0 {
		return c.longest
	}
	return noTarget
}

// noTarget is the target duration of a playlist that has neither one nor
// durations, in microseconds (parseManifest of videojs-http-streaming).
const noTarget = 10_000_000

// ahead is what tags say that may stand after those that depend on them.
type ahead struct{ sequence, skipped, target int64 }

// lookAhead reads the source for them once.
func (c *compiler) lookAhead() *ahead {
	if c.ahead != nil {
		return c.ahead
	}
	c.ahead = &ahead{sequence: -1}
	for rest := c.src; len(rest) > 0; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		if line = syntax.Trim(line); !bytes.HasPrefix(line, []byte("#EXT-X-")) {
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch value = syntax.Trim(value); string(name) {
		case "#EXT-X-MEDIA-SEQUENCE":
			if c.ahead.sequence < 0 {
				c.ahead.sequence = syntax.ForgivenNumber(value)
			}
		case "#EXT-X-SKIP":
			c.ahead.skipped += skippedSegments(value)
		case "#EXT-X-TARGETDURATION":
			if us, ok := syntax.ForgivenSeconds(value); ok && c.ahead.target == 0 {
				c.ahead.target = us
			}
		}
	}
	c.ahead.sequence = max(c.ahead.sequence, 0)
	return c.ahead
}

// number is the media sequence number of the segment that comes. Keys may
// legally stand before EXT-X-MEDIA-SEQUENCE.
func (c *compiler) number() int64 {
	a := c.lookAhead()
	return a.sequence + a.skipped + int64(len(c.t.Segments))
}

// finish turns what was read into the template.
func (c *compiler) finish() (*Template, error) {
	t := c.t
	if !c.media && c.foreign != nil {
		return nil, c.foreign
	}
	if !c.target && len(t.Segments) == 0 {
		return nil, errors.New("the playlist has neither EXT-X-TARGETDURATION nor segments")
	}
	if t.Target == 0 {
		// FFmpeg and videojs-http-streaming play on without one.
		t.Target = max(1, (t.Longest()+999_999)/1_000_000)
	}
	t.TargetDuration = t.Target * 1_000_000
	t.LiveDelay = max(2*t.TargetDuration, t.StartOffset)
	t.blocks = append(t.blocks, block{start: c.b.start, mapped: -1})
	end := int(c.b.start)
	t.tail = append(append([]byte(nil), t.body[end:]...), c.endlist...)
	t.bare = append(c.bare, c.endlist...)
	t.body = t.body[:end]
	if c.parts && len(t.Segments) > 0 {
		t.tail = t.bare // the rest are tags of a segment of which only parts are there
	}
	if t.unended && len(t.tail) > 0 {
		t.unended = false
		t.tail = t.tail[:len(t.tail)-len(t.eol)]
	}
	if c.skipped > 0 {
		t.Sequence += c.skipped
		t.sequenceLine = appendNumberTag(nil, "#EXT-X-MEDIA-SEQUENCE:", t.Sequence, t.eol)
	}
	c.finishVersion()
	var rest int
	t.head, t.lead, rest = c.pre.Finish()
	t.rest = uint32(min(rest, end))
	if len(t.Segments) == 0 {
		t.head, t.tail = t.lead, t.tail[min(rest, len(t.tail)):]
	}
	c.finishTimes()
	c.marks.Finish(&t.Timeline)
	if cap(t.body)-len(t.body) > len(t.body)/4 {
		t.body = append([]byte(nil), t.body...) // it is kept for long
	}
	return t, nil
}

// finishVersion decides EXT-X-VERSION.
func (c *compiler) finishVersion() {
	t := c.t
	if t.IFramesOnly {
		c.need(4)
	}
	if t.Mapped && t.IFramesOnly {
		c.need(5)
	} else if t.Mapped {
		c.need(6)
	}
	t.Version = max(c.version, c.needs)
	if t.versionLine == nil || c.version < t.Version {
		t.versionLine = appendNumberTag(nil, "#EXT-X-VERSION:", int64(t.Version), t.eol)
	}
}

// finishTimes makes discontinuity numbers absolute and counts dates back from
// the first one.
func (c *compiler) finishTimes() {
	t := c.t
	for i := range t.Segments {
		t.Segments[i].Number += t.Discontinuity
	}
	if !t.Dated {
		for i := range t.Segments {
			t.Segments[i].Time = 0
		}
		return
	}
	first := 0
	for first < len(t.Segments) && !t.blocks[first].dated {
		first++
	}
	if first == len(t.Segments) {
		t.Dated = false // only a segment that is not there yet has a date
		for i := range t.Segments {
			t.Segments[i].Time = 0
		}
		return
	}
	for i := first - 1; i >= 0; i-- {
		t.Segments[i].Time = t.Segments[i+1].Time - t.Segments[i].Duration
	}
}
