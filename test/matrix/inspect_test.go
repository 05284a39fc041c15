package matrix

import (
	"testing"

	"stitcher/internal/manifest/hls/check/rule"
)

// sum adds up a counter's series that have a label.
func (w *world) sum(metric, name, value string) (n float64) {
	w.t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != metric {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == name && l.GetValue() == value {
					n += m.GetCounter().GetValue()
				}
			}
		}
	}
	return n
}

// TestInspectionDASH: the MPDs of a session break no rule up to the end of a break.
func TestInspectionDASH(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.inspected = true
		w.reopen()
		c := w.newDASH(byTime, eventForms()[2])
		c.avail(130*sec, 20*sec)
		p := c.open("")
		p.follow(50 * sec)
		if n := w.sum("stitcher_manifest_inspections_total", "outcome", "inspected"); n < 10 {
			t.Errorf("%v MPDs were inspected", n)
		}
		if n := w.sum("stitcher_manifest_rule_violations_total", "by", "ours"); n > 0 {
			t.Errorf("%v violations are ours\n%s", n, w.log.bytes())
		}
	})
}

// TestInspection: the playlists of a session with ads break no rule, and what the
// origin breaks is counted as the origin's.
func TestInspection(t *testing.T) {
	t.Parallel()
	const violations = "stitcher_manifest_rule_violations_total"
	for _, broken := range []bool{false, true} {
		play(t, func(t *testing.T, w *world) {
			w.inspected = true
			w.reopen()
			w.configure(originURL + "/live")
			v := video("v0.m3u8").avail(120*sec, 20*sec)
			if broken {
				v.tag(112*sec, `#EXT-X-DATERANGE:ID="x",START-DATE="2026-01-01T00:00:00Z",DURATION=-5`)
			}
			w.newChannel(v).serve("origin.example")
			p := w.join("master.m3u8")
			p.excuse(rule.DateRangeInvalid, rule.AttributeMalformed)
			p.follow(60 * sec)
			if n := w.sum("stitcher_manifest_inspections_total", "outcome", "inspected"); int(n) < p.polls/2 {
				t.Errorf("%v of %d playlists were inspected", n, p.polls)
			}
			if n := w.sum(violations, "by", "ours"); n > 0 {
				t.Errorf("%v violations are ours\n%s", n, w.log.bytes())
			}
			if n := w.sum(violations, "by", "origin"); (n > 0) != broken {
				t.Errorf("%v violations are the origin's; its playlist is broken: %t", n, broken)
			}
		})
	}
}
