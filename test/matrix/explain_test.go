package matrix

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"stitcher/internal/stitch"
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
		if _, err := w.service.Explain(t.Context(), w.store, "nobody"); !errors.Is(err, stitch.ErrNoSession) {
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
		ad, _, err := stitch.NewSource(w.store).Ad(t.Context(), p.id, x.Avails[0].Avail.Key, 0)
		if err != nil || !strings.HasSuffix(ad.Tracking["impression"][0], consent) {
			t.Errorf("the beacon has lost it: %v %+v", err, ad)
		}
	})
}
