package matrix

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
	"stitcher/internal/report"
)

// plainMacros leave tracking URLs as they are.
type plainMacros struct{}

func (plainMacros) Tracking(u, _ string, _ *avail.Ad, _ *playback.Session, _ int64) string { return u }
func (plainMacros) Error(u string, _ *avail.AdError, _ *playback.Session) string           { return u }

// TestReportAgrees: what a counting server received is what the report says, by ad
// and event, though the service starts again, every third call fails, and
// another tracking host is dead.
func TestReportAgrees(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.tracked = true
		w.reopen()
		w.configure(originURL + "/live")
		var mu sync.Mutex
		calls, took := 0, map[string]int64{}
		w.net.host("beacons.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if calls++; calls%3 == 0 {
				rw.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			took[strings.TrimPrefix(r.URL.Path, "/")]++
		}))
		w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) {
			text := vast(3, 5)
			for i := 1; i <= 3; i++ {
				name := fmt.Sprintf("ad-%d-5", i)
				events := ""
				for _, e := range []string{"start", "firstQuartile", "midpoint", "thirdQuartile", "complete"} {
					events += fmt.Sprintf(`<Tracking event="%s">http://beacons.example/%s/%s</Tracking>`, e, name, e)
				}
				text = strings.Replace(text, "http://beacons.example/i<", "http://beacons.example/"+name+"/impression</Impression><Impression>http://dead.example/"+name+"<", 1)
				text = strings.Replace(text, "<Duration>00:00:05</Duration><Media", "<Duration>00:00:05</Duration><TrackingEvents>"+events+"</TrackingEvents><Media", 1)
			}
			fmt.Fprint(rw, text)
		}
		w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec).avail(180*sec, 20*sec)).serve("origin.example")
		from := time.Now()
		viewers := make([]*client, 24)
		for i := range viewers {
			viewers[i] = w.join("master.m3u8")
		}
		together := func(d time.Duration) {
			var wg sync.WaitGroup
			for _, v := range viewers {
				wg.Go(func() { v.follow(d) })
			}
			wg.Wait()
		}
		together(40 * time.Second)
		w.reopen()
		together(110 * time.Second)
		time.Sleep(2 * time.Hour) // the dead host is given up
		ask := func(query string) *report.Answer {
			values, err := url.ParseQuery("granularity=minute&pageSize=10000&from=" + from.UTC().Format(time.RFC3339) + query)
			if err != nil {
				t.Fatal(err)
			}
			q, err := report.Parse(values, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			a, err := q.Answer(t.Context(), w.store)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		said := map[string]int64{}
		for _, row := range ask("&groupBy=ad&measures=impression,start,firstQuartile,midpoint,thirdQuartile,complete").Rows {
			for event, n := range row.Values {
				said[row.Group["ad"]+"/"+event] += n
			}
		}
		if len(took) != 18 || fmt.Sprint(said) != fmt.Sprint(took) {
			t.Errorf("the report says\n%v\nthe server received\n%v", said, took)
		}
		all := ask("&filter.host=beacons.example").Totals
		var received int64
		for _, n := range took {
			received += n
		}
		if all["beaconsFired"] != int64(calls) || all["beaconsDelivered"] != received || all["beaconsRetried"] != int64(calls)-received || all["beaconsRecovered"] == 0 || all["beaconsGaveUp"] != 0 {
			t.Errorf("of %d calls with %d deliveries the report says %v", calls, received, all)
		}
		impressions := took["ad-1-5/impression"] + took["ad-2-5/impression"] + took["ad-3-5/impression"]
		if dead := ask("&filter.host=dead.example").Totals; dead["beaconsGaveUp"] != impressions || dead["beaconsDelivered"] != 0 {
			t.Errorf("of the dead host's %d URLs the report says %v", impressions, dead)
		}
		if s := ask("&measures=sessions,avails").Totals; s["sessions"] != 24 || s["avails"] != 48 {
			t.Errorf("sessions and avails: %v", s)
		}
	})
}

// TestReportOfPlayers: what sessions under client-side reporting were served is in rows of
// their own, for the events that their ads have URLs for, and nobody is called.
func TestReportOfPlayers(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.tracked = true
		w.reopen()
		w.configure(originURL + "/live")
		var called atomic.Int32
		w.net.host("beacons.example", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
		w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(rw, strings.ReplaceAll(vast(3, 5), "<MediaFiles>",
				`<TrackingEvents><Tracking event="complete">http://beacons.example/c</Tracking><Tracking event="mute">http://beacons.example/m</Tracking></TrackingEvents><MediaFiles>`))
		}
		w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec)).serve("origin.example")
		from := time.Now()
		w.join("master.m3u8?aws.reportingMode=CLIENT").follow(60 * sec)
		values, err := url.ParseQuery("granularity=total&groupBy=reporting,ad&measures=impression,start,midpoint,complete&from=" + from.UTC().Format(time.RFC3339))
		if err != nil {
			t.Fatal(err)
		}
		q, err := report.Parse(values, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		a, err := q.Answer(t.Context(), w.store)
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]string{}
		for _, row := range a.Rows {
			said[row.Group["reporting"]+" "+row.Group["ad"]] = fmt.Sprint(row.Values)
		}
		const each = "map[complete:1 impression:1 midpoint:0 start:0]"
		want := map[string]string{"client ad-1-5": each, "client ad-2-5": each, "client ad-3-5": each}
		if fmt.Sprint(said) != fmt.Sprint(want) || called.Load() != 0 {
			t.Errorf("the report says %v, %d calls", said, called.Load())
		}
	})
}
