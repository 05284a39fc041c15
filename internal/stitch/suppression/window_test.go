package suppression

import (
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/origin"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/pods"
)

// TestWindow is the table of avail suppression (reference §3.6): a session that
// began at the live edge 1000 s, and an avail of 30 s in segments of 6 s.
func TestWindow(t *testing.T) {
	const s = int64(1_000_000)
	behind := func(value int64) playback.Suppression { return playback.Suppression{Behind: true, Value: value * s} }
	after := func(value int64, partial bool) playback.Suppression {
		return playback.Suppression{After: true, Value: value * s, Partial: partial}
	}
	suppressed := Window{Reason: avail.Suppressed}
	for name, tc := range map[string]struct {
		mode  playback.Suppression
		start int64
		// seen is how many segments of the avail are known, ended that it is over.
		seen  int64
		ended bool
		// later asks in a run after the first: the origin has started again.
		later bool
		want  Window
	}{
		"off":                            {start: 900, seen: 5},
		"behind, older":                  {mode: behind(60), start: 930, seen: 5, want: suppressed},
		"behind, at the mark":            {mode: behind(60), start: 940, seen: 5, want: suppressed},
		"behind, newer":                  {mode: behind(60), start: 941, seen: 5},
		"behind 0, at the edge":          {mode: behind(0), start: 1000, seen: 5, want: suppressed},
		"behind 0, after the edge":       {mode: behind(0), start: 1001, seen: 1},
		"behind is never partial":        {mode: playback.Suppression{Behind: true, Value: 0, Partial: true}, start: 990, seen: 5, want: suppressed},
		"after, too early":               {mode: after(60, false), start: 1050, seen: 5, want: suppressed},
		"after, at the mark":             {mode: after(60, false), start: 1060, seen: 1},
		"after 0, from the edge on":      {mode: after(0, false), start: 1000, seen: 1},
		"partial, at a boundary":         {mode: after(60, true), start: 1048, seen: 5, want: Window{From: 102}},
		"partial, inside a segment":      {mode: after(60, true), start: 1050, seen: 5, want: Window{From: 102}},
		"partial, not there yet":         {mode: after(60, true), start: 1050, seen: 1, want: Window{Wait: true}},
		"partial, over before the mark":  {mode: after(600, true), start: 1050, seen: 5, ended: true, want: suppressed},
		"partial, only the end is after": {mode: after(60, true), start: 1030, seen: 5, ended: true, want: suppressed},
		"partial, starts after":          {mode: after(60, true), start: 1060, seen: 1},
		"after a restart of the origin":  {mode: after(60, false), start: 1010, seen: 5, later: true},
	} {
		t.Run(name, func(t *testing.T) {
			sp := &origin.Span{Avail: avail.Avail{Key: avail.Key{Sequence: 100}, Start: tc.start * s}, End: origin.Open}
			for i := range tc.seen + 1 {
				sp.Bounds = append(sp.Bounds, origin.Bound{Sequence: 100 + i, Time: (tc.start + 6*i) * s})
			}
			if tc.ended {
				sp.End = 100 + tc.seen
			}
			rule := Rule{Suppression: tc.mode, Edge: 1000 * s}
			if tc.later {
				rule.Edge = 0
			}
			if got := rule.Of(&pods.Run{}, sp); got != tc.want {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
		})
	}
}
