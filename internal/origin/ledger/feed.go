package ledger

import (
	"slices"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
)

// feed says which rendition the timeline is taken from, from a number on. It is
// created once under "reference/" and its index. A stream without feeds is fed by
// the rendition that is called Reference itself.
type feed struct {
	Index     int    `json:"i"`
	Rendition string `json:"r"`
	// Epoch and From are the first number of the timeline that it feeds.
	Epoch int   `json:"e"`
	From  int64 `json:"f"`
	// Until is the boundary of the timeline, in Epoch, up to which the rendition
	// before it fed; -1 where that one fed nothing of the epoch.
	Until int64 `json:"u"`
	// Shift is the rendition's sequence number minus the timeline's in Epoch. In
	// later epochs, in which the origin has started its numbers again, it is 0.
	Shift int64 `json:"d"`
	// Whole is set where the rendition's segments before From are the timeline's
	// too.
	Whole bool `json:"w,omitempty"`
}

// maxFeeds bounds the feeds that a stream remembers: a cut of an older one has
// left all windows.
const maxFeeds = 64

// shift is the rendition's number minus the timeline's in an epoch.
func (f *feed) shift(epoch int) int64 {
	if epoch == f.Epoch {
		return f.Shift
	}
	return 0
}

// raw is the timeline's tail in the rendition's own numbers.
func (f *feed) raw(t tail) tail {
	t.Sequence += f.shift(t.Epoch)
	return t
}

// Feeder is the rendition that feeds the timeline; false before the first.
func (s *Stream) Feeder() (string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.feeding().Rendition, len(s.feeds) > 0
}

// feeding is the newest feed.
func (s *Stream) feeding() feed {
	if n := len(s.feeds); n > 0 {
		return s.feeds[n-1]
	}
	return feed{Rendition: origin.Reference, Whole: true, Index: -1}
}

// learnFeed notes a feed. Views of the rendition that were made before do not know
// of it; those of an earlier epoch are served until the rendition begins that.
func (s *Stream) learnFeed(f feed) {
	if f.Index <= s.feeding().Index {
		return
	}
	s.feeds = append(slices.Clone(s.feeds[max(0, len(s.feeds)-(maxFeeds-1)):]), f)
	if tr := s.tracks[f.Rendition]; tr != nil && (tr.newest == nil || tr.newest.Epoch.Index >= f.Epoch) {
		clear(tr.views)
		if tr.newest != nil {
			v := *tr.newest
			v.Placed = false
			tr.newest = &v
		}
	}
}

// fed is the boundary of a rendition that was a boundary of the timeline because
// the rendition fed it. It is called with mu held.
func (s *Stream) fed(rendition string, epoch int, boundary int64) (int64, bool) {
	for i := len(s.feeds) - 1; i >= 0; i-- {
		f := &s.feeds[i]
		if f.Rendition != rendition || epoch < f.Epoch || epoch == f.Epoch && boundary < f.From {
			continue
		}
		if i+1 < len(s.feeds) {
			if next := &s.feeds[i+1]; epoch > next.Epoch || epoch == next.Epoch && boundary > next.Until {
				continue
			}
		}
		return boundary + f.shift(epoch), true
	}
	return 0, false
}

// fedUntil is the number before which all segments of a view were part of the timeline or
// are older; the view's head if that is not known.
func (s *Stream) fedUntil(rendition string, v *origin.View) int64 {
	epoch := v.Epoch.Index
	for i := len(s.feeds) - 1; i >= 0; i-- {
		f := &s.feeds[i]
		if f.Rendition != rendition || epoch < f.Epoch {
			continue
		}
		if i+1 < len(s.feeds) {
			next := &s.feeds[i+1]
			if epoch > next.Epoch || epoch == next.Epoch && next.Until < 0 {
				continue
			}
			if epoch == next.Epoch {
				return next.Until + f.shift(epoch)
			}
		}
		return v.Next()
	}
	if s.feeding().Rendition == rendition {
		return v.Next()
	}
	return v.Head()
}

// timeline is a view of the rendition that feeds the timeline as a view of the
// timeline.
func (s *Stream) timeline(f *feed, v *origin.View) *origin.View {
	shift, from := f.shift(v.Epoch.Index), 0
	if v.Epoch.Index == f.Epoch && !f.Whole {
		from = min(max(0, v.Index(f.From+f.Shift)), len(v.Segments))
	}
	if v.First > v.Head() {
		from = max(from, v.Index(v.First))
	}
	span := s.tracks[origin.Reference].target
	if shift == 0 && from == 0 && span == v.Target {
		return v
	}
	t := &manifest.Timeline{
		Sequence: v.Position(from) - shift, Timed: v.Timed, TargetDuration: v.TargetDuration,
		LiveDelay: v.LiveDelay, Ended: v.Ended, Dated: v.Dated, Segments: v.Segments[from:],
	}
	for _, u := range v.Unread {
		if u.Segment -= from; u.Segment >= 0 {
			t.Unread = append(t.Unread, u)
		}
	}
	return &origin.View{Timeline: t, Epoch: v.Epoch, Times: v.Times[from:], Placed: true, Target: span, First: -1, Fed: t.Next()}
}

// fact is the feed as it is stored.
func (f *feed) fact() avail.Fact {
	return avail.Fact{Key: "reference/" + itoa(int64(f.Index)), Value: origin.Encode(f)}
}
