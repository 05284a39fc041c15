package matrix

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"stitcher/internal/avail"
	"stitcher/internal/manifest/hls/check"
	"stitcher/internal/manifest/hls/check/listing"
)

// vpaid is a response of one ad that can be stitched and one that only a player
// can show, of so many seconds each.
func vpaid(seconds int) string {
	one := vast(2, seconds)
	i := strings.LastIndex(one, `type="video/mp4"`)
	return one[:i] + `type="application/javascript" apiFramework="VPAID"` + one[i+len(`type="video/mp4"`):]
}

// TestPlayerAds: an ad that only the player can show takes its time as slate where
// the player reports, live and in an asset that has ended; nothing is sent for it
// (field failure B-62).
func TestPlayerAds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		query, slate string
		ended        bool
		// slates and ads are the seconds listed, players those of slate under an
		// ad of the player.
		slates, ads, players float64
	}{
		"the player reports":    {"?aws.reportingMode=CLIENT", "ad-9-4", false, 13, 7, 7},
		"in an asset":           {"?aws.reportingMode=CLIENT", "ad-9-4", true, 7, 7, 7},
		"no slate":              {"?aws.reportingMode=CLIENT", "", false, 0, 7, 0},
		"stitcher reports":      {"", "ad-9-4", false, 13, 7, 0},
		"stitcher reports, VOD": {"", "ad-9-4", true, 0, 7, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				var extra []any
				if tc.slate != "" {
					extra = []any{"SlateAdUrl", "http://media.example/" + tc.slate}
				}
				w.configure(originURL+"/live", extra...)
				w.ads.answer = func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte(vpaid(7))) }
				v := video("v0.m3u8").avail(120*sec, 20*sec)
				if tc.ended {
					v = undate(lay("v0.m3u8", "video", 60*sec, 4*sec))[0]
					v.header, v.window, v.ends = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}, 0, sec
				}
				w.newChannel(v).serve("origin.example")
				p := w.join("master.m3u8" + tc.query)
				listed := map[int64]string{}
				seconds := map[string]float64{}
				var before *listing.Listing
				for range 90 {
					a := w.get(p.urls[0])
					l, violations := listing.Read(a.Body.Bytes())
					violations = append(violations, check.Playlist(l)...)
					if before != nil {
						violations = append(violations, check.Update(before, l)...)
					}
					for _, v := range violations {
						t.Fatalf("%v: %s\n%s", w.now(), v, a.Body)
					}
					for _, s := range l.Segments {
						if listed[s.Sequence] != "" {
							continue
						}
						listed[s.Sequence] = s.URI
						seconds[w.shown(p, s.URI)] += float64(s.Duration) / 1e6
					}
					if before = l; tc.ended {
						break
					}
					w.until(w.now() + sec)
				}
				if got := seconds["slate"]; got != tc.slates {
					t.Errorf("%.1f s of slate, want %.1f", got, tc.slates)
				}
				if got := seconds["ad"]; got != tc.ads {
					t.Errorf("%.1f s of ads, want %.1f", got, tc.ads)
				}
				if got := w.gather("stitcher_avail_unfilled_seconds_total", string(avail.LeftToPlayer)); got != tc.players {
					t.Errorf("%.1f s are left to the player, want %.1f", got, tc.players)
				}
				if n := w.beacons.total("impression"); n != 1 { // of the ad that is stitched, whoever reports
					t.Errorf("%d impressions", n)
				}
				x, err := w.service.Explain(t.Context(), w.store, p.id)
				if err != nil || len(x.Avails) != 1 || x.Avails[0].Decision == nil {
					t.Fatalf("%+v, %v", x, err)
				}
				kept := 0
				for _, it := range x.Avails[0].Decision.Items {
					if it.Kind == avail.PlayerItem && it.Ad != nil && strings.Contains(string(it.Ad.Raw), "VPAID") {
						kept++
					}
				}
				wanted := tc.query != "" && tc.slate != ""
				if (kept == 1) != wanted || (len(x.Avails[0].Skipped) == 1) == wanted {
					t.Errorf("%d ads of the player are kept, skipped %+v", kept, x.Avails[0].Skipped)
				}
			})
		})
	}
}

// shown is what a listed segment is: "ad", "slate" or "content". Ad segments that
// report are asked for.
func (w *world) shown(p *client, uri string) string {
	base, err := url.Parse(p.urls[0])
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := base.Parse(uri)
	if err != nil {
		w.t.Fatal(err)
	}
	target := u.String()
	if strings.Contains(target, "/v1/segment/") {
		target = w.get(target).Header().Get("Location")
	}
	switch {
	case strings.Contains(target, "/ad-9-"):
		return "slate"
	case strings.Contains(target, "/tm/"):
		return "ad"
	}
	return "content"
}
