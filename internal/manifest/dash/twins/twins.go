package twins

import (
	"fmt"
	"maps"
	"strconv"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash/markup"
	"stitcher/internal/manifest/dash/presentation"
)

// mostAds bounds the texts of ads that are kept.
const mostAds = 1024

// key is what the text of an ad depends on, but for the tracks: they are checked
// against those that it was made with.
type key struct {
	asset    string
	segments int
	layout   uint64
}

// Text is the AdaptationSets of an ad, with places for what differs between
// viewers and refreshes.
type Text struct {
	parts []part
	// length is the playing time of the first n segments, by n.
	length []int64
	// playable is whether there is sound or picture in it.
	playable bool
	// tracks are the renditions that were chosen, by Representation id.
	tracks map[string]string
	// prefix is the namespace prefix of elements with its colon.
	prefix string
}

// part is text, and what stands behind it.
type part struct {
	text []byte
	// media is whether the URL of the item's media follows.
	media bool
	// line, if there is one, is the rendition whose segments follow.
	line *avail.AssetRendition
}

// Twins are the texts of ads for a Presentation, made when they are first written.
type Twins struct {
	of *presentation.Presentation
	// layouts are hashes of what the texts take from each Period.
	layouts []uint64
	// known goes from one state of an MPD to the next.
	known *atomic.Pointer[map[key]*Text]
}

// New are the texts of ads for a Presentation.
func New(of *presentation.Presentation) *Twins {
	t := &Twins{of: of, layouts: make([]uint64, len(of.Periods)), known: &atomic.Pointer[map[key]*Text]{}}
	for i := range of.Periods {
		t.layouts[i] = layoutOf(of, &of.Periods[i])
	}
	return t
}

// Like takes over the texts that were made for an earlier state of the same MPD. It must be
// called before others see these.
func (t *Twins) Like(earlier *Twins) { t.known = earlier.known }

// Text is the text of an ad among the content of a Period, given by its index. Tracks maps
// the ids of the content's Representations to names of renditions of the asset.
func (t *Twins) Text(period int, asset *avail.Asset, tracks map[string]string) *Text {
	k := key{asset: asset.ID, layout: t.layouts[period]}
	if len(asset.Renditions) > 0 {
		k.segments = len(asset.Renditions[0].Segments)
	}
	for {
		known := t.known.Load()
		if known != nil {
			if a := (*known)[k]; a != nil && a.suits(tracks) {
				return a
			}
		}
		a := t.make(period, asset, tracks)
		next := map[key]*Text{k: a}
		if known != nil && len(*known) < mostAds {
			maps.Copy(next, *known)
			next[k] = a
		}
		if t.known.CompareAndSwap(known, &next) {
			return a
		}
	}
}

// layoutOf is a hash of what the texts of ads take from a Period.
func layoutOf(of *presentation.Presentation, p *presentation.Period) uint64 {
	b := builder{t: of, p: p}
	for i := range p.Sets {
		s := &p.Sets[i]
		b.open(s.Node)
		b.mirror(s.Node)
		for k := range s.Reps {
			r := &s.Reps[k]
			fmt.Fprintf(&b.text, "\n%q%d%q%q%q", r.Track.ID, r.Track.Bandwidth, r.Track.Codecs, r.Track.MimeType, s.Kind)
			b.declare(r.Node)
			b.mirror(r.Node)
			b.configuration(r.Node)
		}
		b.configuration(s.Node)
	}
	return xxhash.Sum64(b.text.Bytes())
}

// suits is whether the text was made with the same tracks.
func (t *Text) suits(tracks map[string]string) bool {
	for id, name := range t.tracks {
		if tracks[id] != name {
			return false
		}
	}
	return true
}

func (t *Twins) make(period int, asset *avail.Asset, tracks map[string]string) *Text {
	b := builder{t: t.of, p: &t.of.Periods[period], asset: asset, tracks: tracks}
	b.out.prefix = t.of.Prefix
	b.out.tracks = map[string]string{}
	b.out.length = make([]int64, asset.Segments()+1)
	for n := range b.out.length {
		b.out.length[n] = asset.Through(n)
	}
	for i := range b.p.Sets {
		b.set(&b.p.Sets[i])
	}
	b.flush()
	return &b.out
}

// Playable is whether there is sound or picture in it (P4).
func (t *Text) Playable() bool { return t.playable }

// Length is the playing time of the first n segments, or of all, in microseconds.
func (t *Text) Length(n int) int64 { return t.length[min(n, len(t.length)-1)] }

// Append writes the text with the first segments, up to a number, of media at a URL.
func (t *Text) Append(dst []byte, url string, segments int) []byte {
	var media markup.Span // the URL as it was written first
	for k := range t.parts {
		part := &t.parts[k]
		dst = append(dst, part.text...)
		switch {
		case !part.media:
		case media.Empty():
			media.From = len(dst)
			dst = markup.Append(dst, url)
			media.To = len(dst)
		default:
			dst = append(dst, dst[media.From:media.To]...)
		}
		if part.line != nil {
			dst = t.line(dst, part.line, segments)
		}
	}
	return dst
}

// line writes the S elements of the first n segments.
func (t *Text) line(dst []byte, a *avail.AssetRendition, n int) []byte {
	ticks := func(i int) int64 {
		if a.Timescale > 0 {
			return a.Segments[i].Ticks
		}
		return a.Segments[i].Duration
	}
	n = min(n, len(a.Segments))
	for i := 0; i < n; {
		k := i + 1
		for k < n && ticks(k) == ticks(i) {
			k++
		}
		dst = append(append(append(dst, '<'), t.prefix...), "S "...)
		if i == 0 {
			dst = append(strconv.AppendInt(append(dst, `t="`...), a.Start, 10), `" `...)
		}
		dst = append(dst, `d="`...)
		dst = strconv.AppendInt(dst, ticks(i), 10)
		if k > i+1 {
			dst = append(dst, `" r="`...)
			dst = strconv.AppendInt(dst, int64(k-i-1), 10)
		}
		dst = append(dst, `"/>`...)
		i = k
	}
	return dst
}
