package lint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"sync"

	"stitcher/internal/lint/findings"
	"stitcher/internal/manifest/hls/check/listing"
)

// ErrNotPlaylist is returned for what is no playlist and no MPD.
var ErrNotPlaylist = errors.New("this is neither an MPD nor a multivariant or media playlist")

// maxRenditions is how many playlists are polled at once at most.
const maxRenditions = 64

// Run plays a stream, prints each violation to w as it is met and a summary at
// the end. The error says why there was nothing to play; a broken rule is no
// error.
func Run(ctx context.Context, o Options, w io.Writer) (findings.Report, error) {
	o = o.withDefaults()
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return findings.Report{}, fmt.Errorf("%q is not an http or https URL", o.URL)
	}
	first, err := o.get(ctx, o.URL)
	if err != nil {
		return findings.Report{}, fmt.Errorf("fetch %s: %s", o.URL, shortError(err))
	}
	rec := findings.NewRecorder(w)
	if isMPD(first) {
		return o.runMPD(ctx, first, rec)
	}
	renditions, err := o.renditions(first, rec)
	if err != nil {
		return findings.Report{}, err
	}
	for i, r := range renditions {
		fmt.Fprintf(w, "rendition %d: %s  %s\n", i, r.name, r.address)
	}
	rec.Count(func(p *findings.Report) { p.Renditions = len(renditions) })

	probing, stop := context.WithTimeout(ctx, o.For+drain)
	defer stop()
	prober := newProber(probing, &o, rec)
	playing, cancel := context.WithTimeout(ctx, o.For)
	defer cancel()
	comparer := newComparer(rec, len(renditions))
	var wg sync.WaitGroup
	for _, r := range renditions {
		r.prober, r.comparer = prober, comparer
		wg.Go(func() { r.play(playing, len(renditions)) })
	}
	wg.Wait()
	prober.finish()
	return rec.Finish(), nil
}

// renditions are the media playlists to poll: those of a multivariant playlist,
// or the one given.
func (o *Options) renditions(first *answer, rec *findings.Recorder) ([]*rendition, error) {
	switch {
	case listing.IsPresentation(first.body):
	case bytes.Contains(first.body, []byte("#EXTINF")), bytes.Contains(first.body, []byte("#EXT-X-TARGETDURATION")):
		return []*rendition{{name: "media", address: o.URL, options: o, recorder: rec}}, nil
	default:
		return nil, ErrNotPlaylist
	}
	p, found := listing.ReadPresentation(first.body, first.url)
	rec.Add("multivariant", fromHLS(nil, found...)...)
	rec.Add("multivariant", first.delivery(false, 0)...)
	var all []*rendition
	addresses, names := map[string]bool{}, map[string]int{}
	add := func(name, uri string, line int) {
		u, err := first.url.Parse(uri)
		if err != nil {
			rec.Add("multivariant", findings.Finding{
				Rule: RulePlaylistUnfetchable, Section: sectionServe, Line: line,
				Detail: fmt.Sprintf("%q is not a URI", uri),
			})
			return
		}
		if addresses[u.String()] || len(all) == maxRenditions {
			return
		}
		addresses[u.String()] = true
		if names[name]++; names[name] > 1 {
			name = fmt.Sprintf("%s/%d", name, names[name])
		}
		all = append(all, &rendition{
			index: len(all), name: name, address: u.String(), options: o, recorder: rec, presentation: p,
		})
	}
	for _, v := range p.Variants {
		add(variantName(v), v.URI, v.Line)
	}
	for _, m := range p.Media {
		if m.URI != "" {
			add(mediaName(m), m.URI, m.Line)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no rendition to play: %w", ErrNotPlaylist)
	}
	return all, nil
}
