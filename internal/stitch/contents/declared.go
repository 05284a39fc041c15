package contents

import (
	"strconv"
	"strings"

	"stitcher/internal/manifest/hls/multivariant"
	"stitcher/internal/transcodecache/profile"
)

// declared is what a multivariant playlist says of rendition n.
func declared(m *multivariant.Playlist, n int) profile.Content {
	r := &m.Renditions[n]
	c := profile.Content{
		Bandwidth: int(r.Bandwidth), Codecs: r.Codecs, Group: r.AudioGroup,
		Width: r.Width, Height: r.Height, FrameRate: r.FrameRate,
	}
	if r.Kind == multivariant.Audio && !r.Variant {
		c.Group, c.Codecs = r.Group, m.GroupCodecs(r.Group)
		first, _, _ := strings.Cut(r.Channels, "/")
		c.Channels, _ = strconv.Atoi(first)
	}
	for i := range m.Renditions {
		if a := &m.Renditions[i]; a.Kind == multivariant.Audio && a.Group != "" && (c.Group == "" || a.Group == c.Group) {
			c.Demuxed = true
		}
	}
	return c
}

// textCodecs is what the variants that offer subtitle rendition n say of the
// codecs of all their renditions (RFC 8216bis §4.4.6.2): EXT-X-MEDIA has no
// CODECS of its own.
func textCodecs(m *multivariant.Playlist, n int) string {
	var all []string
	for i := range m.Renditions {
		if v := &m.Renditions[i]; v.Variant && v.SubtitlesGroup != "" && v.SubtitlesGroup == m.Renditions[n].Group {
			all = append(all, v.Codecs)
		}
	}
	return strings.Join(all, ",")
}
