package matrix

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestDASHPods: slate, bumpers, the threshold and what is too short for a Period, as in
// HLS (reference §3.7). The avail is at 130 s and 20 s long.
func TestDASHPods(t *testing.T) {
	t.Parallel()
	clip := func(i int, seconds string) string { return fmt.Sprintf("http://media.example/ad-%d-%s", i, seconds) }
	slate := []any{"SlateAdUrl", clip(9, "7")}
	bumpers := func(length string) []any {
		return []any{"Bumper", map[string]string{"StartUrl": clip(7, length), "EndUrl": clip(8, length)}}
	}
	for _, c := range []struct {
		name  string
		ads   int // of 5 s
		extra []any
		// filled is how long Periods of ads, slate and bumpers are together.
		filled  time.Duration
		periods int
		// impressions are those of ads alone.
		impressions int
	}{
		{"ads alone", 2, nil, 10 * sec, 2, 2},
		// The last second is too short for a Period (P6).
		{"slate after ads", 1, slate, 19 * sec, 3, 1},
		{"slate alone", 0, slate, 20 * sec, 3, 0},
		{"bumpers", 2, bumpers("2"), 14 * sec, 4, 2},
		{"bumpers and slate", 1, append(bumpers("2"), slate...), 20 * sec, 5, 1},
		{"bumpers too short for a Period", 2, bumpers("1"), 10 * sec, 2, 2},
		{"above the threshold", 1, append([]any{"PersonalizationThresholdSeconds", 10}, slate...), 0, 0, 0},
		{"below the threshold", 3, append([]any{"PersonalizationThresholdSeconds", 10}, slate...), 20 * sec, 4, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, vast(c.ads, 5)) }
				p := w.newDASH(byTime, eventForms()[2]).avail(130*sec, 20*sec).open("", c.extra...)
				p.follow(80 * sec)
				p.complete(110*sec, 170*sec)
				if c.filled > 0 {
					p.filled(130*sec, c.filled)
				}
				if n := len(p.ads(0, forever)); n != c.periods {
					t.Errorf("%d Periods of ads, want %d: %v", n, c.periods, p.order)
				}
				p.report()
				if n := w.beacons.total("impression"); n != c.impressions {
					t.Errorf("%d impressions, want %d", n, c.impressions)
				}
				w.wantAccounts(20 * sec)
			})
		})
	}
}

// wantAccounts holds that every second of avails of a length is accounted for: filled and
// unfilled are the length and the change of the drift.
func (w *world) wantAccounts(length time.Duration) {
	w.t.Helper()
	total, filled := w.gather("stitcher_avail_seconds_total", ""), w.gather("stitcher_avail_filled_seconds_total", "")
	unfilled, drift := w.gather("stitcher_avail_unfilled_seconds_total", ""), w.gather("stitcher_avail_drift_change_seconds", "")
	if off := filled + unfilled - total - drift; total != length.Seconds() || math.Abs(off) > 1e-6 {
		w.t.Errorf("%.3f filled + %.3f unfilled is not %.3f + %.3f, avails of %v", filled, unfilled, total, drift, length)
	}
}

// TestDASHPreRoll: a session of a live MPD begins with ads where players begin:
// suggestedPresentationDelay, and minBufferTime where that is longer, before the newest
// time (dash-players, reference §3.5).
func TestDASHPreRoll(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		query string
		// at and length are the avail's, filled that of Periods of ads.
		at, length, filled time.Duration
	}{
		{"no avail near", "", 140 * sec, 20 * sec, 35 * sec},
		{"disabled by the player", "?aws.preroll=disabled", 140 * sec, 20 * sec, 20 * sec},
		{"an avail under it", "", 92 * sec, 8 * sec, 15 * sec},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				p := w.newDASH(byTime, eventForms()[2]).avail(c.at, c.length).open(c.query, "LivePreRollConfiguration", preRoll(15))
				p.poll()
				first := p.ads(0, forever)
				switch {
				case strings.Contains(c.query, "disabled"):
					if len(first) > 0 {
						t.Errorf("%d Periods of ads at first", len(first))
					}
				case len(first) == 0:
					t.Error("the session does not begin with ads")
				default:
					edge := instant(p.last.Published).Sub(instant(p.last.Available))
					if off := first[0].start - (edge - 10*sec); off.Abs() > 2*sec {
						t.Errorf("the pre-roll begins at %v, %v of the place where players begin", first[0].start, off)
					}
				}
				p.follow(90 * sec)
				var sum time.Duration
				for _, x := range p.ads(0, forever) {
					sum += x.end - x.start
				}
				if (sum - c.filled).Abs() > sec {
					t.Errorf("ads of %v, want %v", sum, c.filled)
				}
				p.report()
			})
		})
	}
}

// TestDASHSuppression: what suppression leaves of an avail (reference §3.6). The live edge
// of the first answer is at 96 s.
func TestDASHSuppression(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, query string
		at, filled  time.Duration
	}{
		{"behind: an old avail", "?aws.availSuppressionMode=BEHIND_LIVE_EDGE&aws.availSuppressionValue=00:00:10", 68 * sec, 0},
		{"behind: a young avail", "?aws.availSuppressionMode=BEHIND_LIVE_EDGE&aws.availSuppressionValue=00:00:10", 94 * sec, 20 * sec},
		{"after: one before", "?aws.availSuppressionMode=AFTER_LIVE_EDGE&aws.availSuppressionValue=00:00:30", 112 * sec, 0},
		{"after: one after", "?aws.availSuppressionMode=AFTER_LIVE_EDGE&aws.availSuppressionValue=00:00:30", 140 * sec, 20 * sec},
		{"after: the rest of one", "?aws.availSuppressionMode=AFTER_LIVE_EDGE&aws.availSuppressionValue=00:00:20&aws.availSuppressionFillPolicy=PARTIAL_AVAIL", 112 * sec, 10 * sec},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				p := w.newDASH(byTime, eventForms()[2]).avail(c.at, 20*sec).open(c.query)
				p.follow(80 * sec)
				var sum time.Duration
				for _, x := range p.ads(0, forever) {
					sum += x.end - x.start
				}
				if (sum - c.filled).Abs() > sec {
					t.Errorf("ads of %v, want %v", sum, c.filled)
				}
				p.report()
			})
		})
	}
}

