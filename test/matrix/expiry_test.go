package matrix

import (
	"errors"
	"math"
	"net/http"
	"testing"
	"time"

	"stitcher/internal/stitch/records"
)

// window is how long the window of these channels is, and so a session is kept
// for ten times that (reference §2.3).
const window = 40 * sec

// TestExpiry: a session that nobody asks for is over after ten windows and not
// before, whether the process goes on or starts again.
func TestExpiry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		idle   time.Duration
		status int
	}{
		{"nearly ten windows", 10*window - 10*sec, 200},
		{"long after", 13 * window, 404},
	} {
		for _, restart := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				play(t, func(t *testing.T, w *world) {
					w.channelOf(20 * time.Minute)
					p := w.join("master.m3u8").follow(50 * sec)
					w.until(w.now() + c.idle)
					if restart {
						w.reopen()
					}
					if a := w.get(p.urls[0]); a.Code != c.status {
						t.Errorf("after %v (restart %v): %d %s", c.idle, restart, a.Code, a.Body)
					}
				})
			})
		}
	}
}

// TestIdleSessionsGo: a session that was never played goes after two minutes however long
// its window is, and one that was played after the time that the operator has set, from
// memory and from the store.
func TestIdleSessionsGo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name              string
		longest, gone, on time.Duration
		played            bool
	}{
		{name: "never played", on: 100 * sec, gone: 140 * sec},
		{name: "played", played: true, on: 300 * sec, gone: 520 * sec},
		{name: "played, bounded by the operator", longest: 90 * sec, played: true, on: 80 * sec, gone: 130 * sec},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.sessionTTL = c.longest
				w.reopen()
				w.channelOf(30 * time.Minute)
				for _, idle := range []struct {
					time   time.Duration
					status int
				}{{c.on, 200}, {c.gone, 404}} {
					p := w.join("master.m3u8")
					if c.played {
						p.poll()
					}
					w.until(w.now() + idle.time)
					if n := w.gather("stitcher_sessions_active", ""); (n > 0) != (idle.status == 200) {
						t.Errorf("after %v %v sessions are in memory", idle.time, n)
					}
					if a := w.get(p.urls[0]); a.Code != idle.status {
						t.Errorf("after %v: %d %s", idle.time, a.Code, a.Body)
					}
					w.until(w.now() + 20*time.Minute)
				}
			})
		})
	}
}

// channelOf is a plain channel that lasts for so long.
func (w *world) channelOf(length time.Duration) {
	w.configure(originURL + "/live")
	c := w.newChannel(lay("v0.m3u8", "video", length, 4*sec).avail(120*sec, 20*sec))
	c.serve("origin.example")
}

// TestOutageKeepsSession: players that ask in vain, for their origin is down for
// longer than a session is kept, are in use all the same (activity is a player's
// request, reference §2.3). They were forgotten by the store, and every decision
// after that was lost with the next restart.
func TestOutageKeepsSession(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.channelOf(30 * time.Minute)
		p := w.join("master.m3u8").follow(30 * sec)
		w.net.fault(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "origin.example" {
				return nil, errors.New("connection refused")
			}
			return nil, nil //nolint:nilnil // the hosts answer
		})
		for end := w.now() + 15*window; w.now() < end; w.until(w.now() + 4*sec) {
			w.get(p.urls[0])
		}
		w.net.fault(nil)
		w.reopen()
		if a := w.get(p.urls[0]); a.Code != http.StatusOK {
			t.Errorf("after the outage: %d %s", a.Code, a.Body)
		}
	})
}

// TestSegmentsKeepSession: a player that only fetches segments is there.
func TestSegmentsKeepSession(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.channelOf(30 * time.Minute)
		p := w.join("master.m3u8").follow(45 * sec)
		var ad string
		for uri := range p.ads[0] {
			ad = uri
		}
		for end := w.now() + 15*window; w.now() < end; w.until(w.now() + 20*sec) {
			if a := w.get(ad); a.Code != http.StatusFound {
				t.Fatalf("%v: %d %s", w.now(), a.Code, a.Body)
			}
		}
		w.reopen()
		if a := w.get(p.urls[0]); a.Code != http.StatusOK {
			t.Errorf("%d %s", a.Code, a.Body)
		}
	})
}

// TestBeaconsOutliveSession: what a beacon is about is known for an hour after
// the session is over; a tracking host may be down for that long (reference
// §6.1). Sessions of short windows took their last ads' beacons with them.
func TestBeaconsOutliveSession(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.channelOf(5 * time.Minute)
		p := w.join("master.m3u8").follow(50 * sec)
		source := records.NewSource(w.store)
		w.until(w.now() + 55*time.Minute)
		if a := w.get(p.urls[0]); a.Code != 404 {
			t.Fatalf("the session goes on: %d", a.Code)
		}
		if len(w.beacons.triggers) == 0 {
			t.Fatal("nothing was triggered")
		}
		for _, x := range w.beacons.triggers {
			if ad, s, err := source.Ad(t.Context(), x.Session, x.Avail, x.Ad); err != nil || ad == nil || s == nil {
				t.Errorf("%+v: %v", x, err)
			}
		}
	})
}

// TestAccounts: what the metrics say of avails is what was on screen, and every
// second has its place (design §5), with ads, without, and when viewers leave.
func TestAccounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		set    func(w *world)
		stay   time.Duration
		reason string
	}{
		{"full pod", func(*world) {}, 80 * sec, ""},
		{"no ads", func(w *world) { w.ads.answer = empty }, 80 * sec, "ads_empty"},
		{"viewer leaves in the ad", func(*world) {}, 31 * sec, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				c.set(w)
				w.channelOf(20 * time.Minute)
				p := w.join("master.m3u8").follow(c.stay)
				ads := p.seconds(0, true)
				w.until(w.now() + 12*window)
				total := w.gather("stitcher_avail_seconds_total", "")
				filled := w.gather("stitcher_avail_filled_seconds_total", "")
				unfilled := w.gather("stitcher_avail_unfilled_seconds_total", "")
				drift := w.gather("stitcher_avail_drift_change_seconds", "")
				if total == 0 || math.Abs(filled+unfilled-total-drift) > 1e-6 {
					t.Errorf("%.3f filled + %.3f unfilled is not %.3f + %.3f", filled, unfilled, total, drift)
				}
				if math.Abs(filled-ads) > 1e-6 {
					t.Errorf("%.3f s are filled and the player saw %.3f s", filled, ads)
				}
				if c.reason != "" && w.gather("stitcher_avail_unfilled_seconds_total", c.reason) != unfilled {
					t.Errorf("not all unfilled seconds are %s", c.reason)
				}
			})
		})
	}
}

// gather adds up a metric's series, those with a label of a value if one is
// given.
func (w *world) gather(name, label string) float64 {
	w.t.Helper()
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			match := label == ""
			for _, l := range m.GetLabel() {
				match = match || l.GetValue() == label
			}
			if match {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}
