package align

import (
	"stitcher/internal/manifest"
	"stitcher/internal/origin"
	"stitcher/internal/origin/markers"
)

// Vote is the difference, by one marker, between the estimated times of a rendition and the
// reference's.
type Vote struct {
	Reference int64 `json:"r"`
	Back      bool  `json:"b,omitempty"`
	Off       int64 `json:"o"`
}

// maxVotes bounds what is kept of a rendition that never agrees with itself.
const maxVotes = 16

// agreed collects the votes of the markers of v, and moves its times when the votes of two
// different boundaries agree.
func (p *Placement) agreed(v *origin.View, spans []*origin.Span) bool {
	for i := range v.Segments {
		for _, m := range p.marked(v, spans, i, farOff*v.Target) {
			if has(p.Votes, m) {
				continue
			}
			for _, o := range p.Votes {
				if d := m.Off - o.Off; d > -v.Segments[i].Duration/2 && d < v.Segments[i].Duration/2 {
					p.move(v, 0, m.Off)
					return true
				}
			}
			if len(p.Votes) < maxVotes {
				p.Votes = append(p.Votes, m)
			}
		}
	}
	return false
}

// has is whether there is a vote of the same boundary, because a marker that is seen again
// does not count twice.
func has(votes []Vote, m Vote) bool {
	for _, o := range votes {
		if o.Reference == m.Reference && o.Back == m.Back {
			return true
		}
	}
	return false
}

// correct moves the times after each marker to the reference's, once for each marker.
func (p *Placement) correct(v *origin.View, spans []*origin.Span) {
	for i := max(0, v.Index(p.Since)); i < len(v.Segments); i++ {
		for _, m := range p.marked(v, spans, i, v.Segments[i].Duration/2-1) {
			if has(p.Fixed, m) {
				continue
			}
			p.move(v, i, m.Off)
			if p.Fixed = append(p.Fixed, m); len(p.Fixed) > maxVotes {
				p.Fixed = append(p.Fixed[:0:0], p.Fixed[1:]...)
			}
		}
	}
}

// contradicted says whether a marker's only boundary lies elsewhere than v has
// it: the reference's times have leapt where segments of it went by unseen. A
// marker within an avail that it would open is a repeat.
func (p *Placement) contradicted(v *origin.View, spans []*origin.Span) bool {
	for i := max(0, v.Index(p.Since)); i < len(v.Segments); i++ {
		half := v.Segments[i].Duration / 2
		for _, m := range p.marked(v, spans, i, farOff*v.Target) {
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
func (p *Placement) marked(v *origin.View, spans []*origin.Span, i int, reach int64) []Vote {
	var out []Vote
	for k := range v.Segments[i].Signals {
		sig := &v.Segments[i].Signals[k]
		if sig.Kind != manifest.Out && sig.Kind != manifest.In {
			continue
		}
		found, many := Vote{}, 0
		for _, sp := range spans {
			m, ok := stands(sp, sig)
			if m.Off -= p.Times[i]; ok && m.Off >= -reach && m.Off <= reach {
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
func stands(sp *origin.Span, sig *manifest.Signal) (Vote, bool) {
	if sig.Kind == manifest.In {
		if sp.End == origin.Open || sp.Cause != origin.EndSignal {
			return Vote{}, false
		}
		at, ok := sp.Time(sp.End)
		return Vote{sp.End, true, at}, ok
	}
	named := sig.EventID != "" && sp.EventID != "" && sig.EventID != sp.EventID
	length := sig.Duration - sp.Duration
	if sp.Late > 0 || sp.Joined || named || length < -markers.Slack || length > markers.Slack {
		return Vote{}, false
	}
	return Vote{sp.Sequence, false, sp.Start}, true
}
