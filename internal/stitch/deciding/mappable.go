package deciding

import (
	"context"
	"errors"
	"sync/atomic"

	"stitcher/internal/manifest/hls"
	"stitcher/internal/stitch/flight"
	"stitcher/internal/stitch/layouts"
	"stitcher/internal/stitch/playlists"
)

// mappedAtOnce is how many renditions of one layout are fetched side by side.
const mappedAtOnce = 4

// errUnmappable says that a rendition of a session can't be mapped to the
// reference.
var errUnmappable = errors.New("a rendition has neither dates nor the reference's segments")

// mappable says whether the cuts of an avail that begins at a stream time can be
// found in every rendition of a layout: by dates, by a constant difference of
// sequence numbers, or by the rendition's own markers. Where
// they can't in one, the avail is content in all, since its ads would put
// sound and picture apart for good (splicing.md, "Other renditions"). A
// rendition that the origin does not have does not count.
func (d *Decider) mappable(ctx context.Context, l *layouts.Layout, start int64) error {
	if l.Timed {
		return nil // all have the timeline of the MPD
	}
	stream, err := d.opt.Stream(ctx, l.Stream)
	if err != nil {
		return err
	}
	o := hls.Options{Variables: l.Multivariant.Variables}
	var apart atomic.Bool
	flight.AtOnce(len(l.Renditions), mappedAtOnce, func(i int) {
		r := &l.Renditions[i]
		if v := stream.Newest(r.Name); v != nil && v.From == 0 && v.Maps(start) {
			return
		}
		t, err := playlists.Media(ctx, d.opt.Manifests, r.URL, o, false)
		if err != nil {
			return
		}
		v, err := stream.Accept(ctx, r.Name, playlists.Variant(o), t, d.opt.Now())
		if err == nil && !v.Maps(start) {
			apart.Store(true)
		}
	})
	if apart.Load() {
		return errUnmappable
	}
	return nil
}
