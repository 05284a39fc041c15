package matrix

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"stitcher/internal/manifest/hls/check/rule"
)

// TestBadLine: one line that can't be read costs one segment at most, in assets and
// live, and everything around it has its ads (futzu/SCTE-35_HLS_x9k3#18).
func TestBadLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, extinf string }{
		{"negative", "#EXTINF:-0.000011,\n"},
		{"exponent", "#EXTINF:1e-05,\n"},
		{"NaN", "#EXTINF:NaN,\n"},
		{"empty", "#EXTINF:,\n"},
		{"absent", ""},
		{"huge", "#EXTINF:1e300,\n"},
		{"range", "#EXT-X-BYTERANGE:x@y\n#EXTINF:4.000,\n"},
		{"key", "#EXT-X-KEY\n#EXTINF:4.000,\n"},
	} {
		for _, live := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, live %t", c.name, live), func(t *testing.T) {
				play(t, func(t *testing.T, w *world) {
					w.configure(originURL + "/live")
					v := video("v0.m3u8").avail(140*sec, 20*sec)
					v.extinf = func(s *segment, _ bool, b *strings.Builder) {
						if s.start == 112*sec {
							fmt.Fprintf(b, "%s%s\n", c.extinf, s.uri)
						} else {
							fmt.Fprintf(b, "#EXTINF:%.3f,\n%s\n", (s.end - s.start).Seconds(), s.uri)
						}
					}
					if !live {
						v.header, v.window, v.ends = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}, 0, sec
						v.segments, v.delay = v.segments[:45], -time.Hour
					}
					w.newChannel(v).serve("origin.example")
					p := w.join("master.m3u8").excuse(rule.TagMalformed, rule.ExtinfMissing, rule.SegmentTooShort,
						rule.ExtinfTooLong, rule.PDTStep, rule.KeyChanged, rule.AttributeMalformed, rule.AttributeMissing)
					p.follow(100 * sec)
					p.wantAds(20)
					found := false
					for uri := range p.content[0] {
						found = found || strings.Contains(uri, "v0_1028.ts")
					}
					if !found {
						t.Error("the segment of the line is not listed")
					}
				})
			})
		}
	}
}

