package layouts

import (
	"context"
	"fmt"
	"strconv"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/presentation"
	"stitcher/internal/origin"
	"stitcher/internal/origin/manifests"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/mpds"
)

// discoverMPD reads the session's MPD and gives its layout, stored.
func (m *Layouts) discoverMPD(ctx context.Context, p *playback.Session) (*Layout, error) {
	t, err := mpds.Template(ctx, m.manifests, p.Template, presentation.Options{}, nil, false)
	if err != nil {
		return nil, err
	}
	_, base := t.Source()
	src := Source{Template: assetURL(p), Tracks: t.Tracks()}
	if base != nil {
		src.Base = base.String()
	}
	for _, o := range t.Omitted() {
		src.Omitted = append(src.Omitted, OmittedRendition{URI: o.ID, Codecs: o.Codecs, Reason: avail.ContentUnsupported})
	}
	return m.keep(ctx, &src, p)
}

// mpdLayout works out what the Representations are.
func (s *Source) mpdLayout(id string) (*Layout, error) {
	l := &Layout{template: s.Template, Omitted: s.Omitted, MPD: &MPD{Template: s.Template, Names: map[string]string{}}}
	l.ID, l.Timed, l.Reference = id, true, -1
	names := map[origin.Kind]int{}
	for i := range s.Tracks {
		t := &s.Tracks[i]
		out := origin.Rendition{URL: s.Template, Name: digest([]byte(t.ID))[:16]}
		var letter string
		switch t.Kind {
		case "video":
			out.Kind, letter = origin.Video, "v"
		case "audio":
			out.Kind, letter = origin.Audio, "a"
		case "text":
			out.Kind, letter = origin.Subtitle, "t"
		default:
			continue // thumbnails and trick modes have no ads
		}
		if _, twice := l.MPD.Names[t.ID]; twice {
			continue
		}
		out.Track = letter + strconv.Itoa(names[out.Kind])
		names[out.Kind]++
		n := len(l.Renditions)
		if l.Reference < 0 && out.Kind != origin.Subtitle || out.Kind == origin.Video && l.Renditions[l.Reference].Kind != origin.Video {
			l.Reference = n
		}
		l.MPD.Names[t.ID] = out.Track
		l.MPD.Tracks = append(l.MPD.Tracks, *t)
		l.Renditions = append(l.Renditions, out)
	}
	if l.Reference < 0 {
		return nil, fmt.Errorf("%w: the MPD has neither picture nor sound", manifests.ErrUnusable)
	}
	l.identify()
	return l, nil
}
