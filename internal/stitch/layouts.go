package stitch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash"
	"stitcher/internal/manifest/hls"
	"stitcher/internal/manifest/hls/multivariant"
	"stitcher/internal/origin"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/playlists"
	"stitcher/internal/store"
	"stitcher/internal/transcodecache/profile"
)

// layout is an origin.Layout with the multivariant playlist that it came from.
type layout struct {
	origin.Layout
	multivariant *ladder
	// mpd is set instead where the session is played in DASH.
	mpd     *mpdLayout
	omitted []OmittedRendition
	tracked tracked
	// template is the URL that was asked for, without the player's query; base is what
	// the URLs of the playlist are relative to. media is set where the asset is a media
	// playlist by itself.
	template string
	base     *url.URL
	media    bool
}

// ladder is the multivariant playlist that a session starts from.
type ladder struct{ *multivariant.Playlist }

// layouts keeps what sessions' n mean. A layout is stored when the first
// session has it and never changes.
type layouts struct {
	facts     store.Facts
	manifests *manifests.Manifests
	flight    flight[*layout]
	// views are the layouts with the URLs that players' queries make.
	views flight[*layout]
	// unfit are the renditions of a layout whose samples showed that no ads can be
	// made in them, if that is known.
	unfit func(layout string) []int
}

const (
	maxLayouts = 20_000
	// layoutTTL is longer than a session can idle.
	layoutTTL = 48 * time.Hour
)

func layoutOwner(id string) string { return "layout/" + id }

// source is a layout as it is stored: the playlist itself, since everything
// else follows from it.
type source struct {
	// Template is the URL that was asked for, without the player's query: all players
	// that the origin gives the same answer have the same layout.
	Template string `json:"template"`
	Base     string `json:"base"`
	Body     []byte `json:"body"`
	// Tracks are the Representations of an MPD; there are none in HLS.
	Tracks []dash.Track `json:"tracks,omitempty"`
	// Media is set where the asset is a media playlist by itself.
	Media bool `json:"media,omitempty"`
	// Omitted are the renditions that were left out of Body because ads can't be
	// made in them. It is decided once, so that what a session's playlists are
	// never changes.
	Omitted []OmittedRendition `json:"omitted,omitempty"`
}

// OmittedRendition is a rendition of the origin's that viewers are not offered.
type OmittedRendition struct {
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

// discover reads the session's multivariant playlist and gives its layout,
// stored.
func (m *layouts) discover(ctx context.Context, p *playback.Session) (*layout, error) {
	if p.Protocol == playback.DASH {
		return m.discoverMPD(ctx, p)
	}
	got, err := playlists.Text(ctx, m.manifests, p.Template)
	if err != nil {
		return nil, err
	}
	src := source{Template: assetURL(p), Base: got.Base.String(), Body: got.Body}
	if src.Media = !multivariant.Is(got.Body); src.Media {
		// Its segments come and go; the layout does not.
		t, err := hls.Compile(got.Body, hls.Options{Base: got.Base})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", manifests.ErrUnusable, err)
		}
		src.Body = nil
		if audioOnly(t) {
			src.Body = []byte(audioBody)
		}
	} else {
		src.omit(got.Base, nil)
	}
	l, err := m.keep(ctx, &src, p)
	if err != nil || src.Media {
		return l, err
	}
	// A rendition whose CODECS does not tell shows by its sample that it is unfit,
	// and is left out for the sessions that come after.
	unfit := map[string]bool{}
	for _, n := range m.unfit(l.ID) {
		unfit[l.multivariant.Renditions[n].URI] = true
	}
	if len(unfit) == 0 || !src.omit(got.Base, unfit) {
		return l, nil
	}
	return m.keep(ctx, &src, p)
}

