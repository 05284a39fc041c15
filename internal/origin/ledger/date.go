package ledger

import (
	"context"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/times"
)

// date fills in v.Times.
func (s *Stream) date(rendition string, tr *track, v *origin.View, now time.Time) {
	p := times.Placing{
		Undated: s.undated,
		Create: func(f avail.Fact) (avail.Fact, error) {
			got, err := s.log.Create(context.Background(), f)
			if err != nil {
				return avail.Fact{}, err
			}
			return got[0], nil
		},
		Line: s.shown(), Dated: s.tails[origin.Reference].Dated, Feed: s.feeds.Last(), Spans: s.spans[v.Epoch.Index],
		Views: make(map[string]*origin.View, len(s.tracks)),
	}
	if line := s.tracks[origin.Reference]; line != nil {
		p.Target = line.target
	}
	for name, known := range s.tracks {
		p.Views[name] = known.newest
	}
	p.Place(&times.Rendition{Name: rendition, Tail: &tr.tail, Target: tr.target, Aligned: &tr.aligned}, v, now)
}

// shown is the newest view of the timeline; where this process has none, a view of
// no segments at the timeline's end. It is nil before the timeline has begun.
func (s *Stream) shown() *origin.View {
	ref, end := s.tracks[origin.Reference], s.tails[origin.Reference]
	if ref != nil && ref.newest != nil {
		return ref.newest
	}
	if ref == nil || end.Listed == 0 {
		return nil
	}
	return &origin.View{Timeline: &manifest.Timeline{Sequence: end.Sequence + 1}, Epoch: s.epochs[end.Epoch], Times: []int64{end.End}}
}
