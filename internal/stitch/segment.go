package stitch

import (
	"context"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/numbering"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/records"
)

// Numbers is the numbering of rendition n in a run.
func (s *Playback) Numbers(r *pods.Run, n int) *numbering.Numbering {
	return &numbering.Numbering{Run: r, Cuts: s.Stream, Name: s.Layout.Renditions[n].Name, N: n, Timed: s.Layout.Timed}
}

// SpotAt finds what the output of rendition n had under a sequence number.
func (s *Playback) SpotAt(n int, sequence int64) (numbering.Spot, bool) {
	for k := len(s.runs) - 1; k >= 0; k-- {
		if at, ok := s.Numbers(s.runs[k], n).Find(sequence); ok {
			return at, true
		}
	}
	return numbering.Spot{}, false
}

// File is what a spot shows in rendition n, and what watching it means.
func (s *Playback) File(ctx context.Context, n int, at numbering.Spot) (string, avail.Trigger, error) {
	p, err := s.PodIn(ctx, at.Fill)
	if err != nil {
		return "", avail.Trigger{}, err
	}
	item, k, ok := p.Locate(at.Index)
	if !ok {
		return "", avail.Trigger{}, fmt.Errorf("avail %s has no segment %d", at.Fill.Key, at.Index)
	}
	a := p.Item(item)
	r := a.Rendition(s.Layout.Renditions[n].Track)
	if r == nil || k >= len(r.Segments) {
		return "", avail.Trigger{}, fmt.Errorf("asset %s has no segment %d in rendition %d", a.ID, k, n)
	}
	file, t := s.SegmentOf(at.Fill.Key, p, item, r, k, pods.NoLimit)
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
	return s.gather(ctx, &d)
}

// SegmentOf is the file of segment k of an item of which so much is shown, and what
// watching it means.
func (s *Playback) SegmentOf(key avail.Key, p *pods.Pod, item int, r *avail.AssetRendition, k int, shown int64) (string, avail.Trigger) {
	return p.Item(item).ID + "/" + r.Segments[k].Name, avail.Trigger{Session: s.ID, Avail: key, Ad: item, Events: p.Watched(item, r, k, shown)}
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
	return room - p.Before(item)
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
