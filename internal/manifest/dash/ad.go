package dash

import (
	"fmt"
	"maps"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/avail"
)

// mostAds bounds the texts of ads that are kept.
const mostAds = 1024

// adCache has the texts of ads. It goes from one state of an MPD to the next.
type adCache struct {
	known atomic.Pointer[map[adKey]*adText]
}

// adKey is what the text of an ad depends on, but for the tracks: they are checked
// against those that it was made with.
type adKey struct {
	asset    string
	segments int
	layout   uint64
}

// adText is the AdaptationSets of an ad, with places for what differs between
// viewers and refreshes.
type adText struct {
	parts []adPart
	// length is the playing time of the first n segments, by n.
	length []int64
	// playable is whether there is sound or picture in it (P4).
	playable bool
	// tracks are the renditions that were chosen, by Representation id.
	tracks map[string]string
}

// adPart is text, and what stands behind it.
type adPart struct {
	text []byte
	// media is whether the URL of the item's media follows.
	media bool
	// line, if there is one, is the rendition whose segments follow.
	line *avail.AssetRendition
}

// Like lets a template use the texts of ads that were made for another one, an earlier
// state of the same MPD. It must be called before others see the template.
func (t *Template) Like(earlier *Template) { t.ads = earlier.ads }

// ad is the text of an ad among the content of a Period.
func (t *Template) ad(period int, it *Item) *adText {
	key := adKey{asset: it.Asset.ID, layout: t.periods[period].layout}
	if len(it.Asset.Renditions) > 0 {
		key.segments = len(it.Asset.Renditions[0].Segments)
	}
	for {
		known := t.ads.known.Load()
		if known != nil {
			if a := (*known)[key]; a != nil && a.suits(it.Tracks) {
				return a
			}
		}
		a := t.makeAd(period, it)
		next := map[adKey]*adText{key: a}
		if known != nil && len(*known) < mostAds {
			maps.Copy(next, *known)
			next[key] = a
		}
		if t.ads.known.CompareAndSwap(known, &next) {
			return a
		}
	}
}

// layoutOf is a hash of what the texts of ads take from a Period.
func (t *Template) layoutOf(p *period) uint64 {
	b := adBuilder{t: t, p: p}
	for i := range p.sets {
		s := &p.sets[i]
		b.open(s.node)
		b.mirror(s.node)
		for k := range s.reps {
			r := &s.reps[k]
			fmt.Fprintf(&b.text, "\n%q%d%q%q%q", r.id, r.track.Bandwidth, r.track.Codecs, r.track.MimeType, s.kind)
			b.declare(r.node)
			b.mirror(r.node)
			b.configuration(r.node)
		}
		b.configuration(s.node)
	}
	return xxhash.Sum64(b.text.Bytes())
}

// suits is whether the text was made with the same tracks.
func (a *adText) suits(tracks map[string]string) bool {
	for id, name := range a.tracks {
		if tracks[id] != name {
			return false
		}
	}
	return true
}

func (t *Template) makeAd(period int, it *Item) *adText {
	b := adBuilder{t: t, p: &t.periods[period], asset: it.Asset, tracks: it.Tracks}
	b.out.tracks = map[string]string{}
	b.out.length = make([]int64, it.Asset.Segments()+1)
	for n := range b.out.length {
		b.out.length[n] = it.Asset.Through(n)
	}
	for i := range b.p.sets {
		b.set(&b.p.sets[i])
	}
	b.flush()
	return &b.out
}
