package twins

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"github.com/zencoder/go-dash/v3/mpd"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/track"
)

// Placeholders for what is not known yet. No URL of ours and no number has them.
const (
	mediaHere = "{media}"
	lineHere  = 1<<53 - 1
)

// rep writes the twin of a Representation; go-dash models what is ours in it.
func (b *builder) rep(x *twin) {
	a, track := x.rendition, &x.Track
	out := mpd.Representation{ID: &x.Track.ID}
	bandwidth := int64(a.Bandwidth)
	if bandwidth == 0 || b.shared(x) {
		bandwidth = int64(track.Bandwidth)
	}
	out.Bandwidth = &bandwidth
	codecs := a.Codecs
	if codecs == "" {
		codecs = track.Codecs
	}
	text := func(s string) *string {
		if s == "" || s == "0" {
			return nil
		}
		return &s
	}
	if codecs != "" {
		out.Codecs = &codecs
	}
	if x.Node.Find("mimeType") != nil {
		out.MimeType = text(track.MimeType)
	}
	number := func(n int) *int64 {
		if n == 0 {
			return nil
		}
		v := int64(n)
		return &v
	}
	out.Width, out.Height = number(a.Width), number(a.Height)
	out.FrameRate = text(rate(a.FrameRate))
	out.AudioSamplingRate = number(a.SampleRate)
	out.SegmentTemplate = b.segments(a)
	body, err := xml.Marshal(&out)
	if err != nil {
		return // all of its values can be written
	}
	b.place(x, body)
}

// shared is whether another Representation of the asset's set has the rendition, so
// that bandwidths have to tell them apart (T4).
func (b *builder) shared(x *twin) bool {
	n := 0
	for i := range b.p.Sets {
		s := &b.p.Sets[i]
		for k := range s.Reps {
			if name := b.tracks[s.Reps[k].Track.ID]; s.Index == x.Track.Set && (name == x.rendition.Name || b.asset.Rendition(name) == nil) {
				n++
			}
		}
	}
	return n > 1
}

// rate is a frame rate as MPDs have it.
func rate(r avail.Ratio) string {
	switch {
	case r.Num <= 0 || r.Den <= 0:
		return ""
	case r.Den == 1:
		return strconv.FormatInt(r.Num, 10)
	}
	return fmt.Sprintf("%d/%d", r.Num, r.Den)
}

func (b *builder) segments(a *avail.AssetRendition) *mpd.SegmentTemplate {
	scale := timescale(a)
	start := int64(1)
	media := mediaHere + "/" + a.Name + "/$Number$" + extension(a)
	out := &mpd.SegmentTemplate{Timescale: &scale, Media: &media, StartNumber: &start, SegmentTimeline: &mpd.SegmentTimeline{
		Segments: []*mpd.SegmentTimelineSegment{{Duration: lineHere}},
	}}
	if a.Offset > 0 {
		offset := uint64(a.Offset)
		out.PresentationTimeOffset = &offset
	}
	if a.Init != "" {
		init := mediaHere + "/" + a.Name + "/init" + a.Init[max(strings.LastIndexByte(a.Init, '.'), 0):]
		out.Initialization = &init
	}
	return out
}

func extension(a *avail.AssetRendition) string {
	if len(a.Segments) == 0 {
		return ""
	}
	name := a.Segments[0].Name
	return name[max(strings.LastIndexByte(name, '.'), 0):]
}

// timescale is that of the rendition's lengths; microseconds where it has none.
func timescale(a *avail.AssetRendition) int64 {
	if a.Timescale > 0 {
		return a.Timescale
	}
	return 1_000_000
}

// place takes the placeholders out of a Representation.
func (b *builder) place(x *twin, body []byte) {
	line := fmt.Sprintf(`<S d="%d"></S>`, int64(lineHere))
	if p := b.t.Prefix; p != "" {
		body = prefixed(body, p)
		line = string(prefixed([]byte(line), p))
	}
	open := bytes.IndexByte(body, '>') + 1
	b.text.Write(body[:open-1])
	b.declare(x.Node)
	b.text.WriteByte('>')
	b.channels(x)
	b.mirror(x.Node)
	body = body[open:]
	for {
		media, list := bytes.Index(body, []byte(mediaHere)), bytes.Index(body, []byte(line))
		switch {
		case media >= 0 && (list < 0 || media < list):
			b.text.Write(body[:media])
			b.flush()
			b.out.parts[len(b.out.parts)-1].media = true
			body = body[media+len(mediaHere):]
		case list >= 0:
			b.text.Write(body[:list])
			b.flush()
			b.out.parts[len(b.out.parts)-1].line = x.rendition
			body = body[list+len(line):]
		default:
			b.text.Write(body)
			return
		}
	}
}

// channels writes the ad's own channel configuration, or the content's where it is
// not known.
func (b *builder) channels(x *twin) {
	if n := x.rendition.Channels; n > 0 {
		value := n
		if n == 8 {
			value = 12 // ISO/IEC 23091-3: 7.1
		}
		fmt.Fprintf(&b.text, `<%sAudioChannelConfiguration schemeIdUri="%s" value="%d"/>`, b.t.Prefix, track.ChannelScheme, value)
		return
	}
	for _, n := range []*markup.Node{x.Node, b.p.Sets[x.Track.Set].Node} {
		if b.configuration(n) {
			return
		}
	}
}

// configuration copies the channel configuration of the content.
func (b *builder) configuration(n *markup.Node) bool {
	c := n.Child("AudioChannelConfiguration")
	if c != nil {
		b.text.Write(b.t.Written(c.Span))
	}
	return c != nil
}

// prefixed gives the elements of a text a namespace prefix.
func prefixed(text []byte, prefix string) []byte {
	text = bytes.ReplaceAll(text, []byte("</"), []byte("\x00"))
	text = bytes.ReplaceAll(text, []byte("<"), []byte("<"+prefix))
	return bytes.ReplaceAll(text, []byte("\x00"), []byte("</"+prefix))
}
