package stitch

import (
	"strings"
	"testing"
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
	}{
		{"horizon", switches{horizon: true}, all},
		{"held back", switches{hold: true}, all},
		{"listed when revealed", switches{revealed: true}, all},
		{"return at the smallest drift", switches{nearest: true}, simFaults{}},
		{"cuts by discontinuity number", switches{numbers: true}, all},
		{"late start", switches{late: true}, all},
		{"the timeline moves", switches{move: true}, simFaults{dies: true}},
		{"doubt", switches{doubt: true}, simFaults{outages: true, nodes: 3}},
		{"records in the store", switches{records: true}, all},
	} {
		t.Run(c.name, func(t *testing.T) {
			const until = 1800 * simSecond
			for seed := int64(1); seed <= 24; seed++ {
				w := newSimWorld(seed, until, c.faults)
				w.off = c.off
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
