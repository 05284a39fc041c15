package multivariant

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"stitcher/internal/manifest/hls/syntax"
)

// maxRenditions bounds the playlists that a multivariant playlist names.
const maxRenditions = 2000

// Playlist is an origin's multivariant playlist, read once for all its
// viewers. It is immutable.
//
// It is written back as it was, but for the URIs of the renditions, which
// become ours; other URIs, which are made absolute; EXT-X-DEFINE, whose values
// are put in; and EXT-X-I-FRAME-STREAM-INF and EXT-X-IMAGE-STREAM-INF, which are
// left out: ads have no such renditions, and a trick-play playlist without the
// ads would show other pictures than the time line it is laid over. Left out, too,
// are what stands before #EXTM3U, zero bytes, EXT-X-TARGETDURATION, and URIs that no EXT-X-STREAM-INF
// stands before, which m3u8-parser would play without ads.
type Playlist struct {
	// Renditions are in order of first appearance, equal URIs once.
	Renditions []Rendition
	// Variables are the EXT-X-DEFINE values, for IMPORT by media playlists.
	Variables map[string]string

	text []byte
	uris []uriPlace
}

// uriPlace is where a rendition's URI goes in the text.
type uriPlace struct{ at, rendition int }

// Reference is the index of the rendition that sets the stream's time: the
// first variant with video, else the first variant.
func (m *Playlist) Reference() int {
	first := 0
	for i := len(m.Renditions) - 1; i >= 0; i-- {
		if m.Renditions[i].Variant {
			first = i
		}
	}
	for i := range m.Renditions {
		if r := &m.Renditions[i]; r.Variant && r.Kind == Video {
			return i
		}
	}
	return first
}

// Append writes the playlist with the renditions at prefix + n + ".m3u8" +
// suffix.
func (m *Playlist) Append(dst []byte, prefix, suffix string) []byte {
	done := 0
	for _, u := range m.uris {
		dst = append(dst, m.text[done:u.at]...)
		done = u.at
		dst = append(dst, prefix...)
		dst = strconv.AppendInt(dst, int64(u.rendition), 10)
		dst = append(dst, ".m3u8"...)
		dst = append(dst, suffix...)
	}
	return append(dst, m.text[done:]...)
}

// Is says whether a playlist names other playlists, not segments.
// Where it has segments it is a media playlist, as in hls.js. A stray
// EXT-X-TARGETDURATION makes none of it for FFmpeg and m3u8-parser.
func Is(src []byte) bool {
	variants, renditions, target := false, false, false
	for len(src) > 0 {
		var line []byte
		line, src, _ = bytes.Cut(src, []byte("\n"))
		name, _, _ := bytes.Cut(syntax.Trim(line), []byte(":"))
		switch string(name) {
		case "#EXT-X-STREAM-INF", "#EXT-X-I-FRAME-STREAM-INF":
			variants = true
		case "#EXT-X-MEDIA":
			renditions = true
		case "#EXT-X-TARGETDURATION":
			target = true
		case "#EXTINF":
			return false
		}
	}
	return variants || renditions && !target
}

// compiler reads one multivariant playlist.
type compiler struct {
	m     *Playlist
	r     syntax.Resolver
	vars  syntax.Variables
	known map[string]int
	line  int
	// stream is the attribute list of an EXT-X-STREAM-INF whose URI comes.
	stream  []byte
	pending bool
	ladder  []typedVariant
	count   int
}

// Compile reads an origin's multivariant playlist. base is its final URL
// after redirects: relative URIs resolve against it, and EXT-X-DEFINE reads its query.
func Compile(src []byte, base *url.URL) (*Playlist, error) {
	src, line, err := syntax.Plain(src)
	if err != nil {
		return nil, err
	}
	c := &compiler{
		m: &Playlist{}, r: syntax.NewResolver(base, "", "", ""),
		vars:  syntax.NewVariables(base, nil),
		known: make(map[string]int), ladder: readLadder(src), line: line,
	}
	for rest := src; len(rest) > 0; {
		c.line++
		raw := rest
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			raw = rest[:end+1]
		}
		rest = rest[len(raw):]
		if len(raw) > syntax.MaxLine {
			return nil, fmt.Errorf("line %d: longer than %d bytes", c.line, syntax.MaxLine)
		}
		if len(c.m.text) > syntax.MaxBody {
			return nil, fmt.Errorf("line %d: the playlist becomes larger than %d bytes", c.line, syntax.MaxBody)
		}
		if err := c.read(raw); err != nil {
			return nil, fmt.Errorf("line %d: %w", c.line, err)
		}
	}
	if c.count == 0 {
		return nil, errors.New("the multivariant playlist has no EXT-X-STREAM-INF with a URI")
	}
	c.m.Variables = c.vars.Values
	return c.m, nil
}

