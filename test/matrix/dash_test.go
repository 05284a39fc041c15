package matrix

import (
	"flag"
	"testing"
	"time"

	"stitcher/internal/lint/xsd/xsdtest"
)

// allDASH has every addressing played with every form of events; without it every pair
// of an addressing and a kind of Periods, and of a form and a kind, is.
var allDASH = flag.Bool("dash.all", false, "play all channels of TestDASHTable")

// TestDASHTable plays channels of every addressing and of every form of events, in one
// Period and in one for each break.
func TestDASHTable(t *testing.T) {
	t.Parallel()
	addresses := []addressing{byTime, byNumber, openRepeat, byDuration, byList}
	for i, form := range eventForms() {
		for k, address := range addresses {
			for n, periods := range []string{"single period", "multi period"} {
				if !*allDASH && i != 2 && (i+n)%len(addresses) != k {
					continue
				}
				t.Run(string(address)+"/"+form.name+"/"+periods, func(t *testing.T) {
					t.Parallel()
					var c *dashChannel
					var p *dashClient
					play(t, func(t *testing.T, w *world) {
						c = w.newDASH(address, form)
						c.multi = n == 1
						c.avail(130*sec, 20*sec).avail(180*sec, 10*sec).avail(220*sec, 16*sec)
						p = c.open("")
						p.follow(160 * sec)
						p.complete(110*sec, 250*sec)
						p.filled(130*sec, 20*sec)
						p.filled(180*sec, 10*sec)
						p.filled(220*sec, 15*sec)
						p.report()
						if n := w.beacons.total("impression"); n != 9 {
							t.Errorf("%d impressions, want 9", n)
						}
						if n := w.ads.total(); n != 3 {
							t.Errorf("%d ad requests, want 3", n)
						}
					})
					t.Run("valid", func(t *testing.T) { valid(t, c, p) })
				})
			}
		}
	}
}

// valid holds that the MPDs of a channel, and those that a player was given, are valid by
// the schema of MPDs (law DASH 5).
func valid(t *testing.T, c *dashChannel, p *dashClient) {
	schema := xsdtest.MPD(t)
	for who, texts := range map[string][][]byte{"the origin": c.texts, "the player": p.texts} {
		found, err := schema.Check(t.Context(), texts...)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			t.Errorf("%s has no MPDs", who)
		}
		for i := range found {
			if found[i] != nil {
				t.Fatalf("MPD %d of %s: %v\n%s", i, who, found[i], texts[i])
			}
		}
	}
}

// filled holds that the break at a time has ads of a length from its beginning.
func (c *dashClient) filled(from, want time.Duration) {
	c.w.t.Helper()
	var sum time.Duration
	list := c.ads(from-sec, from+want+sec)
	for i, p := range list {
		if i == 0 && p.start != from {
			c.violate("ads", "those of the break at %v begin at %v", from, p.start)
		}
		if i > 0 && p.start != list[i-1].end {
			c.violate("ads", "%s begins at %v, the one before ends at %v", p.id, p.start, list[i-1].end)
		}
		sum += p.end - p.start
	}
	if (sum - want).Abs() > sec/2 {
		c.violate("ads", "the break at %v has ads of %v, want %v: %d", from, sum, want, len(list))
	}
}
