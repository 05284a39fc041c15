package lint

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"stitcher/internal/lint/findings"
	hlscheck "stitcher/internal/manifest/hls/check"
	"stitcher/internal/manifest/hls/check/listing"
	"stitcher/internal/manifest/hls/check/rule"
)

// rendition is one media playlist being played. It belongs to one goroutine.
type rendition struct {
	index        int
	name         string
	address      string
	options      *Options
	recorder     *findings.Recorder
	prober       *prober
	comparer     *comparer
	presentation *listing.Presentation

	last *listing.Listing
	// base is what the URIs of last resolve against.
	base *url.URL
	// grown is when the playlist was last seen with a new segment.
	grown time.Time
	// next is the number of the first segment not seen yet.
	next int64
}

// defaultInterval is between polls of a playlist that was never read.
const defaultInterval = 2 * time.Second

func variantName(v listing.Variant) string {
	kind := "video"
	switch {
	case v.IFrames:
		kind = "iframes"
	case v.Resolution == "" && strings.HasPrefix(v.Codecs, "mp4a"):
		kind = "audio"
	}
	return strings.TrimSuffix(kind+"-"+v.Resolution, "-")
}

func mediaName(m listing.Media) string {
	name := m.Language
	if name == "" {
		name = m.Name
	}
	return strings.ToLower(m.Type) + "-" + name
}

// play polls until the time is over or the stream has ended.
func (r *rendition) play(ctx context.Context, renditions int) {
	defer r.comparer.leave(r.index)
	for polls := 0; ; polls++ {
		asked := time.Now()
		a, err := r.options.get(ctx, r.address)
		if ctx.Err() != nil {
			return
		}
		r.recorder.Count(func(p *findings.Report) { p.Polls++ })
		if err != nil {
			f := unfetchable(err)
			if r.last != nil {
				f.Place = fmt.Sprintf("at %d", r.last.End()) // each outage is one violation
			}
			r.recorder.Add(r.name, f)
			r.comparer.update(r.index, r.last)
		} else if r.read(a, asked); r.last.Ended {
			return
		}
		wait := r.interval()
		if polls == 0 { // spread the renditions over the interval
			wait = wait * time.Duration(r.index+1) / time.Duration(renditions)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(r.untilLate(wait)):
		}
	}
}

func (r *rendition) interval() time.Duration {
	switch {
	case r.options.Interval > 0:
		return r.options.Interval
	case r.last == nil || r.last.Target == 0:
		return defaultInterval
	}
	return time.Duration(r.last.Target) * time.Microsecond / 2
}

// untilLate shortens a wait so that a poll falls on the instant from which a
// missing update is late.
func (r *rendition) untilLate(wait time.Duration) time.Duration {
	if r.last == nil || r.last.Target == 0 {
		return wait
	}
	limit := time.Duration(r.last.Target)*time.Microsecond*3/2 + time.Millisecond
	if until := time.Until(r.grown.Add(limit)); until > 0 && until < wait {
		return until
	}
	return wait
}

// read checks an answer against the rules and the last one.
func (r *rendition) read(a *answer, asked time.Time) {
	l, found := listing.ReadOf(r.presentation, a.url, a.body)
	r.recorder.Add(r.name, a.delivery(!l.Ended, l.Target)...)
	found = append(found, hlscheck.Playlist(l)...)
	if r.last != nil {
		found = append(found, hlscheck.Update(r.last, l)...)
	}
	if r.last == nil || l.End() > r.last.End() || l.Sequence < r.last.Sequence {
		r.grown = time.Now()
	} else {
		// It was without a new segment still when it was asked for.
		for _, v := range hlscheck.Gap(r.grown.UnixMicro(), asked.UnixMicro(), l) {
			v.Sequence = l.End() // the one that is missing
			found = append(found, v)
		}
	}
	if r.last == nil || l.Sequence < r.last.Sequence {
		r.next = l.First()
	}
	r.base = a.url
	fresh := newSegments(l, r.next)
	r.next = max(r.next, l.End())
	r.last = l
	r.recorder.Add(r.name, fromHLS(r.by, r.ours(found)...)...)
	r.recorder.Count(func(p *findings.Report) {
		p.Segments += len(fresh)
		for i := range fresh {
			if fresh[i].Discontinuity {
				p.Discontinuities++
			}
		}
	})
	r.probe(fresh)
	r.comparer.update(r.index, l)
}

func newSegments(l *listing.Listing, next int64) []listing.Segment {
	return l.Segments[min(max(next-l.First(), 0), int64(len(l.Segments))):]
}

// ours leaves out what is the origin's right: only a stitcher promises to make
// no segment below half a second.
func (r *rendition) ours(found []rule.Violation) []rule.Violation {
	kept := found[:0]
	for _, v := range found {
		if v.Rule != rule.SegmentTooShort || r.by(v) == findings.Ours {
			kept = append(kept, v)
		}
	}
	return kept
}

// by is whose segment a violation concerns.
func (r *rendition) by(v rule.Violation) string {
	if v.Sequence < 0 {
		return ""
	}
	if s := r.last.At(v.Sequence); s != nil {
		return r.owner(s)
	}
	return ""
}

func (r *rendition) owner(s *listing.Segment) string {
	if r.options.Origin(r.resolve(s.URI)) {
		return findings.Origin
	}
	return findings.Ours
}

// resolve is a URI of the playlist as an absolute one; what can't be resolved
// stays as it is, and then can't be fetched.
func (r *rendition) resolve(uri string) string {
	u, err := r.base.Parse(uri)
	if err != nil {
		return uri
	}
	return u.String()
}

// probe has new segments fetched, and the MAPs that they need.
func (r *rendition) probe(segments []listing.Segment) {
	for i := range segments {
		s := &segments[i]
		p := probe{rendition: r.name, by: r.owner(s), place: fmt.Sprintf("at %d", s.Sequence)}
		if s.Map != nil {
			p.url, p.span = r.resolve(s.Map.URI), s.Map.Range
			r.prober.ask(p)
		}
		if !s.Gap {
			p.url, p.span = r.resolve(s.URI), s.Range
			r.prober.ask(p)
		}
	}
}
