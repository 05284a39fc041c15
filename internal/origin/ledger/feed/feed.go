// Package feed says which rendition the timeline of a stream is taken from.
package feed

import (
	"slices"
	"strconv"

	"stitcher/internal/avail"
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
)

// Feed says which rendition the timeline is taken from, from a number on. It is
// created once under "reference/" and its index. A stream without feeds is fed by
// the rendition that is called Reference itself.
type Feed struct {
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

// Max bounds the feeds that a stream remembers: a cut of an older one has
// left all windows.
const Max = 64

// ShiftIn is the rendition's number minus the timeline's in an epoch.
func (f *Feed) ShiftIn(epoch int) int64 {
	if epoch == f.Epoch {
		return f.Shift
	}
	return 0
}

// Feeds are the last feeds of a stream, oldest first. They are replaced, never changed.
type Feeds []Feed

// Last is the newest feed, or that of a stream without feeds.
func (s Feeds) Last() Feed {
	if n := len(s); n > 0 {
		return s[n-1]
	}
	return Feed{Rendition: origin.Reference, Whole: true, Index: -1}
}

// With is the feeds with one more.
func (s Feeds) With(f Feed) Feeds {
	return append(slices.Clone(s[max(0, len(s)-(Max-1)):]), f)
}

// Fed is the boundary of a rendition that was a boundary of the timeline because
// the rendition fed it; false if it did not.
func (s Feeds) Fed(rendition string, epoch int, boundary int64) (int64, bool) {
	for i := len(s) - 1; i >= 0; i-- {
		f := &s[i]
		if f.Rendition != rendition || epoch < f.Epoch || epoch == f.Epoch && boundary < f.From {
			continue
		}
		if i+1 < len(s) {
			if next := &s[i+1]; epoch > next.Epoch || epoch == next.Epoch && boundary > next.Until {
				continue
			}
		}
		return boundary + f.ShiftIn(epoch), true
	}
	return 0, false
}

// FedUntil is the number before which all segments of a view were part of the timeline or
// are older; the view's head if that is not known.
func (s Feeds) FedUntil(rendition string, v *origin.View) int64 {
	epoch := v.Epoch.Index
	for i := len(s) - 1; i >= 0; i-- {
		f := &s[i]
		if f.Rendition != rendition || epoch < f.Epoch {
			continue
		}
		if i+1 < len(s) {
			next := &s[i+1]
			if epoch > next.Epoch || epoch == next.Epoch && next.Until < 0 {
				continue
			}
			if epoch == next.Epoch {
				return next.Until + f.ShiftIn(epoch)
			}
		}
		return v.Next()
	}
	if s.Last().Rendition == rendition {
		return v.Next()
	}
	return v.Head()
}

// Timeline is a view of the rendition that feeds the timeline as a view of the
// timeline, whose target duration is span, in microseconds.
func (f *Feed) Timeline(v *origin.View, span int64) *origin.View {
	shift, from := f.ShiftIn(v.Epoch.Index), 0
	if v.Epoch.Index == f.Epoch && !f.Whole {
		from = min(max(0, v.Index(f.From+f.Shift)), len(v.Segments))
	}
	if v.First > v.Head() {
		from = max(from, v.Index(v.First))
	}
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

// Fact is the feed as it is stored.
func (f *Feed) Fact() avail.Fact {
	return avail.Fact{Key: "reference/" + strconv.Itoa(f.Index), Value: origin.Encode(f)}
}