// omit leaves the renditions out of the playlist in which ads can't be made: those
// whose CODECS says so, and those of some URIs. Viewers of the others keep their ads
// (RFC 8216bis wants the same breaks in all renditions of a presentation, so one
// that has none would take them from all). It says whether anything was left out.
func (s *source) omit(base *url.URL, unfit map[string]bool) bool {
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

// keep gives a layout as a session has it, stored unless the session is not.
func (m *layouts) keep(ctx context.Context, src *source, p *playback.Session) (*layout, error) {
	b, err := json.Marshal(src)
	if err != nil {
		return nil, fmt.Errorf("encode layout: %w", err)
	}
	id := digest(b)
	key := id
	if p.Unstored {
		key = "unstored/" + id // a session that is stored must not take it for stored
	}
	l, err := m.flight.do(key, maxLayouts, func() (*layout, error) {
		l, err := src.layout(id)
		if err != nil || p.Unstored {
			return l, err
		}
		if _, err := m.facts.Create(ctx, layoutOwner(id), layoutTTL, avail.Fact{Key: "source", Value: b}); err != nil {
			return nil, fmt.Errorf("%w: write layout: %w", errStore, err)
		}
		return l, nil
	})
	if err != nil {
		return nil, err
	}
	return m.view(l, p)
}

// get is the layout of a stored session.
func (m *layouts) get(ctx context.Context, p *playback.Session) (*layout, error) {
	if p.Unstored {
		l, err := m.discover(ctx, p)
		if err == nil && l.ID != p.Layout {
			return nil, notFound("session %s does not exist", p.ID) // the origin has another by now
		}
		return l, err
	}
	l, err := m.flight.do(p.Layout, maxLayouts, func() (*layout, error) {
		stored, err := m.facts.Get(ctx, layoutOwner(p.Layout), "source")
		if err != nil {
			return nil, fmt.Errorf("%w: read layout: %w", errStore, err)
		}
		if stored[0].Value == nil {
			return nil, notFound("session %s does not exist", p.ID)
		}
		var src source
		if err := json.Unmarshal(stored[0].Value, &src); err != nil {
			return nil, fmt.Errorf("%w: layout %s: %w", errStore, p.Layout, err)
		}
		return src.layout(p.Layout)
	})
	if err != nil {
		return nil, err
	}
	return m.view(l, p)
}

// assetURL is the URL of a session's manifest at the origin without the player's query,
// which stands at its end (templateURL).
func assetURL(p *playback.Session) string {
	if p.OriginQuery == "" {
		return p.Template
	}
	return strings.TrimRight(strings.TrimSuffix(p.Template, p.OriginQuery), "?&")
}

// view is a layout as a session has it: the player's query goes to the origin with every
// request for a manifest (reference §2.2), and tells streams apart, because the origin
// may cut them otherwise.
func (m *layouts) view(l *layout, p *playback.Session) (*layout, error) {
	if p.Template == l.template {
		return l, nil
	}
	return m.views.do(l.ID+"\x00"+p.Template, maxLayouts, func() (*layout, error) {
		v := &layout{Layout: l.Layout, multivariant: l.multivariant, omitted: l.omitted, template: p.Template, base: l.base, media: l.media}
		v.Renditions = slices.Clone(l.Renditions)
		if l.mpd != nil {
			of := *l.mpd
			of.template = p.Template
			v.mpd = &of
		}
		for i := range v.Renditions {
			r := &v.Renditions[i]
			if l.media || l.mpd != nil {
				r.URL = p.Template
			} else {
				r.URL = forward(l.multivariant.Renditions[i].URI, l.base, p.OriginQuery)
			}
		}
		v.identify()
		return v, nil
	})
}

// identify names the stream.
func (l *layout) identify() {
	switch {
	case l.mpd != nil:
		l.Stream = digest([]byte("dash\x00" + l.template))
	case l.media:
		l.Renditions[0].Name = digest([]byte(l.template))[:16]
		l.Stream = digest([]byte(l.template + "\x00" + l.template))
	default:
		l.Stream = digest([]byte(l.template + "\x00" + l.multivariant.Renditions[l.Reference].URI))
	}
}

// layout works out what the playlist's renditions are.
func (s *source) layout(id string) (*layout, error) {
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
	l := &layout{multivariant: &ladder{m}, omitted: s.Omitted, template: s.Template, base: base, media: s.Media}
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

// forward adds a query to a media playlist's URL, but for what it has already.
// It stays with the origin: other hosts have no claim to a viewer's tokens.
func forward(address string, base *url.URL, query string) string {
	u, err := url.Parse(address)
	if err != nil || query == "" || !strings.EqualFold(u.Host, base.Host) {
		return address
	}
	has := u.Query()
	for pair := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(key); err == nil && has.Has(name) || pair == "" {
			continue
		}
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += pair
	}
	return u.String()
}

// content is what the playlist says of rendition n.
func (m *ladder) content(n int) profile.Content {
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

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:16])
}
