package ledger

import (
	"slices"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/origin/ledger/unread"
	"stitcher/internal/origin/markers"
)

// scan reads the markers of a view of the timeline: what they add to the ledger.
func (s *Stream) scan(v *origin.View, now time.Time) []avail.Fact {
	k := markers.Known{Spans: s.spans[v.Epoch.Index], Scanned: -1, Maximum: s.opt.Maximum}
	if t, ok := s.tails[origin.Reference]; ok && t.Epoch == v.Epoch.Index {
		k.Scanned = t.Sequence
	}
	if tr := s.tracks[origin.Reference]; tr != nil {
		k.Grown = tr.grown
	}
	if n := len(s.overlays); n > 0 {
		k.Overlay = &s.overlays[n-1]
	}
	return append(markers.Read(k, v, now), s.unread.Facts(v, now)...)
}

// Unread are the newest markers that could not be understood, oldest first.
func (s *Stream) Unread() unread.Markers {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.unread)
}

// maxOverlays bounds the overlays that a stream remembers.
const maxOverlays = 64

// Overlays are the newest opportunities for overlays that the reference
// announced, oldest first. They are reported and never stitched (MediaTailor
// treats SCTE 35's type 0x38 so).
func (s *Stream) Overlays() []avail.Avail {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.overlays)
}
