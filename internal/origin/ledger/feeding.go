package ledger

import (
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/feed"
	"stitcher/internal/origin/ledger/tail"
)

// Feeder is the rendition that feeds the timeline; false before the first.
func (s *Stream) Feeder() (string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.feeds.Last().Rendition, len(s.feeds) > 0
}

// learnFeed notes a feed. Views of the rendition that were made before do not know
// of it; those of an earlier epoch are served until the rendition begins that.
func (s *Stream) learnFeed(f feed.Feed) {
	if f.Index <= s.feeds.Last().Index {
		return
	}
	s.feeds = s.feeds.With(f)
	if tr := s.tracks[f.Rendition]; tr != nil && (tr.newest == nil || tr.newest.Epoch.Index >= f.Epoch) {
		clear(tr.views)
		if tr.newest != nil {
			v := *tr.newest
			v.Placed = false
			tr.newest = &v
		}
	}
}

// timeline is a view of the rendition of a feed as a view of the timeline.
func (s *Stream) timeline(f *feed.Feed, v *origin.View) *origin.View {
	return f.Timeline(v, s.tracks[origin.Reference].target)
}

// raw is the timeline's tail in the own numbers of the rendition that feeds it.
func raw(f *feed.Feed, t tail.Tail) tail.Tail {
	t.Sequence += f.ShiftIn(t.Epoch)
	return t
}
