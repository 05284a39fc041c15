// Package suppression says which part of an avail a session may fill: what avail suppression
// (reference §3.6) and the session's own pre-roll leave of it.
package suppression

import (
	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/known"
	"stitcher/internal/stitch/pods"
)

// Window says from which boundary on an avail may be filled.
type Window struct {
	// From is that boundary; 0 is the avail's start.
	From int64
	// Reason leaves the avail to content unless it is "".
	Reason avail.Reason
	// Wait is set while it is not known from where on the avail may be filled: content is
	// shown until then.
	Wait bool
}

// Rule is what a session's windows depend on.
type Rule struct {
	playback.Suppression
	// Edge is the live edge at the session's start, in stream time, from which Suppression
	// counts; 0 if it does not count, as after a restart of the origin.
	Edge int64
	// Own are the avails that the session alone has.
	Own []*known.Own
}

// Of is the window of an avail; r is the session's run of its epoch.
func (x *Rule) Of(r *pods.Run, sp *origin.Span) Window {
	var w Window
	for _, o := range x.Own {
		if o.Epoch != sp.Epoch || o.Static {
			continue
		}
		f := r.Find(o.Sequence)
		switch {
		case sp.Sequence < o.Sequence && (sp.End == origin.Open || sp.End > o.Sequence):
			return Window{Reason: avail.Suppressed}
		case sp.Sequence < o.Sequence || f == nil || f.Empty() || f.Back <= sp.Sequence:
		case sp.End != origin.Open && sp.End <= f.Back:
			return Window{Reason: avail.Suppressed}
		default:
			w.From = f.Back
		}
	}
	switch {
	case x.Edge == 0:
	case x.Behind && sp.Start <= x.Edge-x.Value, x.After && sp.Start < x.Edge+x.Value && !x.Partial:
		return Window{Reason: avail.Suppressed}
	case x.After && sp.Start < x.Edge+x.Value:
		late := after(sp, x.Edge+x.Value)
		late.From = max(late.From, w.From)
		return late
	}
	return w
}

// after is the part of an avail that begins at the first boundary not before a
// time.
func after(sp *origin.Span, at int64) Window {
	for _, b := range sp.Bounds {
		if b.Time < at-pods.SameTime {
			continue
		}
		if sp.End != origin.Open && b.Sequence >= sp.End {
			return Window{Reason: avail.Suppressed}
		}
		return Window{From: b.Sequence}
	}
	if sp.End != origin.Open {
		return Window{Reason: avail.Suppressed}
	}
	return Window{Wait: true}
}
