package stitch

import (
	"context"
	"sort"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/known"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
)

// Spans are the avails of an epoch for this session, in order: the stream's and
// its own.
func (s *Playback) Spans(epoch int) []*origin.Span { return s.known.Spans(s.Stream, epoch) }

// follow adds what a view of the reference shows of an own avail that is not
// over, and records its return once f has returned.
func (s *Playback) follow(ctx context.Context, o *known.Own, f *pods.Fill, ref *origin.View) error {
	rec, returned := o.Follow(f, ref)
	if !returned {
		return nil
	}
	var stored records.Return
	if err := s.record(ctx, "return/"+o.Key.String(), rec, &stored); err != nil {
		return err
	}
	o.Fix(stored)
	return nil
}

// atSegments puts the breaks of a decision on a whole asset at the starts of
// segments, the last that are not after their times (reference §3.3). Those at
// the asset's start join its first pod.
func atSegments(d *avail.Decision, ref *origin.View) {
	kept := make([]avail.Break, 0, len(d.Breaks))
	for _, b := range d.Breaks {
		i := sort.Search(len(ref.Times), func(i int) bool { return ref.Times[i]-ref.Start() > b.At+fitSlack }) - 1
		b.Sequence = ref.Position(max(i, 0))
		switch n := len(kept); {
		case i <= 0:
			d.Join(b.Decision)
		case n > 0 && kept[n-1].Sequence == b.Sequence:
			kept[n-1].Join(b.Decision)
		default:
			kept = append(kept, b)
		}
	}
	d.Breaks = kept
}
