package stitch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/dash"
	"stitcher/internal/origin"
	"stitcher/internal/stitch/trackdoc"
)

// TrackingAnswer is a tracking document.
type TrackingAnswer struct {
	Body []byte
	// Tag names the state of the document: equal tags are equal documents.
	Tag uint64
}

// tracking is what a session keeps for its tracking document.
type tracking struct {
	// zero is the stream time at which the presentation begins; known is whether it was
	// read.
	zero  int64
	known bool
	// avails are those that are in the window, marshalled once.
	avails map[avail.Key]json.RawMessage
}

// zeroKey is the record of the stream time at which a session's presentation begins: that
// of the first segment in its first answer.
const zeroKey = "zero"

// tracks is whether the player fires events: it has the tracking document then.
func (s *session) tracks() bool { return s.Reporting != reportingServer }

// recordZero records where the presentation begins.
func (s *session) recordZero(ctx context.Context, ref *origin.View) error {
	if !s.tracks() || s.tracking.known || len(s.runs) > 0 {
		return nil
	}
	return s.record(ctx, zeroKey, ref.Start(), &s.tracking.zero)
}

// Tracking is the tracking document of a session: the avails whose ads are in its
// manifest, from the first manifest that shows one until its last segment has left the
// window (reference §6.2).
func (s *Service) Tracking(ctx context.Context, configuration, id string) (TrackingAnswer, error) {
	x, err := s.session(ctx, configuration, id)
	if err != nil {
		return TrackingAnswer{}, err
	}
	var doc trackdoc.Document
	err = s.answer(ctx, x, func(p patience) error {
		ref, err := s.reference(ctx, x)
		if err != nil {
			return err
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		now, err := x.settled(ctx, ref, p)
		if err != nil {
			return err
		}
		doc, err = x.document(ctx, now)
		return err
	})
	if errors.As(err, new(*emptyError)) {
		doc, err = trackdoc.Empty(), nil // the channel has yet to begin
	}
	if err != nil {
		return TrackingAnswer{}, err
	}
	body, err := json.Marshal(&doc)
	if err != nil {
		return TrackingAnswer{}, fmt.Errorf("tracking document of session %s: %w", id, err)
	}
	return TrackingAnswer{Body: body, Tag: max(xxhash.Sum64(body), 1)}, nil
}

// reference is the newest view of a session's reference.
func (s *Service) reference(ctx context.Context, x *session) (*origin.View, error) {
	if x.mpd != nil {
		return s.mpdView(ctx, x)
	}
	ref, _, err := s.views(ctx, x, x.layout.Reference)
	return ref, err
}

// document describes the pods of the window.
func (s *session) document(ctx context.Context, now state) (trackdoc.Document, error) {
	doc := trackdoc.Empty()
	if err := s.presentation(ctx, now); err != nil {
		return doc, err
	}
	if v, ok := now.ref.Document.(*dash.View); ok && !now.ref.Ended {
		at, _ := v.Starts()
		doc.DASHAvailabilityStartTime = trackdoc.Date(at)
	}
	kept := map[avail.Key]json.RawMessage{}
	before := now.run.base.Drift
	for i := range now.run.fills {
		f := &now.run.fills[i]
		if f.empty() || f.pod == nil {
			continue
		}
		at := f.time - s.tracking.zero + before
		if now.ref.Ended {
			before += f.length() - (f.backTime - f.time)
		} else if f.back != unknown {
			before = f.drift
		}
		if f.listed == 0 || f.back != unknown && f.backTime <= now.ref.Start() && !now.ref.Ended {
			continue
		}
		b := s.tracking.avails[f.key]
		if b == nil {
			var err error
			if b, err = s.describe(ctx, now, i, at); err != nil {
				return doc, err
			}
			if b == nil {
				continue // its segments have no numbers yet
			}
		}
		kept[f.key] = b
		doc.Avails = append(doc.Avails, b)
	}
	s.tracking.avails = kept
	return doc, nil
}

// presentation finds out where the presentation begins: an MPD that is live at its
// availabilityStartTime, all else with the first segment that the session was shown.
func (s *session) presentation(ctx context.Context, now state) error {
	if s.tracking.known {
		return nil
	}
	v, isMPD := now.ref.Document.(*dash.View)
	switch {
	case isMPD:
		s.tracking.zero, _ = v.Starts()
	case now.ref.Ended:
		s.tracking.zero = now.ref.Start()
	default:
		got, err := s.facts.Get(ctx, sessionOwner(s.ID), zeroKey)
		if err != nil {
			return fmt.Errorf("read session %s: %w", s.ID, err)
		}
		s.tracking.zero = now.ref.Start() // of a session that began before there was the record
		if got[0].Value != nil {
			if err := json.Unmarshal(got[0].Value, &s.tracking.zero); err != nil {
				return fmt.Errorf("read session %s: %w", s.ID, err)
			}
		}
	}
	s.tracking.known = true
	return nil
}

// describe is the pod of fill i as the document has it, which does not change any more;
// nil where it can't be described yet.
func (s *session) describe(ctx context.Context, now state, i int, at int64) (json.RawMessage, error) {
	f := &now.run.fills[i]
	name, ok := s.names(now, i)
	if !ok {
		return nil, nil
	}
	d, err := s.decision(ctx, f.key)
	if err != nil {
		return nil, err
	}
	p := trackdoc.Pod{Name: name, Start: at}
	if now.ref.Dated {
		p.Date = f.time
	}
	for _, sp := range s.spans(f.key.Epoch) {
		if sp.Sequence == f.key.Sequence {
			p.Marker = sp.Duration
		}
	}
	var offset int64
	count := 0
	for n := range d.Items {
		it := trackdoc.Item{First: count, At: offset, Ad: d.Items[n].Ad}
		for _, segment := range f.pod.segments(f.pod.item(n)) {
			it.Segments = append(it.Segments, segment.Duration)
			offset += segment.Duration
		}
		count += len(it.Segments)
		if d.Items[n].Kind == avail.PlayerItem && d.Items[n].Ad == nil && len(p.Items) > 0 {
			last := &p.Items[len(p.Items)-1] // slate goes on under the player's ad
			last.Segments = append(last.Segments, it.Segments...)
			continue
		}
		p.Items = append(p.Items, it)
	}
	a, err := trackdoc.Build(&p)
	if err != nil {
		return nil, fmt.Errorf("avail %s of session %s: %w", f.key, s.ID, err)
	}
	return json.Marshal(&a)
}

// names tells what the manifest calls the ad segments of fill i: their media sequence
// numbers in HLS, avail and segment in DASH. The names are unique in a session.
func (s *session) names(now state, i int) (name func(segment int) string, ok bool) {
	f := &now.run.fills[i]
	if s.mpd != nil {
		id := strconv.FormatInt(f.key.Sequence, 10)
		return func(segment int) string { return id + "_" + strconv.Itoa(segment) }, true
	}
	n := s.layout.Reference
	number, ok := s.numberOf(now.run, n, i)
	return func(segment int) string { return strconv.FormatInt(number+int64(segment), 10) }, ok
}

// numberOf is the media sequence number of the first segment of a pod in rendition n.
func (s *session) numberOf(r *run, n, i int) (int64, bool) {
	name := s.layout.Renditions[n].Name
	offset := r.epoch.Sequence + r.base.Offsets[n]
	for k := range i + 1 {
		f := &r.fills[k]
		if f.empty() {
			continue
		}
		from, ok := s.stream.Known(origin.CutName{Rendition: name, Epoch: r.epoch.Index, Sequence: f.start})
		switch {
		case !ok:
			return 0, false
		case k == i:
			return from + offset, from != origin.Skipped
		case from == origin.Skipped:
			continue
		case f.back == unknown:
			return 0, false
		}
		offset += s.shiftOf(r, k, name)
	}
	return 0, false
}
