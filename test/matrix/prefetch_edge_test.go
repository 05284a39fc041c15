package matrix

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stitcher/internal/ads"
	"stitcher/internal/egress"
	"stitcher/internal/httpapi/viewer"
	"stitcher/internal/stitch/service"
)

// anyAvail is a schedule that retrieves from its first time to its second, for
// every avail from its third to its fourth.
const anyAvail = `{"Retrieval":{"StartTime":%d,"EndTime":%d},"Consumption":{"StartTime":%d,"EndTime":%d}}`

// liveWithAvails has avails at 20 s and at 60 s.
func (w *world) liveWithAvails() {
	w.configure(originURL + "/live")
	w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec).avail(160*sec, 20*sec), audio("a0.m3u8")).serve("origin.example")
}

// outcomes are what the metric counted.
func (w *world) outcomes() string {
	var b strings.Builder
	for _, o := range []string{"retrieved", "used", "expired", "empty", "failed"} {
		if n := w.gather("stitcher_prefetches_total", o); n > 0 {
			fmt.Fprintf(&b, "%s %v ", o, n)
		}
	}
	return strings.TrimSpace(b.String())
}

func (w *world) wantOutcomes(want string) {
	w.t.Helper()
	if got := w.outcomes(); got != want {
		w.t.Errorf("outcomes %q, want %q", got, want)
	}
}

// TestPrefetchByNodes: a second node over the same store begins no round that the
// first has begun, and uses what it retrieved: what an avail's end is follows from
// the ledger, not from when a node saw it.
func TestPrefetchByNodes(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.liveWithAvails()
		a := w.noteAds()
		w.schedule("p", `{"ScheduleType":"RECURRING","RecurringPrefetchConfiguration":{"StartTime":%d,"EndTime":%d,"RecurringConsumption":{},"RecurringRetrieval":{"DelayAfterAvailEndSeconds":4}}}`,
			5*sec, 100*sec)
		out := egress.New(egress.Options{Transport: w.net})
		manifests := newManifests(t, out)
		defer manifests.Close()
		log := slog.New(slog.DiscardHandler)
		decider := ads.New(ads.Options{Fetcher: out, Renditions: w.shelf, Log: log, Now: time.Now})
		service := service.New(t.Context(), service.Options{
			Configurations: w.configurations, Manifests: manifests, Facts: profiled{w.store, w},
			Assets: w.shelf, Profiles: w.shelf, Beacons: w.beacons, Fetcher: out,
			Decisions: decider, Retriever: decider, Schedules: w.schedules,
			Hash: w.hash, MaxSessions: 10, MaximumAvail: 300 * sec,
			Log: log, Now: time.Now, Metrics: service.NewMetrics(prometheus.NewRegistry()),
		})
		other, err := viewer.New(viewer.Options{Service: service, Files: w.shelf, Log: log, Hash: w.hash})
		if err != nil {
			t.Fatal(err)
		}
		nodes := []http.Handler{w.handler, other}
		p := w.join("master.m3u8")
		for k := 0; w.now() < 95*sec && !t.Failed(); k++ {
			w.handler = nodes[k%2]
			p.poll()
			w.until(w.now() + sec)
		}
		p.wantAds(40)
		if got := a.String(); got != "[5s 45s 1m25s]" {
			t.Errorf("the ad server was asked at %s", got)
		}
	})
}

// TestPrefetchMadeAnew: a schedule is changed by deleting it and making it again
// under its name; what was retrieved for the old one is not used for the new one,
// which has a retrieval of its own.
func TestPrefetchMadeAnew(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.liveWithAvails()
		a := w.noteAds()
		w.schedule("p", anyAvail, 5*sec, 15*sec, 5*sec, 18*sec)
		p := w.join("master.m3u8").follow(8 * sec)
		if err := w.schedules.Delete(t.Context(), configuration, "p"); err != nil {
			t.Fatal(err)
		}
		w.schedule("p", anyAvail, 10*sec, 15*sec, 50*sec, 80*sec)
		p.follow(95 * sec)
		p.wantAds(40)
		if got := a.String(); got != "[5s 10s 25s]" {
			t.Errorf("the ad server was asked at %s", got)
		}
		w.wantOutcomes("retrieved 2 used 1 expired 1")
	})
}

// TestPrefetchNeedsNoHold: the playlist that first shows an avail shows its ads
// where they were retrieved, and is held back before it where they were not.
func TestPrefetchNeedsNoHold(t *testing.T) {
	t.Parallel()
	for _, prefetched := range []bool{true, false} {
		t.Run(fmt.Sprint(prefetched), func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.liveWithAvails()
				w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) {
					time.Sleep(800 * ms)
					fmt.Fprint(rw, vast(4, 5))
				}
				if prefetched {
					w.schedule("p", anyAvail, 5*sec, 15*sec, 5*sec, 50*sec)
				}
				p := w.join("master.m3u8").follow(23 * sec)
				w.until(24*sec + 500*ms)
				p.poll()
				if got := p.seconds(0, true) > 0; got != prefetched {
					t.Errorf("the first playlist shows %.1f s of ads", p.seconds(0, true))
				}
				if p.slowest > 1100*ms {
					t.Errorf("a playlist took %v", p.slowest)
				}
				w.until(26 * sec) // the ad server's answer is on its way
			})
		})
	}
}

