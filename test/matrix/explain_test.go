package matrix

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"stitcher/internal/stitch/explain"
	"stitcher/internal/stitch/journal"
	"stitcher/internal/stitch/records"
)

// TestExplain: what an engineer asks of a session is all there, after a restart
// too: the ad request and its hops, the candidates with their verdicts, what was
// shown, and where content returned.
func TestExplain(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL+"/live", "LivePreRollConfiguration", preRoll(5))
		c := w.newChannel(video("v0.m3u8").avail(140*sec, 20*sec), audio("a0.m3u8"))
		c.serve("origin.example")
		p := w.join("master.m3u8?ads.secret=not-hex").follow(90 * sec)
		w.reopen()
		x, err := w.service.Explain(t.Context(), w.store, p.id)
		if err != nil {
			t.Fatal(err)
		}
		if x.ID != p.id || x.Configuration != configuration || len(x.Parameters) != 1 || x.Parameters[0] != "secret" {
			t.Errorf("session %+v", x)
		}
		if len(x.Avails) != 2 {
			t.Fatalf("%d avails", len(x.Avails))
		}
		if r := x.Avails[0].Record; r == nil || !r.PreRoll || len(r.Request.Hops) != 1 {
			t.Errorf("the pre-roll's record is %+v", r)
		}
		if x.Protocol != "hls" || x.Device != "other" {
			t.Errorf("protocol %q, device %q", x.Protocol, x.Device)
		}
		a := x.Avails[1]
		if d := a.Decision; d == nil || d.Requested != 20_000_000 || d.OfferedAds == 0 || d.Offered == 0 {
			t.Errorf("the decision does not tell what was requested and offered: %+v", d)
		}
		if a.Avail.Duration != 20_000_000 || a.Decision == nil || len(a.Decision.Items) < 3 || a.Settlement == nil || a.Settlement.Listed < 15 {
			t.Errorf("the avail is %+v", a)
		}
		if a.Record == nil || len(a.Record.Request.Hops) != 1 || !strings.Contains(a.Record.Request.Hops[0].Body, "<VAST") {
			t.Errorf("its record is %+v", a.Record)
		}
		b, err := json.Marshal(x)
		if err != nil || strings.Contains(string(b), "not-hex") {
			t.Errorf("the explanation tells a parameter's value: %v", err)
		}
		if _, err := w.service.Explain(t.Context(), w.store, "nobody"); !errors.Is(err, explain.ErrNoSession) {
			t.Errorf("of nobody: %v", err)
		}
	})
}

// TestExplainTellsNoSecret: an ad server puts the consent string that it was told
// into its tracking URLs. They are called with it, and nobody is told of it.
func TestExplainTellsNoSecret(t *testing.T) {
	t.Parallel()
	const consent = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA.YAAAAAAAAAAA"
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(rw, strings.ReplaceAll(vast(2, 5), "beacons.example/i", "beacons.example/i?sig=needle&amp;c="+consent))
		}
		w.newChannel(video("v0.m3u8").avail(120*sec, 20*sec)).serve("origin.example")
		p := w.join("master.m3u8?ads.gdpr_consent=" + consent).follow(60 * sec)
		x, err := w.service.Explain(t.Context(), w.store, p.id)
		if err != nil {
			t.Fatal(err)
		}
		if len(x.Avails) != 1 || x.Avails[0].Record == nil || len(x.Avails[0].Decision.Items) != 2 {
			t.Fatalf("avails %+v", x.Avails)
		}
		b, err := json.Marshal(x)
		if err != nil || strings.Contains(string(b), consent) || strings.Contains(string(b), "needle") {
			t.Errorf("the explanation tells a secret: %v %s", err, b)
		}
		ad, _, err := records.NewSource(w.store).Ad(t.Context(), p.id, x.Avails[0].Avail.Key, 0)
		if err != nil || !strings.HasSuffix(ad.Tracking["impression"][0], consent) {
			t.Errorf("the beacon has lost it: %v %+v", err, ad)
		}
	})
}

// TestExplainBeacons: each attempt at a tracking URL is told with its avail, without the
// secrets in it, and what became of the avail in a sentence; of a session whose player
// reports it is told what was served.
func TestExplainBeacons(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.tracked = true
		w.reopen()
		w.configure(originURL + "/live")
		var calls atomic.Int32
		w.net.host("beacons.example", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			if calls.Add(1) == 1 {
				rw.WriteHeader(http.StatusServiceUnavailable)
			}
		}))
		w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(rw, strings.ReplaceAll(vast(2, 5), "beacons.example/i", "beacons.example/i?sig=needle"))
		}
		w.newChannel(video("v0.m3u8").avail(120*sec, 12*sec)).serve("origin.example")
		p, q := w.join("master.m3u8"), w.join("master.m3u8?aws.reportingMode=CLIENT")
		for w.now() < 90*sec && !t.Failed() {
			p.poll()
			q.poll()
			time.Sleep(sec)
		}
		for id, want := range map[string]string{
			p.id: "[0 impression 1 503 retried 0 impression 2 200 delivered 1 impression 1 200 delivered]",
			q.id: "[0 impression 0 0 served 1 impression 0 0 served]",
		} {
			x, err := w.service.Explain(t.Context(), w.store, id)
			if err != nil || len(x.Avails) != 1 {
				t.Fatalf("%+v, %v", x, err)
			}
			a := x.Avails[0]
			slices.SortFunc(a.Beacons, func(x, y journal.Call) int { return cmp.Or(x.Ad-y.Ad, x.Attempt-y.Attempt) })
			var got []any
			for _, b := range a.Beacons {
				got = append(got, b.Ad, b.Event, b.Attempt, b.Status, b.Outcome)
				if strings.Contains(b.URL, "needle") || (b.URL == "") != (b.Outcome == "served") || b.At.Before(w.began) {
					t.Errorf("%+v", b)
				}
			}
			if fmt.Sprint(got) != want {
				t.Errorf("beacons %v, want %v", got, want)
			}
			if a.Summary != "10.0 of 12.0 s filled; 4.0 s content: the ads are shorter than the avail" {
				t.Errorf("summary %q", a.Summary)
			}
		}
	})
}

// TestExplainReady: the sentence of an avail tells when a creative that was skipped became
// ready, from then on.
func TestExplainReady(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.shelf.work = 30 * sec
		w.configure(originURL + "/live")
		w.newChannel(video("v0.m3u8").avail(120*sec, 5*sec)).serve("origin.example")
		p := w.join("master.m3u8").follow(45 * sec)
		x, err := w.service.Explain(t.Context(), w.store, p.id)
		if err != nil || len(x.Avails) != 1 || len(x.Avails[0].Skipped) != 1 {
			t.Fatalf("%+v, %v", x, err)
		}
		at := x.Avails[0].Skipped[0].Ready
		const skipped = "; ad ad-1-5 skipped: its creative was seen for the first time"
		if before := x.Avails[0].Summary; !at.IsZero() || !strings.Contains(before, skipped+";") {
			t.Errorf("%v, %s", at, before)
		}
		w.until(60 * sec)
		if x, err = w.service.Explain(t.Context(), w.store, p.id); err != nil {
			t.Fatal(err)
		}
		at = x.Avails[0].Skipped[0].Ready
		if after := x.Avails[0].Summary; at.Sub(w.began) < 45*sec || !strings.Contains(after, skipped+", ready at "+at.Format(time.TimeOnly)+";") {
			t.Errorf("%v, %s", at, after)
		}
	})
}
