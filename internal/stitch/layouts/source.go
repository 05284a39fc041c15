package layouts

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/track"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/manifest/hls/multivariant"
	"stitcher/internal/origin"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/transcodecache/profile"
)

// Source is a layout as it is stored: the playlist itself, since everything
// else follows from it.
type Source struct {
	// Template is the URL that was asked for, without the player's query: all players
	// that the origin gives the same answer have the same layout.
	Template string `json:"template"`
	Base     string `json:"base"`
	Body     []byte `json:"body"`
	// Tracks are the Representations of an MPD; there are none in HLS.
	Tracks []track.Track `json:"tracks,omitempty"`
	// Media is set where the asset is a media playlist by itself.
	Media bool `json:"media,omitempty"`
	// Omitted are the renditions that were left out of Body because ads can't be
	// made in them. It is decided once, so that what a session's playlists are
	// never changes.
	Omitted []OmittedRendition `json:"omitted,omitempty"`
}

// OmittedRendition is a rendition of the origin's that viewers are not offered.
type OmittedRendition struct {
	// URI is that of the rendition's playlist, or the id of a Representation.
	URI    string       `json:"uri,omitempty"`
	Group  string       `json:"group,omitempty"`
	Codecs string       `json:"codecs,omitempty"`
	Reason avail.Reason `json:"reason"`
}

// audioBody stands in a stored layout for a media playlist of sound alone.
const audioBody = "audio"

// audioOnly says whether a media playlist's segments are packed audio (RFC 8216
// §3.4), as far as their names tell.
func audioOnly(t *hls.Template) bool {
	if len(t.Segments) == 0 {
		return false
	}
	uri, _, _ := strings.Cut(t.URI(0), "?")
	return strings.HasSuffix(uri, ".aac") || strings.HasSuffix(uri, ".mp3") || strings.HasSuffix(uri, ".m4a")
}

// omit leaves the renditions out of the playlist in which ads can't be made: those
// whose CODECS says so, and those of some URIs. Viewers of the others keep their ads
// (RFC 8216bis wants the same breaks in all renditions of a presentation, so one
// that has none would take them from all). It says whether anything was left out.
func (s *Source) omit(base *url.URL, unfit map[string]bool) bool {
	body, gone := multivariant.Omit(s.Body, base, func(r *multivariant.Rendition) bool {
		return unfit[r.URI] || r.Variant && !profile.Encodable(r.Codecs)
	})
	s.Body = body
	for i := range gone {
		s.Omitted = append(s.Omitted, OmittedRendition{
			URI: gone[i].URI, Group: gone[i].Group, Codecs: gone[i].Codecs, Reason: avail.ContentUnsupported,
		})
	}
	return len(gone) > 0
}

// Layout works out what the playlist's renditions are.
func (s *Source) Layout(id string) (*Layout, error) {
	if len(s.Tracks) > 0 {
		return s.mpdLayout(id)
	}
	base, err := url.Parse(s.Base)
	if err != nil {
		return nil, fmt.Errorf("base of layout %s: %w", id, err)
	}
	var m *multivariant.Playlist
	if s.Media {
		m, err = multivariant.Single(s.Template, string(s.Body) == audioBody)
	} else {
		m, err = multivariant.Compile(s.Body, base)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", manifests.ErrUnusable, err)
	}
	l := &Layout{Multivariant: m, Omitted: s.Omitted, template: s.Template, base: base, media: s.Media}
	l.ID, l.Reference = id, m.Reference()
	if len(m.Renditions) == 0 || l.Reference < 0 {
		return nil, fmt.Errorf("%w: the multivariant playlist has no variants", manifests.ErrUnusable)
	}
	names := map[origin.Kind]int{}
	for i := range m.Renditions {
		r := &m.Renditions[i]
		out := origin.Rendition{URL: r.URI, Name: digest([]byte(r.URI))[:16]}
		var letter string
		switch r.Kind {
		case multivariant.Video:
			out.Kind, letter = origin.Video, "v"
		case multivariant.Audio:
			out.Kind, letter = origin.Audio, "a"
		default:
			out.Kind, letter = origin.Subtitle, "t"
		}
		out.Track = letter + strconv.Itoa(names[out.Kind])
		names[out.Kind]++
		l.Renditions = append(l.Renditions, out)
	}
	l.identify()
	return l, nil
}
