package imported

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"stitcher/internal/manifest/hls/multivariant"
	"stitcher/internal/transcodecache/profile"
)

// ladder is what a streaming creative's multivariant playlist offers.
type ladder struct {
	renditions []multivariant.Rendition
	// group is the audio group of the variant that was chosen for the reference.
	group string
}

// candidates are the creative's renditions that may stand for one of the
// content's by what the multivariant playlist says, the best first. None asks
// more of a player than the content does: another codec, more pixels, more
// frames. What isn't said is let pass here and seen by verify.
func (l *ladder) candidates(s *profile.Spec) []*multivariant.Rendition {
	var out []*multivariant.Rendition
	for i := range l.renditions {
		r := &l.renditions[i]
		if s.Kind == profile.VideoKind && l.offersVideo(r, s) || s.Kind == profile.AudioKind && l.offersAudio(r, s) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b *multivariant.Rendition) int {
		if s.Kind == profile.AudioKind {
			return cmp.Or(better(a.Group == l.group, b.Group == l.group), better(a.Default, b.Default))
		}
		return compareVideo(s, a, b)
	})
	return out
}

func (l *ladder) offersVideo(r *multivariant.Rendition, s *profile.Spec) bool {
	if !r.Variant || r.Kind != multivariant.Video || r.Width > s.Video.Width || r.Height > s.Video.Height ||
		r.FrameRate > framesPerSecond(s)*1.01 { // 30 is as good as 29.97
		return false
	}
	said := claim(r.Codecs)
	switch {
	case l.speaksApart(r):
		if s.Muxed() {
			return false
		}
	case said.Video != nil && (said.Audio != nil) != s.Muxed():
		return false
	}
	if r.Codecs == "" {
		return true
	}
	return said.Video != nil && said.Video.Codec == s.Video.Codec && said.Video.PixFmt == s.Video.PixFmt &&
		(!s.Muxed() || said.Audio.Codec == s.Audio.Codec)
}

// speaksApart is whether a variant's sound is in playlists of its own.
func (l *ladder) speaksApart(r *multivariant.Rendition) bool {
	return r.AudioGroup != "" && slices.ContainsFunc(l.renditions, func(other multivariant.Rendition) bool {
		return other.Kind == multivariant.Audio && other.Group == r.AudioGroup
	})
}

func (l *ladder) offersAudio(r *multivariant.Rendition, s *profile.Spec) bool {
	if r.Kind != multivariant.Audio {
		return false
	}
	// CHANNELS may go on after a slash (RFC 8216bis §4.4.6.1).
	count, _, _ := strings.Cut(r.Channels, "/")
	if n, err := strconv.Atoi(count); err == nil && n != s.Audio.Channels {
		return false
	}
	list := r.Codecs
	for i := range l.renditions { // a group's codec is said by its variants
		if v := &l.renditions[i]; list == "" && r.Group != "" && v.AudioGroup == r.Group {
			list = v.Codecs
		}
	}
	said := claim(list)
	return list == "" || said.Audio != nil && said.Audio.Codec == s.Audio.Codec
}

// compareVideo orders candidates: the nearest size, the nearest frame rate,
// what the content's CODECS cover (law 12 of the HLS output), and the highest
// bit rate that is no higher than the content's.
func compareVideo(s *profile.Spec, a, b *multivariant.Rendition) int {
	off := func(r *multivariant.Rendition) float64 { return math.Abs(r.FrameRate - framesPerSecond(s)) }
	over := func(r *multivariant.Rendition) int64 { return max(0, r.Bandwidth-bandwidthOf(s)) }
	return cmp.Or(
		-cmp.Compare(a.Width*a.Height, b.Width*b.Height),
		cmp.Compare(off(a), off(b)),
		better(covers(s.Video, claim(a.Codecs).Video), covers(s.Video, claim(b.Codecs).Video)),
		cmp.Compare(over(a), over(b)),
		-cmp.Compare(a.Bandwidth, b.Bandwidth),
	)
}

// better puts what is so before what isn't.
func better(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// covers is whether a decoder of the content's profile and level plays v too.
func covers(content, v *profile.Video) bool {
	order := []string{"baseline", "main", "high", "high10", "high422", "main10"}
	return v != nil && (content.Level == 0 || v.Level <= content.Level) &&
		slices.Index(order, v.Profile) <= slices.Index(order, content.Profile)
}

// bandwidthOf is about the BANDWIDTH that a rendition was derived from.
func bandwidthOf(s *profile.Spec) int64 {
	bits := int64(float64(s.Video.Bitrate) / 0.85)
	if s.Audio != nil {
		bits += int64(s.Audio.Bitrate)
	}
	return bits
}

func framesPerSecond(s *profile.Spec) float64 {
	return float64(s.Video.Rate.Num) / float64(s.Video.Rate.Den)
}

// claim is what CODECS says, item by item: one that no ad could be made for
// says nothing of the others.
func claim(attribute string) profile.Codecs {
	var all profile.Codecs
	for item := range strings.SplitSeq(attribute, ",") {
		c, err := profile.ParseCodecs(item)
		if err != nil {
			continue
		}
		all.Video, all.Audio = cmp.Or(all.Video, c.Video), cmp.Or(all.Audio, c.Audio)
	}
	return all
}

// describeSpec says what a rendition is like, for people.
func describeSpec(s *profile.Spec) string {
	text := string(s.Container)
	if v := s.Video; v != nil {
		text += fmt.Sprintf(" %s %dx%d at %.4g/s", v.Codec, v.Width, v.Height, framesPerSecond(s))
	}
	if a := s.Audio; a != nil {
		text += fmt.Sprintf(" %s in %d channels", a.Codec, a.Channels)
	}
	return text
}
