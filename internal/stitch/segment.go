package stitch

import (
	"context"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/cut"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
)

// Spot is the ad segment behind a number of a rendition's output.
type Spot struct {
	fill *pods.Fill
	// index is the segment's place among all of the pod.
	index int
}

// SpotAt finds what the output of rendition n had under a sequence number. It
// follows the same sums as hlsplan.Plan, over all avails that are not summed up.
func (s *Playback) SpotAt(n int, sequence int64) (Spot, bool) {
	name := s.Layout.Renditions[n].Name
	for k := len(s.runs) - 1; k >= 0; k-- {
		r := s.runs[k]
		offset := r.Epoch.Sequence + r.Base.Offsets[n]
		for i := range r.Fills {
			f := &r.Fills[i]
			if f.Empty() {
				continue
			}
			from, ok := s.Stream.Known(cut.Name{Rendition: name, Epoch: r.Epoch.Index, Sequence: f.Start})
			if !ok {
				break
			}
			if from == origin.Skipped {
				offset += int64(f.Listed)
				continue
			}
			first := from + offset
			if sequence >= first && sequence < first+int64(f.Listed) {
				return Spot{f, int(sequence - first)}, true
			}
			if f.Back == pods.Unknown {
				break
			}
			// Content may have returned where the next pod began.
			back, ok := s.Stream.Known(cut.Name{
				Rendition: name, Epoch: r.Epoch.Index, Sequence: f.Back, Back: !pods.BeginsAt(r.Fills[i+1:], f.Back),
			})
			if !ok {
				break
			}
			offset += int64(f.Listed) - (max(back, from) - from)
		}
	}
	return Spot{}, false
}

// File is what a spot shows in rendition n, and what watching it means.
func (s *Playback) File(ctx context.Context, n int, at Spot) (string, avail.Trigger, error) {
	p, err := s.PodIn(ctx, at.fill)
	if err != nil {
		return "", avail.Trigger{}, err
	}
	item, k, ok := p.Locate(at.index)
	if !ok {
		return "", avail.Trigger{}, fmt.Errorf("avail %s has no segment %d", at.fill.Key, at.index)
	}
	a := p.Item(item)
	r := a.Rendition(s.Layout.Renditions[n].Track)
	if r == nil || k >= len(r.Segments) {
		return "", avail.Trigger{}, fmt.Errorf("asset %s has no segment %d in rendition %d", a.ID, k, n)
	}
	file, t := s.SegmentOf(at.fill.Key, p, item, r, k, pods.NoLimit)
	return file, t, nil
}

// PodIn is the pod of a fill, read back where it has left memory.
func (s *Playback) PodIn(ctx context.Context, f *pods.Fill) (*pods.Pod, error) {
	if f.Pod != nil {
		return f.Pod, nil
	}
	d, err := s.Decision(ctx, f.Key)
	if err != nil {
		return nil, err
	}
	return s.pod(ctx, d)
}

// SegmentOf is the file of segment k of an item of which so much is shown, and what
// watching it means.
func (s *Playback) SegmentOf(key avail.Key, p *pods.Pod, item int, r *avail.AssetRendition, k int, shown int64) (string, avail.Trigger) {
	t := avail.Trigger{Session: s.ID, Avail: key, Ad: item}
	if p.Kind(item) == avail.AdItem {
		t.Events = pods.Events(r.Segments, k, p.Marks(item), shown)
		first, last := p.Ends()
		if item == first && k == 0 {
			t.Events |= avail.BreakStart
		}
		if item == last && t.Events&avail.Complete != 0 {
			t.Events |= avail.BreakEnd
		}
	}
	return p.Item(item).ID + "/" + r.Segments[k].Name, t
}

// Decision reads a stored decision.
func (s *Playback) Decision(ctx context.Context, key avail.Key) (avail.Decision, error) {
	return records.ReadDecision(ctx, s.Facts, s.ID, key)
}

// Reports says whether requests of rendition n trigger beacons: those of video,
// or of audio where there is no video.
func (s *Playback) Reports(n int) bool {
	kind := s.Layout.Renditions[n].Kind
	return kind == origin.Video || kind == origin.Audio && s.Layout.Renditions[s.Layout.Reference].Kind == origin.Audio
}

// Shown is how much of an item is shown before content returns.
func (s *Playback) Shown(f *pods.Fill, p *pods.Pod, item int) int64 {
	room := pods.NoLimit
	if sp := s.known.Span(s.Stream, f.Key); sp != nil {
		room = f.Room(sp)
	}
	for n := range item {
		for _, x := range p.Segments(p.Item(n)) {
			room -= x.Duration
		}
	}
	return room
}

// PodAt is the pod of the avail at a position, nil where it has none.
func (s *Playback) PodAt(position int64) *pods.Fill {
	for k := len(s.runs) - 1; k >= 0; k-- {
		if f := s.runs[k].Find(position); f != nil && !f.Empty() {
			return f
		}
	}
	return nil
}