// TestEmptyPlaylist: a live playlist without segments is passed on at once, with
// the load of any other; so is one with nothing but low-latency parts, and an asset
// without segments. When the channel begins, it plays, with ads. RFC 8216bis forbids
// no playlist without segments.
func TestEmptyPlaylist(t *testing.T) {
	t.Parallel()
	const head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:0\n"
	for _, c := range []struct{ name, text, want string }{
		{"nothing yet", head, head},
		{"parts", head + "#EXT-X-PART-INF:PART-TARGET=1\n#EXT-X-PART:DURATION=1,URI=\"p\"\n", head},
		{"ended", head + "#EXT-X-ENDLIST\n", head + "#EXT-X-ENDLIST\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				w.net.host("origin.example", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, c.text) }))
				p := w.join("asset.m3u8")
				asked := w.net.count(originURL + "/live/asset.m3u8")
				for range 10 {
					began := time.Now()
					if a := w.get(p.urls[0]); a.Code != http.StatusOK || a.Body.String() != c.want {
						t.Fatalf("%d %s", a.Code, a.Body)
					}
					if took := time.Since(began); took > 100*ms {
						t.Errorf("it took %v", took)
					}
					time.Sleep(2 * sec)
				}
				if n := w.net.count(originURL+"/live/asset.m3u8") - asked; n > 10 {
					t.Errorf("the origin was asked %d times in 10 requests", n)
				}
			})
		})
	}
	t.Run("the channel begins", func(t *testing.T) {
		play(t, func(t *testing.T, w *world) {
			w.configure(originURL + "/live")
			v, a := video("v0.m3u8").avail(60*sec, 20*sec), audio("a0.m3u8")
			ch := w.newChannel(v, a)
			ch.began = w.began.Add(20 * sec)
			for _, r := range ch.renditions {
				r.delay = 200 * ms
			}
			ch.serve("origin.example")
			p := w.join("master.m3u8")
			for w.now() < 19*sec {
				for i := range p.urls {
					if a := w.get(p.urls[i]); a.Code != http.StatusOK || strings.Contains(a.Body.String(), "#EXTINF") || strings.Contains(a.Body.String(), "ENDLIST") {
						t.Fatalf("rendition %d: %d %s", i, a.Code, a.Body)
					}
				}
				time.Sleep(sec)
			}
			w.until(40 * sec)
			p.follow(120 * sec)
			p.wantAds(20)
		})
	})
	t.Run("audio begins later", func(t *testing.T) {
		play(t, func(t *testing.T, w *world) {
			w.configure(originURL + "/live")
			v, a := video("v0.m3u8"), audio("a0.m3u8")
			ch := w.newChannel(v, a)
			ch.began = w.began.Add(-5 * sec)
			a.delay = 20 * sec
			ch.serve("origin.example")
			p := w.join("master.m3u8")
			for i, want := range []bool{true, false} {
				if a := w.get(p.urls[i]); a.Code != http.StatusOK || strings.Contains(a.Body.String(), "#EXTINF") != want {
					t.Errorf("rendition %d: %d %s", i, a.Code, a.Body)
				}
			}
		})
	})
	t.Run("a channel that was seen is empty", func(t *testing.T) {
		play(t, func(t *testing.T, w *world) {
			w.configure(originURL + "/live")
			ch := w.newChannel(video("v0.m3u8"))
			dry := false
			ch.wrap = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if dry && strings.HasSuffix(r.URL.Path, "v0.m3u8") {
						fmt.Fprint(rw, head)
						return
					}
					next.ServeHTTP(rw, r)
				})
			}
			ch.serve("origin.example")
			p := w.join("master.m3u8").follow(5 * sec)
			dry = true
			time.Sleep(5 * sec)
			p.poll() // the last good one
			w.reopen()
			began, asked := time.Now(), w.net.count(originURL+"/live/v0.m3u8")
			a := w.get(p.urls[0])
			if a.Code != http.StatusServiceUnavailable || !strings.Contains(a.Body.String(), "no segments") {
				t.Errorf("%d %s", a.Code, a.Body)
			}
			if n := w.net.count(originURL+"/live/v0.m3u8") - asked; n > 1 || time.Since(began) > 100*ms {
				t.Errorf("%d requests in %v", n, time.Since(began))
			}
		})
	})
}

// TestDates: a date is a label, and any is one: before 1970, counted back to before
// it, and 1970-01-01T00:00:00Z itself, where some packagers' assets begin. A date that
// is there is written at the splice, and none is invented.
func TestDates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		// from is the date of the first segment.
		from time.Time
		// undated are the renditions without dates, 0 video, 1 audio.
		undated [2]bool
		live    bool
		audio   bool
	}{
		{name: "asset from 1970", from: time.Unix(0, 0)},
		{name: "asset from before 1970", from: time.Unix(-12, 0)},
		{name: "asset from 1904", from: time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC), audio: true},
		{name: "asset from 1900", from: time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)},
		{name: "live across 1970", from: time.Unix(-145, 0), live: true, audio: true},
		{name: "live at 1970", from: time.Unix(-140, 0), live: true},
		{name: "live in 1904", from: time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC), live: true, audio: true},
		{name: "asset whose reference has no dates", from: time.Unix(0, 0), undated: [2]bool{true, false}, audio: true},
		{name: "asset whose audio has no dates", from: time.Unix(0, 0), undated: [2]bool{false, true}, audio: true},
		{name: "live whose reference has no dates", from: time.Unix(-140, 0), undated: [2]bool{true, false}, live: true, audio: true},
		{name: "asset without dates", undated: [2]bool{true, true}, from: time.Unix(0, 0), audio: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				at := 0 * sec
				if c.live {
					at = 140 * sec
				}
				rs := []*rendition{video("v0.m3u8").avail(at, 20*sec)}
				if c.audio {
					rs = append(rs, lay("a0.m3u8", "audio", 5*time.Minute, 4*sec))
				}
				ch := w.newChannel(rs...)
				for i, r := range rs {
					r.undated = c.undated[i]
					r.segments[0].jump = c.from.Sub(ch.began)
					if !c.live {
						r.header, r.window, r.ends = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}, 0, sec
						r.segments, r.delay = r.segments[:20], -time.Hour
					}
				}
				ch.serve("origin.example")
				p := w.join("master.m3u8")
				if c.undated[0] != c.undated[1] && c.audio {
					p.excuse(rule.PDTInSome)
				}
				if c.live {
					p.follow(90 * sec)
				} else {
					p.poll()
				}
				p.wantAds(20)
				for i := range p.urls {
					ads := strings.Count(p.bodies[i], "/v1/segment/")
					dates := strings.Count(p.bodies[i], "#EXT-X-PROGRAM-DATE-TIME")
					if c.undated[i] && dates > 0 {
						t.Errorf("rendition %d has invented dates\n%s", i, p.bodies[i])
					}
					if c.live || ads == 0 {
						continue
					}
					first, _, _ := strings.Cut(p.bodies[i], "/v1/segment/")
					want := "#EXT-X-PROGRAM-DATE-TIME:" + c.from.UTC().Format("2006-01-02T15:04:05.000Z")
					if dated := !c.undated[i]; strings.Contains(first, want) != dated {
						t.Errorf("rendition %d: the first ad has %s: %t\n%s", i, want, !dated, first)
					}
				}
			})
		})
	}
}