// TestDASHPrefetch: in a session of an MPD the ads of a schedule fill the avail that it is
// for, without another request (reference §1.5), after a restart too.
func TestDASHPrefetch(t *testing.T) {
	t.Parallel()
	const single = `{"Retrieval":{"StartTime":%d,"EndTime":%d},"Consumption":{"StartTime":%d,"EndTime":%d}}`
	const recurring = `{"ScheduleType":"RECURRING","RecurringPrefetchConfiguration":{"StartTime":%d,"EndTime":%d,"RecurringConsumption":{},"RecurringRetrieval":{"DelayAfterAvailEndSeconds":4}}}`
	for _, c := range []struct {
		name   string
		body   string
		times  []time.Duration
		reopen time.Duration
		counts string
		// asked is how often the ad server is asked.
		asked int
	}{
		{"used", single, []time.Duration{5 * sec, 15 * sec, 5 * sec, 50 * sec}, 0, "retrieved 1 used 1 expired 0", 2},
		{"used by the second", single, []time.Duration{5 * sec, 15 * sec, 55 * sec, 90 * sec}, 0, "retrieved 1 used 1 expired 0", 2},
		{"expired", single, []time.Duration{5 * sec, 10 * sec, 5 * sec, 12 * sec}, 0, "retrieved 1 used 0 expired 1", 3},
		{"a restart between", single, []time.Duration{5 * sec, 15 * sec, 5 * sec, 90 * sec}, 16 * sec, "retrieved 0 used 1 expired 0", 2},
		{"recurring", recurring, []time.Duration{5 * sec, 200 * sec}, 0, "retrieved 3 used 2 expired 0", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				a := w.noteAds()
				channel := w.newDASH(byTime, eventForms()[2]).avail(130*sec, 20*sec).avail(170*sec, 20*sec)
				w.configure(originURL + "/live")
				w.schedule("p", c.body, c.times...)
				p := channel.open("")
				for w.now() < 110*sec {
					p.poll()
					if c.reopen != 0 && w.now() >= c.reopen {
						w.reopen()
						c.reopen = 0
					}
					w.until(w.now() + 2*sec)
				}
				p.filled(130*sec, 20*sec)
				p.filled(170*sec, 20*sec)
				p.report()
				counts := fmt.Sprintf("retrieved %v used %v expired %v", w.gather("stitcher_prefetches_total", "retrieved"),
					w.gather("stitcher_prefetches_total", "used"), w.gather("stitcher_prefetches_total", "expired"))
				if counts != c.counts || len(a.at) != c.asked {
					t.Errorf("%s, and the ad server was asked at %v; want %s, %d times", counts, a, c.counts, c.asked)
				}
			})
		})
	}
}

// TestDASHKilled: a process that is killed at any moment of a pre-roll or an avail goes on
// with it: no law is broken, the ad server is not asked again, and no beacon is lost.
func TestDASHKilled(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Duration{2 * sec, 8 * sec, 32 * sec, 36 * sec, 46 * sec, 56 * sec} {
		t.Run(at.String(), func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				p := w.newDASH(byNumber, eventForms()[2]).avail(130*sec, 20*sec).open("", "LivePreRollConfiguration", preRoll(15))
				killed := false
				for w.now() < 80*sec {
					p.poll()
					if !killed && w.now() >= at {
						killed = true
						w.reopen()
					}
					w.until(w.now() + 2*sec)
				}
				p.filled(130*sec, 20*sec)
				p.report()
				if n := w.beacons.total("impression"); n != 7 {
					t.Errorf("%d impressions, want 7", n)
				}
				if n := w.ads.total(); n != 2 {
					t.Errorf("%d ad requests, want 2", n)
				}
			})
		})
	}
}

// TestDASHExplained: the explanation of a session of an MPD tells what that of a session
// of HLS does.
func TestDASHExplained(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		p := w.newDASH(byTime, eventForms()[2]).avail(130*sec, 20*sec).open("", "LivePreRollConfiguration", preRoll(5))
		p.follow(80 * sec)
		w.reopen()
		x, err := w.service.Explain(t.Context(), w.store, p.id)
		if err != nil {
			t.Fatal(err)
		}
		if x.Protocol != "dash" || len(x.Avails) != 2 {
			t.Fatalf("protocol %q, %d avails", x.Protocol, len(x.Avails))
		}
		if r := x.Avails[0].Record; r == nil || !r.PreRoll || len(r.Request.Hops) != 1 {
			t.Errorf("the pre-roll's record is %+v", r)
		}
		a := x.Avails[1]
		if a.Avail.Duration != (20*sec).Microseconds() || a.Decision == nil || len(a.Decision.Items) != 4 || a.Settlement == nil {
			t.Fatalf("the avail is %+v", a)
		}
		if a.Record == nil || len(a.Record.Request.Hops) != 1 || !strings.Contains(a.Record.Request.Hops[0].Body, "<VAST") {
			t.Errorf("the avail's record is %+v", a.Record)
		}
	})
}
