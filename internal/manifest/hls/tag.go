package hls

import (
	"bytes"
	"strconv"
	"strings"

	"stitcher/internal/manifest/hls/cue"
	"stitcher/internal/manifest/hls/preamble"
	"stitcher/internal/manifest/hls/syntax"
)

// tag deals with a tag line. raw is the line with its line end, name is up to
// the colon, value what follows it, without blanks around.
func (c *compiler) tag(raw, name, value []byte) error {
	switch string(name) {
	case "#EXTINF":
		c.tagInf(raw, nil) // without a colon
	case "#EXT-X-BYTERANGE":
		c.tagByteRange(raw, value)
	case "#EXT-X-DISCONTINUITY":
		at := c.scoped(raw)
		c.s.Number++
		if !c.s.Discontinuity {
			c.s.Discontinuity = true
			c.b.own, c.b.ownEnd = at.from, at.to
		}
	case "#EXT-X-KEY":
		return c.tagKey(raw, value)
	case "#EXT-X-MAP":
		if uri, _ := syntax.AttributeOf(value, "URI"); len(uri) == 0 {
			c.scoped(raw) // it names nothing; the one before stays in force
			break
		}
		set := c.keySet()
		at := c.scoped(c.rewrite(raw, true, "URI"))
		c.t.maps = append(c.t.maps, mapLine{at, set})
		c.mapped = int32(len(c.t.maps) - 1)
		c.t.Mapped, c.b.inits = true, true
	case "#EXT-X-PROGRAM-DATE-TIME":
		c.scoped(raw)
		if us, ok := syntax.ParseDate(value); ok {
			c.s.Time, c.timed, c.b.dated, c.t.Dated = us, true, true, true
		}
	case "#EXT-X-GAP":
		c.scoped(raw)
	case "#EXT-X-BITRATE":
		c.rate = c.scoped(raw)
	case "#EXT-X-DATERANGE":
		names := []string{"X-ASSET-URI", "X-ASSET-LIST"}
		if class, _ := syntax.AttributeOf(value, "CLASS"); string(class) == "com.apple.hls.preload" {
			names = append(names, "X-URI") // RFC 8216bis appendix F
		}
		line := c.rewrite(raw, false, names...)
		if at := c.free(line); at.to > 0 {
			c.keep(at, false)
		}
		c.marks.DateRange(raw, value)
	case "#EXT-X-PART", "#EXT-X-PRELOAD-HINT":
		// Low-latency tags of the origin are not true of the output.
		c.parts = true
	case "#EXT-X-PART-INF", "#EXT-X-RENDITION-REPORT":
	case "#EXT-X-STREAM-INF", "#EXT-X-I-FRAME-STREAM-INF", "#EXT-X-MEDIA":
		if !c.target || string(name) != "#EXT-X-MEDIA" {
			c.refuse("%w", ErrMultivariant)
		}
	default:
		c.tagPlaylist(raw, name, value)
	}
	return nil
}

// keep notes a line that must outlive the segment it stands before.
func (c *compiler) keep(at span, after bool) {
	c.t.kept = append(c.t.kept, keptLine{at, int32(len(c.t.Segments)), after})
}

func (c *compiler) tagInf(raw, value []byte) {
	seconds, _, _ := bytes.Cut(value, []byte(","))
	us, ok := syntax.ForgivenSeconds(syntax.Trim(seconds))
	if !ok {
		us = c.usual()
	}
	c.longest, c.media = max(c.longest, us), true
	if !c.keys.Clear() {
		c.implicitKeys()
	}
	c.s.Duration, c.duration = us, true
	c.scoped(raw)
}

// tagByteRange notes where the offset of a byte range is to be written if the
// segment before it, which it continues, is replaced (field failure B-21).
func (c *compiler) tagByteRange(raw, value []byte) {
	length, offset, explicit := bytes.Cut(bytes.Trim(value, `"`), []byte("@"))
	n, ok := syntax.ParseNumber(syntax.Trim(length))
	from := c.rangeEnd
	if explicit {
		var sound bool
		from, sound = syntax.ParseNumber(syntax.Trim(offset))
		ok = ok && sound
	}
	if !ok {
		// hls.js and m3u8-parser ask for the whole resource, or for what they
		// could read. What follows it is not where it would be.
		c.scoped(raw)
		c.ranged, c.rangeEnd = append(c.ranged[:0:0], value...), -1
		c.b.offset, c.b.length, c.b.offsetAt = 0, 0, 0
		return
	}
	at := c.scoped(raw)
	c.need(4)
	c.ranged = append(c.ranged[:0:0], value...)
	c.b.offset, c.b.length = max(from, 0), n
	if !explicit && from >= 0 {
		text := bytes.TrimRight(raw, "\" \t\r\n")
		c.b.offsetAt = at.from + uint32(len(text))
		c.ranged = strconv.AppendInt(append(c.ranged, '@'), from, 10)
	}
	if from >= 0 {
		from += n
	}
	c.rangeEnd = from
}

