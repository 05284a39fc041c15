package service

import (
	"context"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/service/fault"
	"stitcher/internal/stitch/service/segments"
)

// SegmentRequest is a player's request for an ad segment.
type SegmentRequest struct {
	Configuration string
	Session       string
	// Rendition is the n of the media playlist that listed the segment.
	Rendition int
	// Sequence is the segment's media sequence number there.
	Sequence int64
	// Probe is set for requests that show nothing to anyone (HEAD): they fire
	// no beacon.
	Probe bool
}

// Segment is the file that an ad segment of a session's playlist stands for.
// The beacons that its request implies are durable on return.
func (s *Service) Segment(ctx context.Context, r SegmentRequest) (string, error) {
	x, err := s.session(ctx, r.Configuration, r.Session)
	if err != nil {
		return "", err
	}
	if r.Rendition < 0 || r.Rendition >= len(x.Layout.Renditions) {
		return "", fault.NotFound("session %s has no media playlist %d", r.Session, r.Rendition)
	}
	file, t, err := s.segments.InPlaylist(ctx, &x.Subject, r.Rendition, r.Sequence)
	if err != nil {
		return "", err
	}
	return s.served(ctx, x, r.Rendition, file, t, r.Probe)
}

// DASHSegmentRequest asks for an ad segment of an MPD.
type DASHSegmentRequest struct {
	Configuration, Session string
	// Avail is the position of the avail, Item the index of the item in its pod.
	Avail int64
	Item  int
	// Track is the name of the ad's rendition.
	Track string
	// Segment is the segment's number, which counts from 1; 0 is the initialization
	// section.
	Segment int
	// Probe is set for requests that show nothing to anyone (HEAD).
	Probe bool
}

// DASHSegment is the file of an ad segment. The beacons that its request implies are
// durable on return.
func (s *Service) DASHSegment(ctx context.Context, r DASHSegmentRequest) (string, error) {
	x, err := s.session(ctx, r.Configuration, r.Session)
	if err != nil {
		return "", err
	}
	if x.protocol() != playback.DASH {
		return "", fault.NotFound("session %s is not played in DASH", r.Session)
	}
	n := x.trackNumber(r.Track)
	if n < 0 {
		return "", fault.NotFound("session %s has no ad rendition %q", r.Session, r.Track)
	}
	file, t, err := s.segments.InMPD(ctx, &x.Subject, segments.Item{Avail: r.Avail, Index: r.Item, Track: r.Track, Segment: r.Segment})
	if err != nil {
		return "", err
	}
	return s.served(ctx, x, n, file, t, r.Probe)
}

// served is where a player gets a file of rendition n, once the events that its request
// implies are durable. Those of a session whose player reports are counted and not sent.
func (s *Service) served(ctx context.Context, x *viewing, n int, file string, t avail.Trigger, probe bool) (string, error) {
	if x.AdPrefix != "" {
		file = x.prefix.Asset + file // the CDN that the configuration names
	}
	if !probe && t.Events != 0 && x.Reports(n) {
		t.At = s.opt.Now().UnixMicro()
		if err := s.opt.Beacons.Fire(ctx, t); err != nil {
			// The viewer is shown the ad in any case; the loss is counted.
			s.opt.Metrics.lostTriggers.Inc()
			s.opt.Log.Error("a beacon trigger is lost", "session", x.ID, "avail", t.Avail.String(), "err", err)
		}
	}
	return file, nil
}