func (c *compiler) read(raw []byte) error {
	raw = c.vars.Substitute(raw)
	text := bytes.Trim(raw, " \t\r\n")
	if len(text) == 0 || text[0] == '#' && !bytes.HasPrefix(text, []byte("#EXT")) {
		c.copy(raw)
		return nil
	}
	if text[0] != '#' {
		return c.variant(raw, text)
	}
	name, list, _ := bytes.Cut(text, []byte(":"))
	switch string(name) {
	case "#EXT-X-STREAM-INF":
		// Where one before has no URI, FFmpeg and hls.js pass over one of both.
		c.stream, c.pending = append([]byte(nil), list...), true
		c.copy(raw)
	case "#EXT-X-MEDIA":
		return c.media(raw, list)
	case "#EXT-X-I-FRAME-STREAM-INF", "#EXT-X-IMAGE-STREAM-INF":
	case "#EXT-X-SESSION-KEY", "#EXT-X-SESSION-DATA":
		c.m.text = c.r.Rewrite(c.m.text, raw, false, "URI")
	case "#EXT-X-CONTENT-STEERING":
		c.m.text = c.r.Rewrite(c.m.text, raw, false, "SERVER-URI")
	case "#EXT-X-DEFINE":
		if !c.vars.Define(list) {
			c.copy(raw)
		}
	case "#EXT-X-TARGETDURATION":
		// With it hls.js takes the playlist for a media playlist.
	case "#EXTINF":
		return fmt.Errorf("%s in a multivariant playlist", name)
	default:
		c.copy(raw)
	}
	return nil
}

func (c *compiler) copy(raw []byte) { c.m.text = append(c.m.text, raw...) }

// variant reads the URI line of an EXT-X-STREAM-INF.
func (c *compiler) variant(raw, uri []byte) error {
	if !c.pending {
		return nil // hls.js and FFmpeg ignore it, shaka-player refuses the playlist
	}
	c.pending = false
	r := Rendition{Variant: true}
	if c.count < len(c.ladder) && c.ladder[c.count].uri == string(uri) {
		c.ladder[c.count].fill(&r)
	}
	c.count++
	r.readStream(c.stream)
	at := bytes.Index(raw, uri)
	return c.place(r, raw[:at], uri, raw[at+len(uri):])
}

// media reads an EXT-X-MEDIA tag; without URI (closed captions, audio that is
// muxed in) it names no playlist.
func (c *compiler) media(raw, list []byte) error {
	var r Rendition
	uri := r.readMedia(list)
	if uri.Value == nil || r.Kind == 0 || len(uri.Value) == 0 {
		c.m.text = c.r.Rewrite(c.m.text, raw, false, "URI")
		return nil
	}
	colon := bytes.IndexByte(raw, ':') + 1
	before, after := raw[:colon+uri.From], raw[colon+uri.To:]
	if !uri.Quoted {
		before, after = append(bytes.Clone(before), '"'), append([]byte{'"'}, after...)
	}
	return c.place(r, before, uri.Value, after)
}

// place writes a line with the place of its URI, and adds the rendition.
func (c *compiler) place(r Rendition, before, uri, after []byte) error {
	m := c.m
	r.URI = string(c.r.Absolute(nil, uri))
	n, ok := c.known[r.URI]
	switch {
	case !ok && len(m.Renditions) == maxRenditions:
		return fmt.Errorf("more than %d renditions", maxRenditions)
	case !ok:
		n = len(m.Renditions)
		r.Index = n
		c.known[r.URI] = n
		m.Renditions = append(m.Renditions, r)
	default:
		m.Renditions[n].join(&r)
	}
	m.text = append(m.text, before...)
	m.uris = append(m.uris, uriPlace{len(m.text), n})
	m.text = append(m.text, after...)
	return nil
}
