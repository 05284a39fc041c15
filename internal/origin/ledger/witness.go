package ledger

import (
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/markers"
)

// vote is the difference, by one marker, between the estimated times of a rendition and the
// reference's.
type vote struct {
	Reference int64 `json:"r"`
	Back      bool  `json:"b,omitempty"`
	Off       int64 `json:"o"`
}

// maxVotes bounds what is kept of a rendition that never agrees with itself.
const maxVotes = 16

// agreed collects the votes of the markers of v, and moves its times when the votes of two
// different boundaries agree.
func (s *Stream) agreed(tr *track, v *origin.View) bool {
	for i := range v.Segments {
		for _, m := range s.marked(tr, v, i, farOff*v.Target) {
			if has(tr.votes, m) {
				continue
			}
			for _, o := range tr.votes {
				if d := m.Off - o.Off; d > -v.Segments[i].Duration/2 && d < v.Segments[i].Duration/2 {
					tr.move(v, 0, m.Off)
					return true
				}
			}
			if len(tr.votes) < maxVotes {
				tr.votes = append(tr.votes, m)
			}
		}
	}
	return false
}

// has is whether there is a vote of the same boundary, because a marker that is seen again
// does not count twice.
func has(votes []vote, m vote) bool {
	for _, o := range votes {
		if o.Reference == m.Reference && o.Back == m.Back {
			return true
		}
	}
	return false
}

// correct moves the times after each marker to the reference's, once for each marker.
func (s *Stream) correct(tr *track, v *origin.View) {
	for i := max(0, v.Index(tr.since)); i < len(v.Segments); i++ {
		for _, m := range s.marked(tr, v, i, v.Segments[i].Duration/2-1) {
			if has(tr.fixed, m) {
				continue
			}
			tr.move(v, i, m.Off)
			if tr.fixed = append(tr.fixed, m); len(tr.fixed) > maxVotes {
				tr.fixed = append(tr.fixed[:0:0], tr.fixed[1:]...)
			}
		}
	}
}

// contradicted says whether a marker's only boundary lies elsewhere than v has
// it: the reference's times have leapt where segments of it went by unseen. A
// marker within an avail that it would open is a repeat.
func (s *Stream) contradicted(tr *track, v *origin.View) bool {
	for i := max(0, v.Index(tr.since)); i < len(v.Segments); i++ {
		half := v.Segments[i].Duration / 2
		for _, m := range s.marked(tr, v, i, farOff*v.Target) {
			if m.Off >= half || m.Back && m.Off <= -half {
				return true
			}
		}
	}
	return false
}

// marked are the boundaries of the reference's avails that the markers of
// segment i may stand for: of the same kind, the only ones within reach of
// its time, and with nothing that tells them apart.
func (s *Stream) marked(tr *track, v *origin.View, i int, reach int64) []vote {
	var out []vote
	for k := range v.Segments[i].Signals {
		sig := &v.Segments[i].Signals[k]
		if sig.Kind != manifest.Out && sig.Kind != manifest.In {
			continue
		}
		found, many := vote{}, 0
		for _, sp := range s.spans[v.Epoch.Index] {
			m, ok := stands(sp, sig)
			if m.Off -= tr.counted[i]; ok && m.Off >= -reach && m.Off <= reach {
				found = m
				many++
			}
		}
		if many == 1 {
			out = append(out, found)
		}
	}
	return out
}

// stands says which boundary of an avail a marker would be, with its time. An
// avail that was seen late or half does not begin where its marker stands.
func stands(sp *origin.Span, sig *manifest.Signal) (vote, bool) {
	if sig.Kind == manifest.In {
		if sp.End == origin.Open || sp.Cause != origin.EndSignal {
			return vote{}, false
		}
		at, ok := sp.Time(sp.End)
		return vote{sp.End, true, at}, ok
	}
	named := sig.EventID != "" && sp.EventID != "" && sig.EventID != sp.EventID
	length := sig.Duration - sp.Duration
	if sp.Late > 0 || sp.Joined || named || length < -markers.Slack || length > markers.Slack {
		return vote{}, false
	}
	return vote{sp.Sequence, false, sp.Start}, true
}
