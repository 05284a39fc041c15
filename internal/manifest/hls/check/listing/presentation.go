package listing

import (
	"bytes"
	"net/url"
	"strings"

	"stitcher/internal/manifest/hls/check/rule"
)

// Presentation is a multivariant playlist as a strict client reads it.
type Presentation struct {
	// Variants are the EXT-X-STREAM-INF and EXT-X-I-FRAME-STREAM-INF entries.
	Variants []Variant
	// Media are the EXT-X-MEDIA entries.
	Media []Media
	// Variables are the values that EXT-X-DEFINE gives, for media playlists
	// that import them.
	Variables map[string]string
}

// Variant is a variant stream.
type Variant struct {
	// URI is as written, variables put in.
	URI string
	// Codecs and Resolution are the attributes as written, "" where missing.
	Codecs, Resolution string
	// IFrames is whether it is an EXT-X-I-FRAME-STREAM-INF.
	IFrames bool
	// Line is the line of its tag.
	Line int

	groups map[string]string
}

// Media is an alternative rendition.
type Media struct {
	// URI is as written, variables put in; "" where the rendition is in the
	// variant's own segments.
	URI string
	// Type, Group, Name and Language are the attributes as written.
	Type, Group, Name, Language string
	// Line is the line of its tag.
	Line int
}

// IsPresentation is whether a playlist is a multivariant playlist.
func IsPresentation(src []byte) bool {
	return bytes.Contains(src, []byte("#EXT-X-STREAM-INF")) || bytes.Contains(src, []byte("#EXT-X-I-FRAME-STREAM-INF"))
}

// ReadPresentation reads a multivariant playlist strictly and reports what
// breaks the rules of RFC 8216bis §4.4.6. address is where it was fetched, for
// variables that name a query parameter. The Presentation is never nil.
func ReadPresentation(src []byte, address *url.URL) (*Presentation, []rule.Violation) {
	p := presentationReader{out: &Presentation{Variables: map[string]string{}}}
	p.text = reader{out: &Listing{Version: 1}, defined: p.out.Variables, address: address}
	p.text.lines(src, p.tag, p.uri)
	if p.variant != nil {
		p.text.found.Add(rule.VariantURIMissing, -1, p.text.line, "the last EXT-X-STREAM-INF has no URI")
	}
	if len(p.out.Variants) == 0 {
		p.text.found.Add(rule.VariantURIMissing, -1, 0, "no variant stream is listed")
	}
	p.groups()
	return p.out, p.text.found
}

type presentationReader struct {
	out  *Presentation
	text reader
	// variant waits for its URI.
	variant *Variant
}

func (p *presentationReader) tag(name, value string) {
	r := &p.text
	switch name {
	case "#EXT-X-STREAM-INF":
		if p.variant != nil {
			r.found.Add(rule.VariantURIMissing, -1, r.line, "EXT-X-STREAM-INF follows EXT-X-STREAM-INF without a URI between")
		}
		v := p.readVariant(r.attributes(value, "BANDWIDTH"))
		p.variant = &v
	case "#EXT-X-I-FRAME-STREAM-INF":
		as := r.attributes(value, "BANDWIDTH", "URI")
		v := p.readVariant(as)
		v.IFrames = true
		if v.URI, _ = as.get("URI"); v.URI != "" {
			p.out.Variants = append(p.out.Variants, v)
		}
	case "#EXT-X-MEDIA":
		as := r.attributes(value, "TYPE", "GROUP-ID", "NAME")
		m := Media{Line: r.line}
		m.URI, _ = as.get("URI")
		m.Type, _ = as.get("TYPE")
		m.Group, _ = as.get("GROUP-ID")
		m.Name, _ = as.get("NAME")
		m.Language, _ = as.get("LANGUAGE")
		if m.Type == "SUBTITLES" && m.URI == "" {
			r.found.Add(rule.AttributeMissing, -1, r.line, "the attribute URI is missing")
		}
		p.out.Media = append(p.out.Media, m)
	case "#EXT-X-DEFINE":
		r.define(r.attributes(value))
	case "#EXTINF", "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE",
		"#EXT-X-DISCONTINUITY", "#EXT-X-ENDLIST", "#EXT-X-KEY", "#EXT-X-MAP", "#EXT-X-BYTERANGE":
		r.found.Add(rule.MixedPlaylist, -1, r.line, "%s belongs to a media playlist", name[1:])
	}
}

func (p *presentationReader) readVariant(as attributes) Variant {
	v := Variant{Line: p.text.line, groups: map[string]string{}}
	v.Codecs, _ = as.get("CODECS")
	v.Resolution, _ = as.get("RESOLUTION")
	if v.Codecs == "" {
		p.text.found.Add(rule.CodecsMissing, -1, v.Line, "a variant stream has no CODECS")
	}
	if bandwidth, ok := as.get("BANDWIDTH"); ok {
		if n, ok := parseNumber(bandwidth); !ok || n == 0 {
			p.text.found.Add(rule.AttributeMalformed, -1, v.Line, "BANDWIDTH is a number of bits a second, not %q", bandwidth)
		}
	}
	for _, kind := range [...]string{"AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"} {
		if group, ok := as.get(kind); ok && (kind != "CLOSED-CAPTIONS" || group != "NONE") {
			v.groups[kind] = group
		}
	}
	return v
}

func (p *presentationReader) uri(text string) {
	r := &p.text
	if p.variant == nil {
		r.found.Add(rule.VariantURIMissing, -1, r.line, "no EXT-X-STREAM-INF before %q", text)
		return
	}
	if strings.TrimSpace(text) == "" {
		r.found.Add(rule.URIEmpty, -1, r.line, "a URI line holds only spaces")
		return
	}
	p.variant.URI = r.substitute(text)
	p.out.Variants = append(p.out.Variants, *p.variant)
	p.variant = nil
}

// groups holds every group that a variant names to exist (§4.4.6.2).
func (p *presentationReader) groups() {
	known := map[[2]string]bool{}
	for _, m := range p.out.Media {
		known[[2]string{m.Type, m.Group}] = true
	}
	for _, v := range p.out.Variants {
		for _, kind := range [...]string{"AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"} {
			if group, ok := v.groups[kind]; ok && !known[[2]string{kind, group}] {
				p.text.found.Add(rule.GroupMissing, -1, v.Line, "no EXT-X-MEDIA has TYPE=%s and GROUP-ID=%q", kind, group)
			}
		}
	}
}
