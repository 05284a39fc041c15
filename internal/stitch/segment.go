package stitch

import (
	"context"
	"fmt"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger"
	"stitcher/internal/store"
)

// spot is the ad segment behind a number of a rendition's output.
type spot struct {
	fill *fill
	// index is the segment's place among all of the pod.
	index int
}

// spot finds what the output of rendition n had under a sequence number. It
// follows the same sums as render, over all avails that are not summed up.
func (s *session) spot(n int, sequence int64) (spot, bool) {
	name := s.layout.Renditions[n].Name
	for k := len(s.runs) - 1; k >= 0; k-- {
		r := s.runs[k]
		offset := r.epoch.Sequence + r.base.Offsets[n]
		for i := range r.fills {
			f := &r.fills[i]
			if f.empty() {
				continue
			}
			from, ok := s.stream.Known(ledger.CutName{Rendition: name, Epoch: r.epoch.Index, Sequence: f.start})
			if !ok {
				break
			}
			if from == origin.Skipped {
				offset += int64(f.listed)
				continue
			}
			first := from + offset
			if sequence >= first && sequence < first+int64(f.listed) {
				return spot{f, int(sequence - first)}, true
			}
			if f.back == unknown {
				break
			}
			// Content may have returned where the next pod began.
			back, ok := s.stream.Known(ledger.CutName{
				Rendition: name, Epoch: r.epoch.Index, Sequence: f.back, Back: !next(r.fills[i+1:], f.back),
			})
			if !ok {
				break
			}
			offset += int64(f.listed) - (max(back, from) - from)
		}
	}
	return spot{}, false
}

// nextPod is the first of fills that has a pod, nil without.
func nextPod(fills []fill) *fill {
	for i := range fills {
		if !fills[i].empty() {
			return &fills[i]
		}
	}
	return nil
}

// next is whether the first pod of fills begins at a boundary.
func next(fills []fill, at int64) bool {
	f := nextPod(fills)
	return f != nil && f.start == at
}

// file is what a spot shows in rendition n, and what watching it means.
func (s *session) file(ctx context.Context, n int, at spot) (string, avail.Trigger, error) {
	p, err := s.podIn(ctx, at.fill)
	if err != nil {
		return "", avail.Trigger{}, err
	}
	item, k, ok := p.locate(at.index)
	if !ok {
		return "", avail.Trigger{}, fmt.Errorf("avail %s has no segment %d", at.fill.key, at.index)
	}
	a := p.item(item)
	r := a.Rendition(s.layout.Renditions[n].Track)
	if r == nil || k >= len(r.Segments) {
		return "", avail.Trigger{}, fmt.Errorf("asset %s has no segment %d in rendition %d", a.ID, k, n)
	}
	file, t := s.segmentOf(at.fill.key, p, item, r, k, noLimit)
	return file, t, nil
}

// podIn is the pod of a fill, read back where it has left memory.
func (s *session) podIn(ctx context.Context, f *fill) (*pod, error) {
	if f.pod != nil {
		return f.pod, nil
	}
	d, err := s.decision(ctx, f.key)
	if err != nil {
		return nil, err
	}
	return s.pod(ctx, d)
}

// segmentOf is the file of segment k of an item of which so much is shown, and what
// watching it means.
func (s *session) segmentOf(key avail.Key, p *pod, item int, r *avail.AssetRendition, k int, shown int64) (string, avail.Trigger) {
	t := avail.Trigger{Session: s.ID, Avail: key, Ad: item}
	if p.kind(item) == avail.AdItem {
		t.Events = events(r.Segments, k, p.marks(item), shown)
		first, last := p.ends()
		if item == first && k == 0 {
			t.Events |= avail.BreakStart
		}
		if item == last && t.Events&avail.Complete != 0 {
			t.Events |= avail.BreakEnd
		}
	}
	return p.item(item).ID + "/" + r.Segments[k].Name, t
}

// events are what the request of segment k of an ad implies: a quartile or an
// offset of progress lies in the segment that it ends in or that contains it
// (reference §6.1). Of an ad that is cut, what lies behind the cut is not shown; it is
// complete where the middle of its last segment is shown.
func events(segments []avail.AssetSegment, k int, progress []avail.Progress, shown int64) avail.Events {
	var total, before int64
	for i, s := range segments {
		if i < k {
			before += s.Duration
		}
		total += s.Duration
	}
	after := before + segments[k].Duration
	last := k == len(segments)-1 && before+segments[k].Duration/2 <= shown
	if last {
		shown = after
	}
	var e avail.Events
	if k == 0 {
		e |= avail.Loaded | avail.Impression | avail.CreativeView | avail.Start
	}
	for i, q := range []avail.Events{avail.FirstQuartile, avail.Midpoint, avail.ThirdQuartile} {
		if at := total * int64(i+1) / 4; before < at && at <= min(after, shown) {
			e |= q
		}
	}
	if last {
		e |= avail.Complete
	}
	return e | avail.ProgressIn(progress, before, min(after, shown), total)
}

// decision reads a stored decision.
func (s *session) decision(ctx context.Context, key avail.Key) (avail.Decision, error) {
	return readDecision(ctx, s.facts, s.ID, key)
}

func readDecision(ctx context.Context, facts store.Facts, session string, key avail.Key) (avail.Decision, error) {
	stored, err := facts.Get(ctx, sessionOwner(session), "decision/"+key.String())
	if err != nil {
		return avail.Decision{}, fmt.Errorf("read decision %s of session %s: %w", key, session, err)
	}
	if stored[0].Value == nil {
		return avail.Decision{}, fmt.Errorf("session %s has no decision on avail %s", session, key)
	}
	var d avail.Decision
	if err := decodeRecord(stored[0].Value, &d); err != nil {
		return avail.Decision{}, fmt.Errorf("decision %s of session %s: %w", key, session, err)
	}
	return d, nil
}

// reports says whether requests of rendition n trigger beacons: those of video,
// or of audio where there is no video.
func (s *session) reports(n int) bool {
	kind := s.layout.Renditions[n].Kind
	return kind == origin.Video || kind == origin.Audio && s.layout.Renditions[s.layout.Reference].Kind == origin.Audio
}