// TestPrefetchFaults: what brings nothing leaves the avail as it would be.
func TestPrefetchFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"empty":  {empty, "empty 1"},
		"silent": {silent, "failed 1"},
		"broken": {func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) }, "failed 1"},
		"too much": {func(rw http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(rw, strings.Replace(vast(4, 5), "<Ad id", "<Ad x=\""+strings.Repeat("x", 600<<10)+"\" id", 1))
		}, "failed 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.liveWithAvails()
				w.ads.answer = func(rw http.ResponseWriter, r *http.Request) {
					if w.now() < 20*sec {
						c.answer(rw, r)
						return
					}
					fmt.Fprint(rw, vast(4, 5))
				}
				w.schedule("p", anyAvail, 5*sec, 15*sec, 5*sec, 50*sec)
				w.join("master.m3u8").follow(45 * sec).wantAds(20)
				w.wantOutcomes(c.want)
			})
		})
	}
}

// TestPrefetchNotForAll: an asset that has ended and the pre-roll of a live
// stream are not filled from prefetches (reference §1.5).
func TestPrefetchNotForAll(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.liveWithAvails()
		w.configure(originURL+"/live", "LivePreRollConfiguration", map[string]any{"AdDecisionServerUrl": "http://ads.example/pre", "MaxDurationSeconds": 10})
		w.schedule("p", anyAvail, 0, 15*sec, 0, 50*sec)
		// The set is there when the next answer has the pre-roll placed.
		p := w.join("master.m3u8").follow(18 * sec)
		w.wantOutcomes("retrieved 1")
		p.follow(45 * sec)
		w.wantOutcomes("retrieved 1 used 1")
	})
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		v := video("v0.m3u8").avail(20*sec, 20*sec)
		v.ends = 1
		w.newChannel(v).serve("origin.example")
		w.schedule("p", anyAvail, 0, 60*sec, 0, 60*sec)
		w.join("master.m3u8").follow(10 * sec)
		w.wantOutcomes("")
	})
}

// TestPrefetchExplained: the record of an avail names the schedule that its ads
// are from, and shows the request that was made for it.
func TestPrefetchExplained(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.liveWithAvails()
		w.schedule("p", anyAvail, 5*sec, 15*sec, 5*sec, 50*sec)
		p := w.join("master.m3u8").follow(80 * sec)
		e, err := w.service.Explain(t.Context(), w.store, p.id)
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Avails) != 2 || e.Avails[0].Record == nil || e.Avails[1].Record == nil {
			b, _ := json.Marshal(e)
			t.Fatalf("explained %s", b)
		}
		first, second := e.Avails[0].Record, e.Avails[1].Record
		if first.Prefetch != "p" || first.Request.URL == "" || len(first.Request.Hops) != 1 || second.Prefetch != "" {
			t.Errorf("the records are of %q (%s, %d hops) and %q", first.Prefetch, first.Request.URL, len(first.Request.Hops), second.Prefetch)
		}
	})
}

// TestPrefetchViewerLeaves: what a viewer who left did not use is counted too.
func TestPrefetchViewerLeaves(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.liveWithAvails()
		w.schedule("p", anyAvail, 5*sec, 15*sec, 3000*sec, 3600*sec)
		w.join("master.m3u8").follow(10 * sec)
		w.wantOutcomes("retrieved 1")
		w.until(1800 * sec)
		w.wantOutcomes("retrieved 1 expired 1")
	})
}

// TestPrefetchCrowd: a thousand viewers of one schedule make one ad request each,
// spread over its window, and none at the avail (field failure B-51).
func TestPrefetchCrowd(t *testing.T) {
	t.Parallel()
	const viewers = 1000
	play(t, func(t *testing.T, w *world) {
		w.liveWithAvails()
		a := w.noteAds()
		w.schedule("p", `{"Retrieval":{"StartTime":%d,"EndTime":%d,"TrafficShapingType":"RETRIEVAL_WINDOW","TrafficShapingRetrievalWindow":{"RetrievalWindowDurationSeconds":10}},"Consumption":{"StartTime":%d,"EndTime":%d}}`,
			5*sec, 20*sec, 5*sec, 50*sec)
		urls := make([]string, viewers)
		each := func(f func(i int)) {
			var all sync.WaitGroup
			for i := range viewers {
				all.Go(func() { f(i) })
			}
			all.Wait()
		}
		each(func(i int) { urls[i] = w.join("master.m3u8").urls[0] })
		for w.now() < 34*sec && !t.Failed() {
			each(func(i int) {
				if a := w.get(urls[i]); a.Code != http.StatusOK {
					t.Errorf("viewer %d: %d %s", i, a.Code, a.Body)
				} else if w.now() >= 30*sec && !strings.Contains(a.Body.String(), "segment/") {
					t.Errorf("viewer %d sees no ad at %v", i, w.now())
				}
			})
			w.until(w.now() + 2*sec)
		}
		perSecond := map[time.Duration]int{}
		for _, at := range a.at {
			perSecond[at]++
			if at < 5*sec || at > 18*sec {
				t.Errorf("asked at %v", at)
			}
		}
		for at, n := range perSecond {
			if n > viewers/3 { // a fifth, for the players come every two seconds
				t.Errorf("%d sessions ask at %v", n, at)
			}
		}
		if len(a.at) != viewers {
			t.Errorf("asked %d times", len(a.at))
		}
		w.wantOutcomes("retrieved 1000 used 1000")
	})
}
