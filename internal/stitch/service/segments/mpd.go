package segments

import (
	"context"
	"errors"

	"stitcher/internal/avail"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/placing"
	"stitcher/internal/stitch/service/fault"
)

// Item is a segment of an item of a pod, as an MPD lists it.
type Item struct {
	// Avail is the position of the avail, Index that of the item in its pod.
	Avail int64
	Index int
	// Track is the name of the ad's rendition.
	Track string
	// Segment is the segment's number, which counts from 1; 0 is the initialization
	// section.
	Segment int
}

// InMPD is the file of a segment of an item, and the events that its request implies.
func (f *Finder) InMPD(ctx context.Context, x *placing.Subject, r Item) (string, avail.Trigger, error) {
	return f.look(ctx, x, func() (string, avail.Trigger, error) { return f.inMPD(ctx, x, r) })
}

// inMPD is InMPD, by what is known by now.
func (f *Finder) inMPD(ctx context.Context, x *placing.Subject, r Item) (string, avail.Trigger, error) {
	x.Lock()
	defer x.Unlock()
	fill := x.PodAt(r.Avail)
	if fill == nil {
		// After a restart the runs are made by the first request for the MPD, and a
		// player that resumes in the middle of an ad asks for segments first.
		if err := f.reviveMPD(ctx, x); err != nil {
			return "", avail.Trigger{}, missing{err}
		}
		fill = x.PodAt(r.Avail)
	}
	if fill == nil {
		return "", avail.Trigger{}, missing{fault.NotFound("session %s has no ads in avail %d", x.ID, r.Avail)}
	}
	p, err := x.PodIn(ctx, fill)
	if err != nil {
		return "", avail.Trigger{}, missing{fault.NotFound("the ad segment is no longer there")}
	}
	if r.Index < 0 || p.Item(r.Index) == nil {
		return "", avail.Trigger{}, fault.NotFound("avail %d has no item %d", r.Avail, r.Index)
	}
	a := p.Item(r.Index)
	rendition := a.Rendition(r.Track)
	if rendition == nil || r.Segment < 0 || r.Segment > len(rendition.Segments) || r.Segment == 0 && rendition.Init == "" {
		return "", avail.Trigger{}, fault.NotFound("item %d of avail %d has no segment %d", r.Index, r.Avail, r.Segment)
	}
	if r.Segment == 0 {
		return a.ID + "/" + rendition.Init, avail.Trigger{}, nil
	}
	file, t := x.SegmentOf(fill.Key, p, r.Index, rendition, r.Segment-1, x.Shown(fill, p, r.Index))
	return file, t, nil
}

// reviveMPD rebuilds a session's runs from its records.
func (f *Finder) reviveMPD(ctx context.Context, x *placing.Subject) error {
	ref, err := f.Placer.MPD(ctx, x)
	if err != nil {
		return err
	}
	if err := f.read(ctx, x); err != nil {
		return err
	}
	for range stitch.MaxReplans {
		_, err = x.Settled(ctx, ref, stitch.Patience{Now: f.Now()})
		if !errors.Is(err, stitch.ErrMoved) {
			break
		}
	}
	return revived(err)
}
