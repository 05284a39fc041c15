package stitch

import (
	"maps"
	"slices"
	"testing"
)

// TestSimulationNodesAgree plays each world twice, with one node and with three, and
// holds that every client was listed the same segments. Nodes fetch at each request, their
// clocks agree, and the ad server answers at once, because otherwise the moment at which
// a node learns of an avail depends on its cache. Restarts are left out, because how
// many of the last segments before one are listed depends on who saw them, and pre-rolls,
// because requests of one instant come in another order.
func TestSimulationNodesAgree(t *testing.T) {
	worlds := map[string]simFaults{
		"plain":                    {},
		"discontinuities and late": {discontinuities: true, skew: true, lateMarkers: true},
		"undated":                  {undated: true, skew: true},
	}
	hours := *simHours / 2
	if testing.Short() {
		hours = min(hours, 0.1)
	}
	until := int64(hours * 3600 * float64(simSecond))
	for _, name := range slices.Sorted(maps.Keys(worlds)) {
		t.Run(name, func(t *testing.T) {
			for seed := *simFrom; seed < *simFrom+*simSeeds; seed++ {
				faults := worlds[name]
				faults.prompt = true
				one := newSimWorld(seed, until, faults)
				one.run(until)
				faults.nodes = 3
				three := newSimWorld(seed, until, faults)
				three.run(until)
				sameHistory(t, one, three)
			}
		})
	}
}

// sameHistory compares all that the clients of two worlds were listed.
func sameHistory(t *testing.T, one, three *simWorld) {
	t.Helper()
	if len(one.all) != len(three.all) || one.responses == 0 {
		t.Fatalf("seed %d: %d clients with one node and %d with three, %d responses", one.seed, len(one.all), len(three.all), one.responses)
	}
	ads := 0
	for i, c := range one.all {
		d := three.all[i]
		for r := range c.seen {
			a, b := history(c, r), history(d, r)
			// A rendition that a client asks for late may begin earlier in one world.
			n := min(len(a), len(b))
			if n == 0 && len(a)+len(b) > 0 {
				t.Errorf("seed %d client %d rendition %d: %d segments with one node, %d with three", one.seed, i, r, len(a), len(b))
			}
			a, b = a[len(a)-n:], b[len(b)-n:]
			for k := range a {
				if a[k] != b[k] {
					t.Errorf("seed %d client %d rendition %d: segment %d of %d is %v with one node, %v with three", one.seed, i, r, k, n, a[k], b[k])
					break
				}
			}
			for _, s := range a {
				if ad, _ := one.identify(r, s.uri); ad != "" {
					ads++
				}
			}
		}
	}
	if ads == 0 {
		t.Errorf("seed %d: no ad was listed", one.seed)
	}
}

// simListed is a segment that a client was listed. It has no sequence number, because a
// rendition that a client asks for after its first avails may begin at any.
type simListed struct {
	uri    string
	number int64 // discontinuity sequence number
}

// history is all that a client was listed of a rendition, in order.
func history(c *simClient, r int) []simListed {
	seen := c.seen[r]
	var list []simListed
	for _, n := range slices.Sorted(maps.Keys(seen.uri)) {
		list = append(list, simListed{seen.uri[n], seen.number[n]})
	}
	return list
}