// tagPlaylist deals with tags of the playlist as a whole.
func (c *compiler) tagPlaylist(raw, name, value []byte) {
	t := c.t
	switch string(name) {
	case "#EXT-X-TARGETDURATION":
		c.tagTarget(raw, value)
	case "#EXT-X-VERSION":
		if c.once(preamble.Version, raw, &t.versionLine) {
			c.version = int(max(1, min(syntax.ForgivenNumber(value), 1000)))
		}
	case "#EXT-X-MEDIA-SEQUENCE":
		c.headerNumber(preamble.Sequence, name, raw, value, &t.sequenceLine, &t.Sequence)
	case "#EXT-X-DISCONTINUITY-SEQUENCE":
		c.headerNumber(preamble.Discontinuity, name, raw, value, &t.discontinuityLine, &t.Discontinuity)
	case "#EXT-X-PLAYLIST-TYPE":
		if s := strings.ToUpper(string(value)); c.once(preamble.Type, raw, &t.typeLine) && (s == "EVENT" || s == "VOD") {
			t.Type = s // hls.js knows it in lower case too
		}
	case "#EXT-X-ENDLIST":
		if t.Ended {
			break
		}
		t.Ended = true
		if segmentFollows(c.rest) {
			c.endlist = append([]byte(nil), raw...)
		} else {
			c.scoped(raw)
			c.bare = append(c.bare, raw...)
		}
	case "#EXT-X-I-FRAMES-ONLY":
		t.IFramesOnly = true
		c.global(raw)
	case "#EXT-X-SKIP":
		c.skipped += skippedSegments(value)
	case "#EXT-X-SERVER-CONTROL":
		if line := c.serverControl(value); line != nil {
			c.global(line)
		}
	case "#EXT-X-DEFINE":
		if c.vars.Define(value) {
			break
		}
		c.need(8)
		if _, ok := syntax.AttributeOf(value, "QUERYPARAM"); ok {
			c.need(11)
		}
		c.global(raw)
	case "#EXT-X-START":
		t.StartOffset = startOffset(value)
		c.global(raw)
	case "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-ALLOW-CACHE", "#EXT-X-IMAGES-ONLY":
		c.global(raw)
	case "#EXT-X-SESSION-KEY", "#EXT-X-SESSION-DATA":
		c.global(c.rewrite(raw, false, "URI"))
	case "#EXT-X-CONTENT-STEERING":
		c.global(c.rewrite(raw, false, "SERVER-URI"))
	default:
		c.tagOther(raw, name, value)
	}
}

// tagOther deals with markers and with unknown tags.
func (c *compiler) tagOther(raw, name, value []byte) {
	d := cue.DialectOf(name)
	if d == nil {
		c.free(raw)
		return
	}
	c.marks.Tag(d, raw, value)
	if c.o.Passthrough && d.Passthrough {
		at := c.scoped(raw)
		c.bare = append(c.bare, raw...)
		c.keep(at, d.After)
	}
}

// tagTarget reads EXT-X-TARGETDURATION; the first that is a number counts.
func (c *compiler) tagTarget(raw, value []byte) {
	if us, ok := syntax.ForgivenSeconds(value); ok && !c.target {
		c.target, c.t.Target = true, (us+999_999)/1_000_000
	}
	c.global(raw)
	c.pre.Target()
}

// headerNumber reads a number of the head. A line that is no decimal number is
// corrected, since the number is written anew as soon as ads change it.
func (c *compiler) headerNumber(k preamble.Line, name, raw, value []byte, line *[]byte, number *int64) {
	if !c.once(k, raw, line) {
		return
	}
	n, ok := syntax.ParseNumber(value)
	if !ok {
		n = syntax.ForgivenNumber(value)
		*line = appendNumberTag(nil, string(name)+":", n, c.t.eol)
	}
	*number = n
}

// skippedSegments is EXT-X-SKIP's count.
func skippedSegments(attributes []byte) int64 {
	n, _ := syntax.AttributeOf(attributes, "SKIPPED-SEGMENTS")
	return syntax.ForgivenNumber(n)
}

// once notes the line of a tag that the plan may replace. It answers false for
// a repetition: the first one counts.
func (c *compiler) once(k preamble.Line, raw []byte, line *[]byte) bool {
	if *line != nil {
		return false
	}
	*line = append([]byte(nil), raw...)
	c.pre.Slot(k, len(c.t.body))
	return true
}

// segmentFollows says whether a URI line is in what is left of a playlist.
func segmentFollows(rest []byte) bool {
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return true
		}
	}
	return false
}

// serverControl is an EXT-X-SERVER-CONTROL tag without what promises blocking
// reloads, parts or delta updates; nil if nothing else is in it.
func (c *compiler) serverControl(list []byte) []byte {
	out := []byte("#EXT-X-SERVER-CONTROL:")
	empty := len(out)
	as := syntax.ReadAttributes(list)
	for a, ok := as.Next(); ok; a, ok = as.Next() {
		switch string(a.Name) {
		case "CAN-BLOCK-RELOAD", "PART-HOLD-BACK", "CAN-SKIP-UNTIL", "CAN-SKIP-DATERANGES":
			continue
		}
		if len(out) > empty {
			out = append(out, ',')
		}
		out = append(append(out, a.Name...), '=')
		if a.Quoted {
			a.From, a.To = a.From-1, min(a.To+1, len(list))
		}
		out = append(out, list[a.From:a.To]...)
	}
	if len(out) == empty {
		return nil
	}
	return append(out, c.t.eol...)
}

// rewrite is a line with the URIs of the named attributes made absolute;
// content says whether they are URIs of media, to which prefix and query apply.
// The result is good until the next call.
func (c *compiler) rewrite(raw []byte, content bool, names ...string) []byte {
	c.scratch2 = c.r.Rewrite(c.scratch2[:0], raw, content, names...)
	return c.scratch2
}

func appendNumberTag(dst []byte, tag string, n int64, eol string) []byte {
	dst = append(dst, tag...)
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, eol...)
}

// startOffset is how far from the end EXT-X-START's attributes put the start
// (RFC 8216bis §4.4.2.2), 0 where they count from the beginning.
func startOffset(attributes []byte) int64 {
	v, ok := syntax.AttributeOf(attributes, "TIME-OFFSET")
	if !ok || len(v) < 2 || v[0] != '-' {
		return 0
	}
	us, ok := syntax.ForgivenSeconds(v[1:])
	if !ok {
		return 0
	}
	return us
}
