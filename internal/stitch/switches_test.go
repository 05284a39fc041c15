package stitch

import (
	"strings"
	"testing"

	"stitcher/internal/stitch/hlsplan"
)

// TestEveryRuleIsMissed: with a rule of splicing.md turned off the simulation
// reports violations. The rules themselves are held by TestSimulation.
func TestEveryRuleIsMissed(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes; run without -short")
	}
	all := simFaults{restarts: true, discontinuities: true, stale: true, skew: true, lateMarkers: true}
	for _, c := range []struct {
		name   string
		off    switches
		faults simFaults
		doubt  bool // whether doubt is off
	}{
		{"horizon", switches{plan: hlsplan.Switches{Horizon: true}}, all, false},
		{"held back", switches{plan: hlsplan.Switches{Hold: true}}, all, false},
		{"listed when revealed", switches{revealed: true}, all, false},
		{"return at the smallest drift", switches{nearest: true}, simFaults{}, false},
		{"cuts by discontinuity number", switches{plan: hlsplan.Switches{Numbers: true}}, all, false},
		{"late start", switches{late: true}, all, false},
		{"the timeline moves", switches{move: true}, simFaults{dies: true}, false},
		{"doubt", switches{}, simFaults{outages: true, nodes: 3}, true},
		{"records in the store", switches{records: true}, all, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			const until = 1800 * simSecond
			for seed := int64(1); seed <= 24; seed++ {
				w := newSimWorld(seed, until, c.faults)
				w.off, w.undoubting = c.off, c.doubt
				w.run(until)
				for law, example := range w.examples {
					if !strings.HasPrefix(law, "note:") {
						t.Logf("seed %d: %s: %s", seed, law, example)
						return
					}
				}
			}
			t.Error("nothing misses the rule")
		})
	}
}