// TestDatesCountedBack: the first date stands behind the avail, so that the avail
// begins before 1970 (RFC 8216bis §4.4.4.6 forbids no date).
func TestDatesCountedBack(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		w.ads.length = 4
		w.net.host("origin.example", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(rw, `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-CUE-OUT:DURATION=12
#EXTINF:4.000,
s0.ts
#EXTINF:4.000,
s1.ts
#EXTINF:4.000,
s2.ts
#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00Z
#EXT-X-CUE-IN
#EXTINF:4.000,
s3.ts
#EXT-X-ENDLIST
`)
		}))
		p := w.join("asset.m3u8")
		p.poll()
		p.wantAds(12)
		if !strings.Contains(p.bodies[0], "#EXT-X-PROGRAM-DATE-TIME:1969-12-31T23:59:48.000Z\n#EXTINF:1.000,") {
			t.Errorf("the first ad has no date\n%s", p.bodies[0])
		}
	})
}

// TestMarkerTypes: EXT-X-CUE in what packagers document of it, in a live channel
// (Azure's repeats with ELAPSED) and in assets, where points and openings differ.
func TestMarkerTypes(t *testing.T) {
	t.Parallel()
	const section = "/DAlAAAAAAAAAP/wFAUAAAQCf+/+AA27oP4AEHrAAAEBAQAA+rGX6A==" // out, 12 s
	azure := func(v *rendition, at time.Duration, first string) {
		tag := `#EXT-X-CUE:ID="1026",TYPE="scte35",DURATION=12.000000,TIME=202.000000,CUE="` + section + `"`
		v.tag(at, tag+first).tag(at+4*sec, tag+",ELAPSED=4.4").tag(at+8*sec, tag+",ELAPSED=8.4")
	}
	for _, c := range []struct {
		name     string
		live     bool
		mark     func(v *rendition)
		ads      float64
		content  float64
		position string
	}{
		{name: "Azure, live", live: true, mark: func(v *rendition) { azure(v, 140*sec, "") }, ads: 12},
		{name: "Azure, live, its counter has begun", live: true, mark: func(v *rendition) { azure(v, 140*sec, ",ELAPSED=0.400000") }, ads: 12},
		{name: "Azure, asset", mark: func(v *rendition) { azure(v, 20*sec, "") }, ads: 12, content: 48},
		{name: "Azure, asset, its counter has begun", mark: func(v *rendition) { azure(v, 20*sec, ",ELAPSED=0.400000") }, ads: 12, content: 48},
		{name: "Primetime, an insertion", mark: func(v *rendition) { v.tag(20*sec, "#EXT-X-CUE:TYPE=SpliceInsert,ID=a1,TIME=20.0") }, content: 60},
		{name: "Primetime, insertion and replacement", mark: func(v *rendition) {
			v.tag(8*sec, "#EXT-X-CUE:TYPE=SpliceInsert,ID=a1,TIME=8.0").tag(20*sec, "#EXT-X-CUE:TYPE=SpliceOut,ID=a2,TIME=20,DURATION=10.0")
			v.tag(24*sec, "#EXT-X-CUE-CONT:ID=a2")
		}, content: 52},
		{name: "Primetime, of unknown length", mark: func(v *rendition) {
			v.tag(20*sec, "#EXT-X-CUE:TYPE=SpliceOut,ID=a2,TIME=20").tag(24*sec, "#EXT-X-CUE-CONT:ID=a2").tag(28*sec, "#EXT-X-CUE-CONT:ID=a2")
		}, content: 48, ads: 12},
		{name: "Primetime, live", live: true, mark: func(v *rendition) {
			v.tag(140*sec, "#EXT-X-CUE:TYPE=SpliceOut,ID=5,DURATION=12.0,TIME=202.000").tag(144*sec, "#EXT-X-CUE-CONT:ID=5,AVAIL-DUR-ELAPSED=4.0")
		}, ads: 12},
		{name: "shaka-packager", mark: func(v *rendition) { v.tag(20*sec, "#EXT-X-PLACEMENT-OPPORTUNITY") }, content: 60},
		{name: "CableLabs", live: true, mark: func(v *rendition) {
			v.tag(140*sec, "#EXT-X-SIGNAL-EXIT:12,SpliceType=LIVE_DAI,SignalId=x").tag(144*sec, "#EXT-X-SIGNAL-SPAN:4/12,SignalId=x").tag(152*sec, "#EXT-X-SIGNAL-RETURN:SignalId=x")
		}, ads: 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL + "/live")
				w.ads.length = 4
				v := video("v0.m3u8")
				if !c.live {
					v = lay("v0.m3u8", "video", 60*sec, 4*sec)
					v.header, v.window, v.ends = []string{"#EXT-X-PLAYLIST-TYPE:VOD"}, 0, sec
				}
				c.mark(v)
				w.newChannel(v).serve("origin.example")
				p := w.join("master.m3u8")
				if c.live {
					p.follow(90 * sec)
				} else {
					p.poll()
				}
				if c.ads > 0 {
					p.wantAds(c.ads)
				}
				if p.seconds(0, true) == 0 {
					t.Error("no ads")
				}
				if first := p.order[0][0]; isAd(first) {
					t.Error("the asset has a pre-roll")
				}
				if got := p.seconds(0, false); c.content > 0 && got != c.content {
					t.Errorf("%.1f s of content, want %.1f", got, c.content)
				}
			})
		})
	}
}

