package clientside

import (
	"context"
	"fmt"
	"strconv"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/stitch"
	"stitcher/internal/stitch/pods"
	"stitcher/internal/stitch/trackdoc"
)

// describe is the pod of fill i as the document has it, which does not change any more,
// and when it was decided; nil where it can't be described yet.
func (x *Document) describe(ctx context.Context, s *stitch.Playback, now pods.State, i int, at int64) (*trackdoc.Avail, int64, error) {
	f := &now.Run.Fills[i]
	name, ok := x.names(s, now, i)
	if !ok {
		return nil, 0, nil
	}
	d, err := s.Decision(ctx, f.Key)
	if err != nil {
		return nil, 0, err
	}
	p := trackdoc.Pod{Name: name, Start: at, ByServer: s.Reporting == playback.ReportingHybrid}
	if now.Ref.Dated {
		p.Date = f.Time
	}
	for _, sp := range s.Spans(f.Key.Epoch) {
		if sp.Sequence == f.Key.Sequence {
			p.Marker = sp.Duration
		}
	}
	var offset int64
	count := 0
	for n := range d.Items {
		it := trackdoc.Item{First: count, At: offset, Ad: d.Items[n].Ad}
		for _, segment := range f.Pod.Segments(f.Pod.Item(n)) {
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
		return nil, 0, fmt.Errorf("avail %s of session %s: %w", f.Key, s.ID, err)
	}
	return &a, d.Decided, nil
}

// names tells what the manifest calls the ad segments of fill i: their media sequence
// numbers in HLS, avail and segment in DASH. The names are unique in a session.
func (x *Document) names(s *stitch.Playback, now pods.State, i int) (name func(segment int) string, ok bool) {
	f := &now.Run.Fills[i]
	if s.Protocol == playback.DASH {
		id := strconv.FormatInt(f.Key.Sequence, 10)
		return func(segment int) string { return id + "_" + strconv.Itoa(segment) }, true
	}
	number, ok := s.Numbers(now.Run, s.Layout.Reference).First(i)
	return func(segment int) string { return strconv.FormatInt(number+int64(segment), 10) }, ok
}
