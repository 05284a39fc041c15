package multivariant

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/grafov/m3u8"

	"stitcher/internal/manifest/hls/syntax"
)

// maxTyped is the size up to which a multivariant playlist is given to the
// playlist library, which takes 0.4 s for a hostile megabyte.
const maxTyped = 256 << 10

// typedVariant is a variant as the playlist library reads it.
type typedVariant struct {
	uri string
	p   m3u8.VariantParams
}

// readLadder reads the variants with the playlist library; what it loses, and
// everything where it gives up, comes from Rendition.readStream. Blank lines
// are taken out first (it panics on some, grafov/m3u8#166), and its package
// level DecodeFrom is avoided: it takes most of a second for 100 KB.
func readLadder(src []byte) (ladder []typedVariant) {
	defer func() {
		if recover() != nil {
			ladder = nil
		}
	}()
	if len(src) > maxTyped {
		return nil
	}
	var b bytes.Buffer
	for line := range bytes.Lines(src) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			b.Write(line)
			b.WriteByte('\n')
		}
	}
	p := m3u8.NewMasterPlaylist()
	if err := p.DecodeFrom(&b, false); err != nil {
		return nil
	}
	for _, v := range p.Variants {
		if v != nil && !v.Iframe {
			ladder = append(ladder, typedVariant{v.URI, v.VariantParams})
		}
	}
	return ladder
}

// fill takes over what the library read.
func (v *typedVariant) fill(r *Rendition) {
	r.Bandwidth = int64(v.p.Bandwidth)
	r.AverageBandwidth = int64(v.p.AverageBandwidth)
	r.Codecs = v.p.Codecs
	r.FrameRate = v.p.FrameRate
	r.Width, r.Height = parseResolution(v.p.Resolution)
	r.AudioGroup, r.SubtitlesGroup, r.VideoGroup = v.p.Audio, v.p.Subtitles, v.p.Video
}

// readStream completes a variant from its attribute list: what the library
// lost, and bandwidths that do not fit its 32 bits.
func (r *Rendition) readStream(list []byte) {
	as := syntax.ReadAttributes(list)
	for a, ok := as.Next(); ok; a, ok = as.Next() {
		switch value := string(a.Value); string(a.Name) {
		case "BANDWIDTH":
			if n := syntax.ForgivenNumber(a.Value); n > 0 {
				r.Bandwidth = n
			}
		case "AVERAGE-BANDWIDTH":
			if n := syntax.ForgivenNumber(a.Value); n > 0 {
				r.AverageBandwidth = n
			}
		case "CODECS":
			fillEmpty(&r.Codecs, value)
		case "RESOLUTION":
			if r.Width == 0 {
				r.Width, r.Height = parseResolution(value)
			}
		case "FRAME-RATE":
			if f, err := strconv.ParseFloat(value, 64); err == nil && f > 0 && f <= 1000 {
				r.FrameRate = f
			}
		case "AUDIO":
			fillEmpty(&r.AudioGroup, value)
		case "SUBTITLES":
			fillEmpty(&r.SubtitlesGroup, value)
		case "VIDEO":
			fillEmpty(&r.VideoGroup, value)
		}
	}
	if r.FrameRate < 0 || math.IsNaN(r.FrameRate) || r.FrameRate > 1000 {
		r.FrameRate = 0
	}
	r.Kind = Video
	if r.Width == 0 && r.Codecs != "" && !hasVideoCodec(r.Codecs) {
		r.Kind = Audio
	}
}

// readMedia fills a rendition from EXT-X-MEDIA and gives its URI attribute.
func (r *Rendition) readMedia(list []byte) (uri syntax.Attribute) {
	as := syntax.ReadAttributes(list)
	for a, ok := as.Next(); ok; a, ok = as.Next() {
		switch value := string(a.Value); string(a.Name) {
		case "TYPE":
			switch value {
			case "VIDEO":
				r.Kind = Video
			case "AUDIO":
				r.Kind = Audio
			case "SUBTITLES":
				r.Kind = Subtitles
			}
		case "URI":
			uri = a
		case "GROUP-ID":
			r.Group = value
		case "NAME":
			r.Name = value
		case "LANGUAGE":
			r.Language = value
		case "CHANNELS":
			r.Channels = value
		case "DEFAULT":
			r.Default = value == "YES"
		case "FORCED":
			r.Forced = value == "YES"
		}
	}
	return uri
}

// join adds what a second tag says of a rendition: an audio playlist may be a
// variant of its own too.
func (r *Rendition) join(other *Rendition) {
	r.Variant = r.Variant || other.Variant
	if r.Bandwidth == 0 {
		r.Bandwidth, r.AverageBandwidth = other.Bandwidth, other.AverageBandwidth
	}
	if r.Width == 0 {
		r.Width, r.Height = other.Width, other.Height
	}
	if r.FrameRate == 0 {
		r.FrameRate = other.FrameRate
	}
	fillEmpty(&r.Codecs, other.Codecs)
	fillEmpty(&r.Group, other.Group)
	fillEmpty(&r.Name, other.Name)
	fillEmpty(&r.Language, other.Language)
	fillEmpty(&r.AudioGroup, other.AudioGroup)
	fillEmpty(&r.SubtitlesGroup, other.SubtitlesGroup)
	fillEmpty(&r.VideoGroup, other.VideoGroup)
}

func fillEmpty(dst *string, value string) {
	if *dst == "" {
		*dst = value
	}
}

// parseResolution reads "960x540", and what m3u8-parser takes for it: "960 x 540p".
func parseResolution(s string) (width, height int) {
	w, h, _ := strings.Cut(strings.ToLower(s), "x")
	n, ok1 := syntax.ParseNumber(syntax.Trim([]byte(w)))
	m, ok2 := syntax.ParseNumber(syntax.Trim([]byte(strings.TrimRight(h, "pi "))))
	if !ok1 || !ok2 || n > 1<<16 || m > 1<<16 {
		return 0, 0
	}
	return int(n), int(m)
}

// videoCodecs are the sample entries (RFC 6381) of video formats.
var videoCodecs = [...]string{
	"avc1", "avc3", "hvc1", "hev1", "dvh1", "dvhe", "dvav", "dva1", "dav1",
	"av01", "vp08", "vp09", "vp8", "vp9", "mp4v", "vvc1", "vvi1", "mjpg", "jpeg",
}

// hasVideoCodec says whether a CODECS list names a video format.
func hasVideoCodec(codecs string) bool {
	for codec := range strings.SplitSeq(codecs, ",") {
		codec = strings.ToLower(strings.TrimSpace(codec))
		for _, v := range videoCodecs {
			if strings.HasPrefix(codec, v) {
				return true
			}
		}
	}
	return false
}