// TestUnreadMarker: a marker that is not understood stands in the session's
// explanation, with its line and its place, after a restart too; without secrets,
// and no more of them than fit.
func TestUnreadMarker(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.configure(originURL + "/live")
		v := video("v0.m3u8")
		const line = `#EXT-X-CUE:ID="1",TYPE="scte35",DURATION=12,CUE="/DAl",URI="https://u:needle@h/x?token=needle"`
		for at := 80 * sec; at < 250*sec; at += 4 * sec {
			v.tag(at, fmt.Sprintf("#EXT-X-CUE:TYPE=Foo,ID=%d", int(at/sec)))
		}
		v.tag(252*sec, line)
		w.newChannel(v).serve("origin.example")
		p := w.join("master.m3u8").follow(170 * sec)
		for range 2 {
			x, err := w.service.Explain(t.Context(), w.store, p.id)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(x.UnreadMarkers); n < 40 || n > 64 {
				t.Fatalf("%d unread markers", n)
			}
			last := x.UnreadMarkers[len(x.UnreadMarkers)-1]
			want := `#EXT-X-CUE:ID="1",TYPE="scte35",DURATION=12,CUE="/DAl",URI="https://REDACTED@h/x?token=REDACTED"`
			if last.Line != want || last.Sequence != 1063 || last.Reason != "marker_unreadable" || last.Time == 0 || last.Seen == 0 {
				t.Errorf("%+v", last)
			}
			w.reopen()
			p.poll()
		}
	})
}
